# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a device says of one slot."""

from dataclasses import replace

from builders import desired, ended, observed
from hypothesis import given
from hypothesis import strategies as st
import pytest

from roost_core import situation
from roost_core.observed import InstanceState
from roost_core.package import RestartPolicy
from roost_core.reconcile import Circumstances, Failure, SlotView
from roost_core.restart import History, NEVER_STARTED
from roost_core.situation import Activity, duration, how_it_ended
from roost_core.status import Reason, ReasonKind, Status

WANTED = desired()
AROUND = Circumstances(now=100.0, boot_id='boot-1')
RAN = History(started=True, ends=(100.0,), streak=1, boot_id='boot-1')
LOOPING = replace(RAN, ends=(80.0, 81.0, 83.0, 87.0, 100.0), streak=5)
PULL = Activity(reason=Reason(kind=ReasonKind.PULLING, text='pulling run:1', progress=43.0))
REMAKE = Activity(reason=Reason(kind=ReasonKind.CREATING, text='creating'))
NO_REGISTRY = Failure(
    reason=Reason(kind=ReasonKind.REGISTRY_UNREACHABLE, text='registry does not answer'),
    code='DEP_E305',
    at=99.5,
)
NO_IMAGE = replace(
    NO_REGISTRY,
    reason=Reason(kind=ReasonKind.IMAGE_NOT_FOUND, text='no such image'),
    code='DEP_E161',
    final=True,
)
ENGINE = replace(
    NO_REGISTRY,
    reason=Reason(kind=ReasonKind.ENGINE_UNREACHABLE, text='the engine does not answer'),
    code='DEP_E301',
)


def at_end(exit_code=2, **values):
    return ended(WANTED, exit_code, started_at=99.6, ended_at=100.0, **values)


def view(*there, policy=RestartPolicy.ALWAYS, history=NEVER_STARTED, failure=None):
    wanted = desired(restart=policy)
    return SlotView(
        slot=wanted.slot, desired=wanted, observed=there, history=history, failure=failure
    )


def describe(seen, *, activity=None, blocked=None, last_output=''):
    return situation.describe(
        seen, AROUND, activity=activity, blocked=blocked, last_output=last_output
    )


def chosen(*there, history=RAN, failure=None, waits_for='', **choice):
    """Give a slot of which something was chosen."""
    wanted = replace(WANTED, **choice)
    return SlotView(
        slot=wanted.slot,
        desired=wanted,
        observed=there,
        history=history,
        failure=failure,
        waits_for=waits_for,
    )


STUCK = replace(RAN, not_alive='did not answer its liveness probe 3 times: timed out')
STUCK_AGAIN = replace(STUCK, ends=(99.6, 99.7, 99.8, 99.9, 100.0), streak=5)


@pytest.mark.parametrize(
    ('seen', 'status', 'kind', 'codes', 'shown'),
    [
        (
            chosen(at_end(143), run=False),
            Status.STOPPED,
            ReasonKind.STOPPED_BY_CHOICE,
            (),
            'stopped by choice',
        ),
        (
            chosen(run=False, history=NEVER_STARTED),
            Status.STOPPED,
            ReasonKind.STOPPED_BY_CHOICE,
            (),
            'stopped by choice',
        ),
        (
            chosen(observed(WANTED), run=False),
            Status.PENDING,
            ReasonKind.STOPPING,
            (),
            'stopping',
        ),
        (
            chosen(observed(WANTED), run=False, failure=NO_IMAGE),
            Status.ERROR,
            ReasonKind.IMAGE_NOT_FOUND,
            ('DEP_E161',),
            'no such image',
        ),
        (
            chosen(observed(WANTED), restarts=1),
            Status.PENDING,
            ReasonKind.RESTARTING,
            (),
            'being restarted, as was asked',
        ),
        (
            chosen(observed(WANTED), restarts=1, history=replace(RAN, restarts=1)),
            Status.RUNNING,
            ReasonKind.NONE,
            (),
            '',
        ),
        (
            chosen(at_end(), waits_for='base'),
            Status.PENDING,
            ReasonKind.WAITING_FOR_ORDER,
            (),
            'waiting for base to start first',
        ),
        (
            chosen(observed(WANTED), history=STUCK),
            Status.PENDING,
            ReasonKind.NOT_ALIVE,
            (),
            STUCK.not_alive,
        ),
        (
            chosen(at_end(0), history=replace(STUCK, streak=2)),
            Status.PENDING,
            ReasonKind.NOT_ALIVE,
            (),
            f'{STUCK.not_alive}, restarting in 1 s',
        ),
        (
            chosen(at_end(0), history=STUCK, restart=RestartPolicy.NEVER),
            Status.ERROR,
            ReasonKind.NOT_ALIVE,
            ('DEP_E152', 'DEP_E313'),
            f'{STUCK.not_alive}, and is not to be restarted',
        ),
        (
            chosen(at_end(0), history=STUCK_AGAIN),
            Status.ERROR,
            ReasonKind.CRASH_LOOP,
            ('DEP_E163', 'DEP_E313'),
            f'exits again and again, last: {STUCK.not_alive}',
        ),
    ],
)
def test_what_was_chosen_and_what_is_stuck(seen, status, kind, codes, shown):
    report = describe(seen)

    assert (report.status, report.reason.kind, report.codes) == (status, kind, codes)
    assert report.reason.shown().startswith(shown)


def test_a_port_that_is_taken_has_a_code_of_its_own():
    bind = 'bind: Address already in use'
    never = view(at_end(1), policy=RestartPolicy.NEVER, history=RAN)

    report = describe(never, last_output=bind)
    assert (report.status, report.reason.kind) == (Status.ERROR, ReasonKind.PORT_TAKEN)
    assert report.codes == ('DEP_E152', 'DEP_E304')
    assert report.reason.text.startswith('a port that it needs is taken, exited with code 1')

    looping = describe(view(at_end(1), history=LOOPING), last_output=bind)
    assert looping.codes == ('DEP_E163', 'DEP_E304')
    assert looping.reason.kind is ReasonKind.CRASH_LOOP
    assert describe(view(at_end(1), history=RAN), last_output=bind).codes == ()


def test_what_may_just_be_started_is_not_called_stopped():
    for there in ((), (at_end(143),), (observed(WANTED),)):
        report = describe(chosen(*there, run=False), activity=REMAKE)

        assert (report.status, report.reason.text) == (Status.PENDING, 'stopping')


def test_what_still_runs_in_the_place_of_another_generation_is_told():
    newer = replace(WANTED, generation=3)
    seen = replace(view(observed(WANTED), failure=NO_REGISTRY), desired=newer)

    report = describe(seen)

    assert (report.generation, report.former_generation) == (3, 1)
    assert (report.status, report.codes) == (Status.ERROR, ('DEP_E305',))
    assert describe(replace(seen, observed=(at_end(),))).former_generation == 0


@pytest.mark.parametrize(
    ('seen', 'activity', 'status', 'code', 'shown'),
    [
        (view(), None, Status.PENDING, '', 'about to be created'),
        (view(), PULL, Status.PENDING, '', 'pulling run:1, 43 %'),
        (view(observed(WANTED), history=RAN), None, Status.RUNNING, '', ''),
        (
            view(failure=NO_REGISTRY),
            None,
            Status.ERROR,
            'DEP_E305',
            'registry does not answer, trying again now',
        ),
        (view(failure=NO_REGISTRY), PULL, Status.PENDING, '', 'pulling run:1, 43 %'),
        (view(failure=NO_IMAGE), None, Status.ERROR, 'DEP_E161', 'no such image'),
        # An update that fails leaves the old instance running.
        (view(observed(WANTED), history=RAN, failure=NO_IMAGE), None, Status.RUNNING, '', ''),
        (
            view(at_end(0), policy=RestartPolicy.ON_FAILURE, history=RAN),
            None,
            Status.STOPPED,
            '',
            'completed',
        ),
        (
            view(at_end(), policy=RestartPolicy.NEVER, history=RAN),
            None,
            Status.ERROR,
            'DEP_E152',
            'exited with code 2 after 0.4 s, and is not to be restarted',
        ),
        (
            view(at_end(143), history=replace(RAN, stopped_by_hand=True)),
            None,
            Status.STOPPED,
            '',
            'stopped by hand',
        ),
        (
            view(at_end(), history=replace(RAN, streak=5)),
            None,
            Status.PENDING,
            '',
            'exited with code 2 after 0.4 s, restarting in 8 s',
        ),
        (
            view(at_end(), history=RAN),
            None,
            Status.PENDING,
            '',
            'exited with code 2 after 0.4 s, restarting now',
        ),
        (
            view(at_end(), history=LOOPING),
            None,
            Status.ERROR,
            'DEP_E163',
            'exits again and again, last: exited with code 2 after 0.4 s, restarting in 8 s',
        ),
        (
            view(observed(WANTED, started_at=95.0), history=LOOPING),
            None,
            Status.ERROR,
            'DEP_E163',
            'started again after 5 unexpected exits, being watched',
        ),
        (view(observed(WANTED, started_at=85.0), history=LOOPING), None, Status.RUNNING, '', ''),
        (
            view(at_end(127, command_missing=True), history=RAN),
            None,
            Status.ERROR,
            'DEP_E152',
            'command not found or not executable: the command of the image; it cannot be'
            ' restarted',
        ),
        (
            view(at_end(137, oom_killed=True), policy=RestartPolicy.NEVER, history=RAN),
            None,
            Status.ERROR,
            'DEP_E152 DEP_E310',
            'ran out of memory and was killed after 0.4 s, and is not to be restarted',
        ),
        (
            view(policy=RestartPolicy.NEVER, history=RAN),
            None,
            Status.ERROR,
            'DEP_E152',
            'removed from the device by someone else, and is not to be restarted',
        ),
        (
            view(history=RAN),
            REMAKE,
            Status.PENDING,
            '',
            'removed from the device by someone else, restarting now',
        ),
        (
            view(observed(WANTED, InstanceState.CREATED), history=RAN),
            REMAKE,
            Status.PENDING,
            '',
            'created anew, restarting now',
        ),
    ],
)
def test_status_code_and_reason(seen, activity, status, code, shown):
    report = describe(seen, activity=activity)

    assert report.status is status
    assert report.codes == tuple(code.split())
    assert report.reason.shown() == shown


@pytest.mark.parametrize('there', [(), (observed(WANTED),), (at_end(),)])
def test_a_runtime_that_does_not_answer_comes_before_all(there):
    report = describe(view(*there, history=RAN), blocked=ENGINE)

    assert (report.status, report.codes) == (Status.ERROR, ('DEP_E301',))
    assert report.started


def test_the_instance_is_told_with_its_numbers():
    instance = at_end(instance_id='c1', image_digest='sha256:1', host_name='roost-1')

    report = describe(view(instance, history=replace(RAN, restart_count=4)))

    assert report.restart_count == 4
    assert (report.exit_code, report.started_at) == (2, 99.6)
    assert (report.instance_id, report.image_digest) == ('c1', 'sha256:1')
    assert report.host_name == 'roost-1'
    assert report.started


@given(
    instance=st.sampled_from(
        [None, observed(WANTED), observed(WANTED, InstanceState.CREATED), at_end(0), at_end(1)]
    ),
    history=st.sampled_from([NEVER_STARTED, RAN, LOOPING, replace(RAN, stopped_by_hand=True)]),
    policy=st.sampled_from(RestartPolicy),
    failure=st.sampled_from([None, NO_REGISTRY, NO_IMAGE]),
    activity=st.sampled_from([None, PULL, REMAKE]),
    blocked=st.sampled_from([None, ENGINE]),
)
def test_pending_and_error_always_carry_a_reason(
    instance, history, policy, failure, activity, blocked
):
    there = [instance] if instance is not None else []
    seen = view(*there, policy=policy, history=history, failure=failure)

    report = describe(seen, activity=activity, blocked=blocked)

    if report.status in (Status.PENDING, Status.ERROR):
        assert report.reason.text
    assert bool(report.codes) == (report.status is Status.ERROR)


@pytest.mark.parametrize(
    ('instance', 'last_output', 'text'),
    [
        (None, '', 'removed from the device by someone else'),
        (at_end(0), '', 'exited with code 0 after 0.4 s'),
        (at_end(1), 'no camera', 'exited with code 1 after 0.4 s: no camera'),
        (at_end(139), '', 'ended by SIGSEGV after 0.4 s (code 139)'),
        (at_end(None), '', 'ended after 0.4 s, nobody saw how'),
        (ended(WANTED, 1), '', 'exited with code 1'),
        (
            at_end(1),
            'bind: Address already in use',
            'a port that it needs is taken, exited with code 1 after 0.4 s:'
            ' bind: Address already in use',
        ),
    ],
)
def test_how_it_ended(instance, last_output, text):
    assert how_it_ended(instance, last_output) == text


@pytest.mark.parametrize(
    ('seconds', 'text'),
    [
        (0.44, '0.4 s'),
        (42, '42 s'),
        (180, '3 min'),
        (5 * 3600, '5 h'),
        (2 * 86400, '2 days'),
    ],
)
def test_duration(seconds, text):
    assert duration(seconds) == text
