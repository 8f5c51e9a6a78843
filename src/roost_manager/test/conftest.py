# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from manager_rig import Rig
import pytest

from testbed.domains import own_domain


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
    with own_domain() as number:
        yield number
