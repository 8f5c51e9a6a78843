# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

import itertools
import os

from manager_rig import Rig
import pytest

_WORKER = int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw'))
_domains = itertools.cycle(range(140 + _WORKER % 4 * 10, 150 + _WORKER % 4 * 10))


@pytest.fixture
def rig(tmp_path):
    """Give a manager on a fresh database."""
    rig = Rig(tmp_path / 'manager.db')
    yield rig
    rig.stop()


@pytest.fixture
def domain_id(monkeypatch):
    """Give a ROS domain that no other test uses at the same time, on this machine only."""
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    return next(_domains)
