# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The end of a deployment, and Partially deprovisioned."""

from builders import (
    accepted,
    component,
    device,
    in_phase,
    NOW,
    offline,
    package,
    removal,
    running,
    says,
    unheard,
    world,
)
import pytest

from roost_core import lifecycle
from roost_core.phase import Phase
from roost_core.status import Reason, ReasonKind, Status

SPREAD = package(component('eye'), component('arm'))
PLACES = {'eye': 'rover1', 'arm': 'rover2'}
STUCK = Reason(kind=ReasonKind.ENGINE_UNREACHABLE, text='the engine does not answer')


def leaving(deployment=None):
    return lifecycle.deprovision(deployment or running(), now=NOW)


def spread():
    """Give a deployment that is to be removed from rover1 and rover2."""
    fresh = accepted(of=SPREAD, places=PLACES)
    there = [
        device('rover1', says(fresh, part='eye')),
        device('rover2', says(fresh, part='arm')),
    ]
    return leaving(lifecycle.evaluate(fresh, world(*there, of=SPREAD)))


def test_the_phase_stays_while_it_stops():
    deployment = lifecycle.evaluate(leaving(), world())

    assert (deployment.phase, deployment.status) == (Phase.SUCCEEDED, Status.PENDING)
    assert deployment.removing
    assert deployment.reason == Reason(
        kind=ReasonKind.STOPPING, text='stopping main (0 of 1 removed)'
    )
    assert deployment.executables[0].reason.text == 'stopping'


@pytest.mark.parametrize('phase', [Phase.IN_PROGRESS, Phase.FAILED_TO_START])
def test_what_no_device_has_is_stopped_at_once(phase):
    deployment = lifecycle.evaluate(leaving(in_phase(phase)), world(offline()))

    assert (deployment.phase, deployment.status) == (Phase.DEPLOYMENT_STOPPED, Status.STOPPED)
    assert deployment.codes == ()


def test_it_is_stopped_when_every_device_has_confirmed():
    before = spread()
    one = lifecycle.evaluate(
        before, world(device('rover1', removal(before)), device('rover2'), of=SPREAD)
    )
    both = lifecycle.evaluate(
        one, world(device('rover1'), device('rover2', removal(before)), of=SPREAD)
    )

    assert one.phase is Phase.SUCCEEDED
    assert one.reason.text == 'stopping arm (1 of 2 removed)'
    assert [each.status for each in one.executables] == [Status.STOPPED, Status.PENDING]
    assert (both.phase, both.status) == (Phase.DEPLOYMENT_STOPPED, Status.STOPPED)


def test_a_late_success_does_not_undo_it():
    fresh = lifecycle.evaluate(accepted(), world())
    stopping = lifecycle.evaluate(leaving(fresh), world())

    after = lifecycle.evaluate(stopping, world(device('rover1', says(fresh))))

    assert (after.phase, after.status) == (Phase.PROVISIONING, Status.PENDING)
    assert after.removing


def test_what_runs_on_a_silent_device_is_removed_when_it_returns():
    before = leaving()
    partly = lifecycle.evaluate(before, world(offline()))
    back = lifecycle.evaluate(partly, world(device('rover1', says(before))))
    gone = lifecycle.evaluate(back, world(device('rover1', removal(before))))

    assert (partly.phase, partly.status) == (Phase.PARTIALLY_DEPROVISIONED, Status.ERROR)
    assert partly.codes == ('DEP_E151',)
    assert partly.reason.text == 'rover1 is silent: main will be removed when it returns'
    assert partly.executables[0].status is Status.UNKNOWN
    assert (back.phase, back.status) == (Phase.PARTIALLY_DEPROVISIONED, Status.PENDING)
    assert gone.phase is Phase.DEPLOYMENT_STOPPED


def test_all_devices_that_are_in_the_way_are_counted():
    before = spread()
    deployment = lifecycle.evaluate(
        before,
        world(
            device('rover1', removal(before, done=False, reason=STUCK)),
            offline('rover2'),
            of=SPREAD,
        ),
    )

    assert deployment.phase is Phase.PARTIALLY_DEPROVISIONED
    assert deployment.codes == ('DEP_E311', 'DEP_E151')
    assert deployment.reason.text == 'on rover1: the engine does not answer'


@pytest.mark.parametrize('kind', [ReasonKind.STOPPING, ReasonKind.NONE])
def test_a_removal_under_way_is_no_trouble(kind):
    before = leaving()
    said = removal(before, done=False, reason=Reason(kind=kind, text='stopping main/run'))

    deployment = lifecycle.evaluate(before, world(device('rover1', said)))

    assert (deployment.phase, deployment.status) == (Phase.SUCCEEDED, Status.PENDING)


def test_a_removal_that_takes_too_long_is_partial():
    stopping = lifecycle.evaluate(leaving(), world(now=NOW + 100))

    in_time = lifecycle.evaluate(stopping, world(now=NOW + 160))
    late = lifecycle.evaluate(stopping, world(now=NOW + 161))

    assert in_time.phase is Phase.SUCCEEDED
    assert (late.phase, late.status) == (Phase.PARTIALLY_DEPROVISIONED, Status.PENDING)
    assert late.reason.text == 'stopping main (0 of 1 removed)'


def test_dependants_stop_first():
    waiting = lifecycle.evaluate(
        leaving(), world(device('rover1', says(running())), dependants_stopping=['rviz'])
    )
    stopping = lifecycle.evaluate(waiting, world(now=NOW + 500))

    assert not waiting.removing
    assert (waiting.phase, waiting.status) == (Phase.SUCCEEDED, Status.PENDING)
    assert waiting.reason.text == 'waiting for rviz to stop first'
    assert waiting.executables[0].status is Status.RUNNING
    assert stopping.removing
    assert stopping.phase is Phase.SUCCEEDED, 'its own deadline begins now'


def test_once_it_is_being_removed_dependants_do_not_stop_that():
    stopping = lifecycle.evaluate(leaving(), world())

    after = lifecycle.evaluate(stopping, world(dependants_stopping=['rviz']))

    assert after.removing


@pytest.mark.parametrize(
    ('phase', 'first'),
    [
        (Phase.SUCCEEDED, True),
        (Phase.PROVISIONING, True),
        (Phase.PARTIALLY_DEPROVISIONED, False),
        (Phase.DEPLOYMENT_STOPPED, False),
    ],
)
def test_a_dependant_that_cannot_stop_holds_up_nobody(phase, first):
    assert lifecycle.stops_first(leaving(in_phase(phase))) is first
    assert not lifecycle.stops_first(running())


def test_a_manager_that_has_just_started_keeps_what_it_knew():
    partly = lifecycle.evaluate(leaving(), world(offline()))

    assert lifecycle.evaluate(partly, world(unheard())) == partly


def test_a_forgotten_device_counts_as_done():
    deployment = lifecycle.evaluate(leaving(), world(device('other')))

    assert deployment.phase is Phase.DEPLOYMENT_STOPPED
