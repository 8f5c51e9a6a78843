# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What devices are told: the present desired state, though most of it was written before."""

from unittest.mock import patch

from manager_rig import deployment, package
import pytest

from roost_core.names import DeviceName
from roost_manager.ros_api import desired_states
from roost_manager.ros_api.desired_states import DesiredStates
from roost_manager.secrets import Secrets
from roost_wire.envelope import open_desired
from roost_wire.signing import SigningKey

ROVER = DeviceName('rover1')


@pytest.fixture
def states(rig, tmp_path):
    key = SigningKey.load_or_create(tmp_path / 'manager.key')
    return DesiredStates(rig.fleet, Secrets(rig.fleet, key), key, 'm')


def told(states):
    return open_desired(states.envelope(ROVER))


def test_it_is_always_the_present_one(rig, states):
    rig.device()
    assert told(states) == rig.desired()

    for step in (
        lambda: rig.apply(package(), deployment('a'), deployment('b', 'a')),
        rig.settle,
        lambda: rig.apply(deployment('c'), deployment('d', on='rover1')),
        lambda: rig.deprovision('b'),
        rig.settle,
        lambda: rig.deprovision('a', 'c', 'd'),
    ):
        step()
        assert told(states) == rig.desired()
    assert rig.desired().remove

    rig.settle()
    assert told(states) == rig.desired()
    assert not rig.desired().remove


def test_what_did_not_change_is_not_written_again(rig, states):
    rig.device()
    rig.apply(package(), *[deployment(f'd{number}') for number in range(20)])
    rig.settle()
    told(states)

    rig.apply(deployment('one-more'))
    with patch.object(desired_states, 'written', side_effect=desired_states.written) as writing:
        assert told(states) == rig.desired()

    assert [call.args[0].deployment_name for call in writing.call_args_list] == ['one-more']


def test_a_device_that_was_forgotten_is_written_anew(rig, states):
    rig.device()
    rig.apply(package(), deployment('a'))
    told(states)

    states.forget(ROVER)

    assert told(states) == rig.desired()
