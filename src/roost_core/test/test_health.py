# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The tables of statuses and codes (docs/state_model.md), row by row."""

from builders import (
    accepted,
    completed,
    component,
    dependency,
    device,
    failing,
    id_of,
    offline,
    package,
    pulling,
    restarting,
    running,
    says,
    stopped_by_hand,
    unheard,
    world,
)
import pytest

from roost_core import lifecycle
from roost_core.phase import Phase
from roost_core.status import Reason, ReasonKind, Status

TWO = package(component(executables=('run', 'log')))


def evaluated(said, *, of=TWO, needs=(), previously=None):
    """Give what a placed deployment is, when its device says this."""
    fresh = previously or lifecycle.evaluate(accepted(of=of), world(of=of))
    reports = [each(fresh) for each in said]
    return lifecycle.evaluate(fresh, world(device('rover1', *reports), of=of, needs=needs))


def run(make, **values):
    return lambda deployment: make(deployment, executable='run', **values)


def log(make, **values):
    return lambda deployment: make(deployment, executable='log', **values)


CRASHES = run(failing, code='DEP_E163', kind=ReasonKind.CRASH_LOOP, text='exits again and again')
EXITED = run(failing, code='DEP_E152')
NO_IMAGE = log(failing, code='DEP_E161', kind=ReasonKind.IMAGE_NOT_FOUND, text='no such image')


@pytest.mark.parametrize(
    ('said', 'status', 'codes', 'reason'),
    [
        ([run(says), log(says)], Status.RUNNING, (), ''),
        ([run(completed), log(completed)], Status.STOPPED, (), 'main/run on rover1: completed'),
        ([run(completed), log(says)], Status.RUNNING, (), ''),
        ([run(completed), log(restarting)], Status.PENDING, (), 'main/log on rover1: exited'),
        ([EXITED, log(says)], Status.ERROR, ('DEP_E152',), 'main/run on rover1: exited with code'),
        ([run(stopped_by_hand), log(says)], Status.ERROR, ('DEP_E152',), 'stopped by hand'),
        ([run(restarting), log(says)], Status.PENDING, (), 'exited with code 1'),
        ([CRASHES, log(says)], Status.ERROR, ('DEP_E163',), 'exits again and again'),
        ([CRASHES, NO_IMAGE], Status.ERROR, ('DEP_E161', 'DEP_E163'), 'exits again and again'),
        (
            [run(stopped_by_hand), NO_IMAGE],
            Status.ERROR,
            ('DEP_E161', 'DEP_E152'),
            'no such image',
        ),
        ([run(pulling), log(says)], Status.PENDING, (), 'pulling run:1'),
        ([log(says)], Status.PENDING, (), 'main/run on rover1: waiting for rover1 to take it on'),
    ],
)
def test_what_happened_to_executables_makes_the_status(said, status, codes, reason):
    deployment = evaluated(said)

    assert (deployment.status, deployment.codes) == (status, codes)
    assert reason in deployment.reason.text
    assert bool(reason) == bool(deployment.reason.text)


def test_a_single_executable_speaks_without_its_name():
    assert evaluated([run(completed)], of=package()).reason.text == 'completed'


def test_stopped_by_hand_is_stopped_for_the_executable_and_an_error_for_the_deployment():
    deployment = evaluated([run(stopped_by_hand), log(says)])

    assert deployment.executables[0].status is Status.STOPPED
    assert deployment.status is Status.ERROR


def test_executables_of_a_silent_device_are_unknown_and_keep_what_was_known():
    before = running()

    after = lifecycle.evaluate(before, world(offline()))

    assert (after.status, after.codes) == (Status.ERROR, ('DEP_E151',))
    assert after.reason.text == 'rover1 is silent'
    assert after.executables[0].status is Status.UNKNOWN
    assert after.executables[0].started
    assert after.phase is Phase.SUCCEEDED


def test_a_device_that_was_shut_down_says_so():
    after = lifecycle.evaluate(running(), world(offline(leaving=True)))

    assert after.reason.text == 'rover1 was shut down'


def test_before_a_device_is_heard_nothing_changes():
    before = running()

    assert lifecycle.evaluate(before, world(unheard())) == before


def test_a_report_of_another_generation_says_nothing():
    fresh = lifecycle.evaluate(accepted(), world())

    after = lifecycle.evaluate(fresh, world(device('rover1', says(fresh, generation=2))))

    assert after.executables[0].reason.kind is ReasonKind.WAITING_FOR_REPORT
    assert after.phase is Phase.PROVISIONING


BROKEN = Reason(kind=ReasonKind.EXITED, text='exited with code 2')


@pytest.mark.parametrize(
    ('needed', 'reason'),
    [
        (
            dependency('arm', status=Status.ERROR, reason=BROKEN),
            'dependency arm is in error: exited with code 2',
        ),
        (dependency('arm', deprovisioning=True), 'dependency arm is being deprovisioned'),
        (
            dependency('arm', Phase.DEPLOYMENT_STOPPED, Status.STOPPED, deprovisioning=True),
            'dependency arm was stopped',
        ),
        ((id_of('other'), None), 'dependency arm was stopped'),
    ],
)
def test_a_dependency_in_error_or_gone_makes_e156_and_executables_go_on(needed, reason):
    before = running('camera', 'arm')
    around = [needed] if needed[1] else []

    after = lifecycle.evaluate(before, world(device('rover1', says(before)), needs=around))

    assert (after.status, after.codes) == (Status.ERROR, ('DEP_E156',))
    assert after.reason == Reason(kind=ReasonKind.DEPENDENCY_FAILED, text=reason)
    assert after.executables[0].status is Status.RUNNING


@pytest.mark.parametrize(
    'needed',
    [
        dependency('arm'),
        dependency('arm', status=Status.PENDING),
        dependency('arm', status=Status.STOPPED),  # all of it completed
        dependency('arm', Phase.PROVISIONING, Status.PENDING),
    ],
)
def test_any_other_dependency_is_none_of_its_business(needed):
    before = running('camera', 'arm')

    after = lifecycle.evaluate(before, world(device('rover1', says(before)), needs=[needed]))

    assert (after.status, after.codes) == (Status.RUNNING, ())


def test_an_own_error_speaks_before_that_of_a_dependency():
    before = running('camera', 'arm')
    around = [dependency('arm', status=Status.ERROR, reason=BROKEN)]

    after = lifecycle.evaluate(
        before, world(device('rover1', failing(before, 'DEP_E163', text='loops')), needs=around)
    )

    assert after.codes == ('DEP_E163', 'DEP_E156')
    assert after.reason.text == 'loops'
