# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What the tests of the executor share."""

from __future__ import annotations

from collections.abc import Iterator
import itertools
import os
from pathlib import Path
import sys

from executor_process import Executor, Manager
import pytest
from supervisor_rig import Device

_WORKER = int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw'))
_domains = itertools.cycle(range(60 + _WORKER % 4 * 10, 70 + _WORKER % 4 * 10))


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    """Give a device whose supervisor runs."""
    with Device(tmp_path) as device:
        yield device


@pytest.fixture
def domain_id(monkeypatch: pytest.MonkeyPatch) -> int:
    """Give a ROS domain that no other test uses at the same time."""
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    return next(_domains)


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
