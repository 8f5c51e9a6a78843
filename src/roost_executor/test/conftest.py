# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What the tests of the executor share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import sys

from executor_process import Executor, Manager
import pytest
from supervisor_rig import Device, QUICK

from testbed.domains import own_domain


@pytest.fixture
def device(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Device]:
    """Give a device whose supervisor runs; its parameter is the back-off."""
    with Device(tmp_path, back_off=getattr(request, 'param', QUICK)) as device:
        yield device


@pytest.fixture
def domain_id(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Give a ROS domain that no other test uses at the same time."""
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    with own_domain() as number:
        yield number


@pytest.fixture
def executor(tmp_path: Path, domain_id: int) -> Iterator[Executor]:
    """Give an executor, not started; its output is shown if the test fails."""
    executor = Executor(tmp_path, domain_id)
    yield executor
    executor.close()
    sys.stderr.write(executor.log)


@pytest.fixture
def manager(tmp_path: Path, domain_id: int) -> Iterator[Manager]:
    """Give a manager."""
    manager = Manager(tmp_path, domain_id)
    yield manager
    manager.close()
