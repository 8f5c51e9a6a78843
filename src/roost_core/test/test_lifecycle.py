# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The life of a deployment until its end; removal has tests of its own."""

from dataclasses import replace

from builders import (
    accepted,
    component,
    dependency,
    device,
    facts,
    failing,
    in_phase,
    offline,
    package,
    pulling,
    running,
    says,
    unheard,
    world,
)
import pytest

from roost_core import lifecycle
from roost_core.package import EnvironmentEntry
from roost_core.phase import Phase
from roost_core.status import ReasonKind, Status

NEEDS_HOST = package(component(variables=['HOST']))


def test_what_needs_nothing_is_provisioned_at_once():
    deployment = lifecycle.evaluate(accepted(), world())

    assert deployment.phase is Phase.PROVISIONING
    assert deployment.status is Status.PENDING
    assert [each.name for each in deployment.components[0].plan] == ['run']


@pytest.mark.parametrize(
    ('needed', 'status', 'codes', 'reason'),
    [
        (
            dependency('arm', Phase.PROVISIONING, Status.PENDING),
            Status.PENDING,
            (),
            'waiting for arm: Provisioning',
        ),
        (
            dependency('arm', Phase.SUCCEEDED, Status.PENDING),
            Status.PENDING,
            (),
            'waiting for arm: Succeeded, Pending',
        ),
        (
            dependency('arm', Phase.SUCCEEDED, Status.STOPPED),
            Status.PENDING,
            (),
            'waiting for arm: Succeeded, Stopped',
        ),
        (
            dependency('arm', Phase.SUCCEEDED, Status.ERROR),
            Status.ERROR,
            ('DEP_E156',),
            'waiting for arm: Succeeded, Error',
        ),
        (
            dependency('arm', Phase.FAILED_TO_UPDATE, Status.ERROR),
            Status.ERROR,
            ('DEP_E156',),
            'waiting for arm: Failed to update',
        ),
    ],
)
def test_a_deployment_waits_for_its_dependency_and_says_so(needed, status, codes, reason):
    deployment = lifecycle.evaluate(accepted('camera', 'arm'), world(needs=[needed]))

    assert deployment.phase is Phase.IN_PROGRESS
    assert (deployment.status, deployment.codes) == (status, codes)
    assert deployment.reason.kind is ReasonKind.WAITING_FOR_DEPENDENCY
    assert deployment.reason.text == reason
    assert deployment.executables[0].reason == deployment.reason


@pytest.mark.parametrize('away', [offline(), unheard()])
def test_a_deployment_waits_for_its_device(away):
    deployment = lifecycle.evaluate(accepted(), world(away))

    assert (deployment.phase, deployment.status) == (Phase.IN_PROGRESS, Status.PENDING)
    assert deployment.reason.text == 'waiting for rover1, which is not online'


def test_what_was_queued_goes_on_when_the_device_returns():
    queued = lifecycle.evaluate(accepted(allow_offline=True), world(offline()))

    assert lifecycle.evaluate(queued, world()).phase is Phase.PROVISIONING


@pytest.mark.parametrize(
    ('needed', 'reason'),
    [
        ([], 'dependency arm was stopped'),
        (
            [dependency('arm', Phase.DEPLOYMENT_STOPPED, Status.STOPPED, deprovisioning=True)],
            'dependency arm was stopped',
        ),
        (
            [dependency('arm', Phase.FAILED_TO_START, Status.ERROR)],
            'dependency arm failed to start',
        ),
        ([dependency('arm', deprovisioning=True)], 'dependency arm is being deprovisioned'),
    ],
)
def test_a_lost_dependency_is_a_failure_to_start(needed, reason):
    deployment = lifecycle.evaluate(accepted('camera', 'arm'), world(needs=needed))

    assert deployment.phase is Phase.FAILED_TO_START
    assert (deployment.status, deployment.codes) == (Status.ERROR, ('DEP_E156',))
    assert deployment.reason.text == reason
    assert deployment.executables[0].status is Status.STOPPED


def test_a_forgotten_device_is_a_failure_to_start():
    deployment = lifecycle.evaluate(accepted(), world(device('other')))

    assert deployment.phase is Phase.FAILED_TO_START
    assert deployment.codes == ('DEP_E402',)
    assert deployment.reason.text == 'device rover1 was forgotten'


@pytest.mark.parametrize(
    ('exposes', 'variables', 'phase'),
    [
        ({'HOST': 'a'}, {}, Phase.PROVISIONING),
        ({}, {'HOST': 'a'}, Phase.PROVISIONING),
        ({}, {}, Phase.FAILED_TO_START),
    ],
)
def test_bindings_are_judged_when_all_is_there_that_could_give_a_value(exposes, variables, phase):
    waiting = lifecycle.evaluate(
        accepted('camera', 'arm', of=NEEDS_HOST),
        world(needs=[dependency('arm', Phase.PROVISIONING, Status.PENDING)], of=NEEDS_HOST),
    )

    there = device(known=facts(variables=variables))
    deployment = lifecycle.evaluate(
        waiting, world(there, needs=[dependency('arm', exposes=exposes)], of=NEEDS_HOST)
    )

    assert waiting.phase is Phase.IN_PROGRESS
    assert deployment.phase is phase
    if phase is Phase.FAILED_TO_START:
        assert deployment.codes == ('DEP_E403',)
        assert deployment.reason.text == 'component main: no value for HOST'


def test_bindings_are_computed_once():
    needing = package(component(variables=[EnvironmentEntry(name='HOST', default='none')]))
    first = lifecycle.evaluate(
        accepted('camera', 'arm', of=needing),
        world(needs=[dependency('arm', exposes={'HOST': 'a'})], of=needing),
    )

    later = lifecycle.evaluate(
        first, world(needs=[dependency('arm', exposes={'HOST': 'b'})], of=needing)
    )

    assert first.components[0].plan[0].spec.environment['HOST'] == 'a'
    assert later.components == first.components


def test_a_deployment_has_succeeded_when_each_executable_was_started():
    both = package(component(executables=('run', 'log')))
    fresh = lifecycle.evaluate(accepted(of=both), world(of=both))

    one = lifecycle.evaluate(fresh, world(device('rover1', says(fresh)), of=both))
    said = [says(fresh), failing(fresh, 'DEP_E152', executable='log')]
    all_of_them = lifecycle.evaluate(one, world(device('rover1', *said), of=both))

    assert one.phase is Phase.PROVISIONING
    assert all_of_them.phase is Phase.SUCCEEDED
    assert all_of_them.status is Status.ERROR


def test_an_error_of_the_first_provisioning_stays_there_and_recovers():
    fresh = lifecycle.evaluate(accepted(), world())
    missing = failing(fresh, 'DEP_E161', ReasonKind.IMAGE_NOT_FOUND, started=False)

    failed = lifecycle.evaluate(fresh, world(device('rover1', missing)))
    pulled = lifecycle.evaluate(failed, world(device('rover1', pulling(failed))))
    started = lifecycle.evaluate(pulled, world(device('rover1', says(pulled))))

    assert [(each.phase, each.status) for each in (failed, pulled, started)] == [
        (Phase.PROVISIONING, Status.ERROR),
        (Phase.PROVISIONING, Status.PENDING),
        (Phase.SUCCEEDED, Status.RUNNING),
    ]


def test_a_deployment_that_succeeded_keeps_its_phase_whatever_happens():
    broken = lifecycle.evaluate(running(), world(device('rover1', failing(running(), 'DEP_E163'))))

    assert (broken.phase, broken.status) == (Phase.SUCCEEDED, Status.ERROR)


@pytest.mark.parametrize('phase', Phase)
def test_a_restart_of_the_manager_changes_no_phase_and_no_error(phase):
    before = in_phase(phase)

    after = lifecycle.evaluate(before, world(unheard()))

    assert after.phase is before.phase
    assert after.codes == before.codes


@pytest.mark.parametrize('phase', Phase)
def test_a_deprovision_is_accepted_in_every_phase_but_the_last_and_keeps_it(phase):
    before = in_phase(phase)

    after = lifecycle.deprovision(before, now=5.0)

    assert after.phase is phase
    if phase is Phase.DEPLOYMENT_STOPPED:
        assert after is before
    else:
        assert after.deprovisioning
        assert lifecycle.deprovision(after, now=9.0) is after


def test_what_is_stopped_stays_as_it_is():
    stopped = in_phase(Phase.DEPLOYMENT_STOPPED)

    assert lifecycle.evaluate(stopped, world(device('rover1', says(stopped)))) is stopped


def test_depends_on():
    deployment = accepted('camera', 'arm')

    assert lifecycle.depends_on(deployment, 'arm-id')
    assert not lifecycle.depends_on(replace(deployment, dependencies=()), 'arm-id')
