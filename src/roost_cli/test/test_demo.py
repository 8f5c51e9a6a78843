# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The demo as `scripts/demo --once` runs it."""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
import os
import re

import psutil
import pytest
from running import Roost

from testbed.domains import own_domain


@pytest.fixture
def roost() -> Iterator[Roost]:
    """Give the verbs, on a domain of their own."""
    with own_domain() as number:
        yield Roost(number)


def test_the_demo_shows_everything_and_leaves_nothing_behind(roost, tmp_path) -> None:
    picture = tmp_path / 'graph.svg'

    done = roost('demo', '--once', '--svg', str(picture), timeout_sec=240.0)

    for name in ('simulator', 'turtle', 'command-center'):
        assert f'{name}: Succeeded, Running' in done.stderr
    for word in ('needs', 'topic', 'service', 'action'):
        assert word in done.stdout
    assert picture.read_bytes().lstrip().startswith(b'<?xml')
    domain_id = re.search(r'on ROS domain (\d+)', done.stderr)[1]
    assert [each for each in psutil.process_iter(['environ']) if _is_on(each, domain_id)] == []


def _is_on(process: psutil.Process, domain_id: str) -> bool:
    """Tell whether it is on that domain of this network; others have domains of their own."""
    environment = process.info['environ'] or {}
    return environment.get('ROS_DOMAIN_ID') == domain_id and _network(process.pid) == _network()


def _network(pid: int | str = 'self') -> str:
    with contextlib.suppress(OSError):  # it has ended
        return os.readlink(f'/proc/{pid}/ns/net')
    return ''


@pytest.mark.parametrize('manifest', ['/nowhere.yaml'])
def test_a_wrong_manifest_starts_nothing(roost, manifest) -> None:
    told = roost('demo', '--manifest', manifest, code=2).stderr

    assert 'starting a manager' not in told


def test_a_picture_that_cannot_be_written_starts_nothing(roost) -> None:
    told = roost('demo', '--svg', '/nowhere/graph.svg', code=2).stderr

    assert "'/nowhere/graph.svg' cannot be written" in told
    assert 'starting a manager' not in told
