# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a device is asked for."""

from dataclasses import replace

from builders import accepted, component, device, in_phase, NOW, package, says, spec, world
import pytest

from roost_core import desired, lifecycle
from roost_core.document import canonical_json, to_document
from roost_core.names import DeviceName
from roost_core.package import RestartPolicy
from roost_core.phase import Phase

ROVER1 = DeviceName('rover1')
SPREAD = package(component('eye', restart=RestartPolicy.NEVER), component('arm'))


def spread():
    fresh = accepted(of=SPREAD, places={'eye': 'rover1', 'arm': 'rover2'})
    return lifecycle.evaluate(fresh, world(device(), device('rover2'), of=SPREAD))


@pytest.mark.parametrize(
    ('phase', 'kept'),
    [
        (Phase.IN_PROGRESS, False),
        (Phase.PROVISIONING, True),
        (Phase.SUCCEEDED, True),
        (Phase.FAILED_TO_START, False),
        (Phase.FAILED_TO_UPDATE, True),
        (Phase.PARTIALLY_DEPROVISIONED, False),
        (Phase.DEPLOYMENT_STOPPED, False),
    ],
)
def test_what_is_kept_in_each_phase(phase, kept):
    deployment = in_phase(phase)

    assert bool(desired.keep_of(deployment, ROVER1)) is kept
    removing = phase is Phase.PARTIALLY_DEPROVISIONED
    assert bool(desired.removals_of(deployment, ROVER1)) is removing


def test_a_device_is_asked_for_its_own_components_only():
    (kept,) = desired.keep_of(spread(), ROVER1)

    assert kept.slot.component == 'eye'
    assert kept.restart is RestartPolicy.NEVER
    assert kept.spec.environment['ROOST_COMPONENT'] == 'eye'


def test_a_removal_is_held_until_the_device_confirms_it():
    going = lifecycle.evaluate(
        lifecycle.deprovision(spread(), now=NOW), world(device(), device('rover2'), of=SPREAD)
    )
    confirmed = replace(going, removed_from=(ROVER1,))

    assert [each.deployment_id for each in desired.removals_of(going, ROVER1)] == [going.id]
    assert desired.removals_of(confirmed, ROVER1) == ()
    assert desired.removals_of(going, DeviceName('rover3')) == ()


def test_while_dependants_stop_everything_is_kept():
    waiting = lifecycle.evaluate(
        lifecycle.deprovision(spread(), now=NOW),
        world(device(), device('rover2'), of=SPREAD, dependants_stopping=['rviz']),
    )

    assert desired.keep_of(waiting, ROVER1) == desired.keep_of(spread(), ROVER1)
    assert desired.removals_of(waiting, ROVER1) == ()


def compose(*deployments):
    return desired.compose(
        [desired.part_of(each, ROVER1) for each in deployments],
        device=ROVER1,
        device_key_id='key',
        manager_id='m',
        epoch=2,
        revision=7,
    )


def test_equal_deployments_make_equal_states_in_whatever_order():
    one, other = in_phase(Phase.PROVISIONING, 'a'), in_phase(Phase.PARTIALLY_DEPROVISIONED, 'b')

    state = compose(one, other)

    assert state == compose(other, one)
    assert state.order == (2, 7)
    assert [each.deployment_name for each in state.keep] == ['a']
    assert [each.deployment_name for each in state.remove] == ['b']


def test_what_is_reported_does_not_change_what_is_asked():
    before = in_phase(Phase.PROVISIONING)
    after = lifecycle.evaluate(before, world(device('rover1', says(before))))

    assert after != before
    assert compose(after) == compose(before)


@pytest.mark.parametrize('values', [0, 3000])
def test_the_estimate_is_not_below_what_is_sent(values):
    environment = {f'VARIABLE_{number}': 'ä' * 20 for number in range(values)}
    pack = package(component('eye', executables=('a', 'b')), component('arm'))
    asked = accepted(of=pack, environment=environment)
    deployment = lifecycle.evaluate(asked, world(of=pack))

    estimate = desired.estimated_bytes(asked.spec, pack)

    assert estimate.keys() == {ROVER1}
    size = len(canonical_json(to_document(compose(deployment))))
    assert size <= estimate[ROVER1] <= 2 * size + 5000


def test_a_component_that_is_placed_nowhere_adds_nothing():
    assert desired.estimated_bytes(spec(components={}), package()) == {}
