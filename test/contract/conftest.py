# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a ROS domain, a node of the test, and the programs that are tested."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import json
from pathlib import Path
import sys
from typing import Any

import pytest

from contract.peer import Peer, Program
from testbed.domains import own_domain
from testbed.fleet import find_executable


@pytest.fixture
def domain(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Give a ROS domain of this test's own, on this computer only."""
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    with own_domain() as number:
        yield number


@pytest.fixture
def peer(domain: int) -> Iterator[Peer]:
    """Give a node of the test."""
    peer = Peer('contract_test', domain)
    yield peer
    peer.close()


@pytest.fixture
def make_program(
    domain: int, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Program]]:
    """Make programs of ours, described by package, executable and ROS parameters."""
    made: list[Program] = []

    def make(package: str, executable: str, name: str, **parameters: Any) -> Program:
        folder = tmp_path / name
        folder.mkdir()
        argv = [str(find_executable(package, executable)), '--ros-args']
        for key, value in {'state_dir': str(folder), **parameters}.items():
            argv += ['-p', f'{key}:={json.dumps(value)}']
        program = Program(argv, domain, folder / 'output.log')
        made.append(program)
        return program

    yield make
    for program in made:
        program.kill()
        sys.stderr.write(program.log)  # shown when the test failed


@pytest.fixture
def make_manager(make_program: Callable[..., Program]) -> Callable[..., Program]:
    """Make managers that judge fast, but no device by what a busy machine holds up."""

    def make(name: str = 'manager', **parameters: Any) -> Program:
        fast = {
            'heartbeat_period_sec': 0.2,
            'missed_heartbeats': 15,
            'second_manager_probe_sec': 0.5,
        }
        return make_program('roost_manager', 'deployment_manager', name, **fast, **parameters)

    return make


@pytest.fixture
def manager(make_manager: Callable[..., Program]) -> Program:
    """Give a manager that runs."""
    return make_manager().start()
