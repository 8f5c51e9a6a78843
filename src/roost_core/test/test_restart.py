# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""When an executable that ended starts again (docs/state_model.md)."""

from dataclasses import replace

from builders import ended, identity, observed
from hypothesis import given
from hypothesis import strategies as st
import pytest

from roost_core import restart
from roost_core.package import RestartPolicy
from roost_core.restart import BackOff, Decision, History, NEVER_STARTED

BACK_OFF = BackOff()
RAN = History(started=True, ends=(100.0,), streak=1, boot_id='boot-1', over_at=100.0)
ALWAYS, ON_FAILURE, NEVER = RestartPolicy


def decide(policy, history=RAN, *, exit_code=1, boot_id='boot-1', now=100.0):
    return restart.decide(
        policy, history, exit_code=exit_code, boot_id=boot_id, now=now, back_off=BACK_OFF
    )


def absorb(history, seen, *, now=100.0, boot_id='boot-1'):
    return restart.absorb(history, seen, boot_id=boot_id, now=now, back_off=BACK_OFF)


@pytest.mark.parametrize(
    ('policy', 'exit_code', 'again'),
    [
        (ALWAYS, 0, True),
        (ALWAYS, 1, True),
        (ALWAYS, None, True),
        (ON_FAILURE, 0, False),
        (ON_FAILURE, 1, True),
        (ON_FAILURE, 137, True),
        (ON_FAILURE, None, True),
        (NEVER, 0, False),
        (NEVER, 1, False),
    ],
)
def test_policies(policy, exit_code, again):
    assert decide(policy, exit_code=exit_code).restart is again


@pytest.mark.parametrize('by_hand', [False, True])
@pytest.mark.parametrize('exit_code', [0, 1, None])
@pytest.mark.parametrize('policy', RestartPolicy)
def test_after_a_reboot_only_always_starts_again(policy, exit_code, by_hand):
    history = replace(RAN, stopped_by_hand=by_hand)

    decision = decide(policy, history, exit_code=exit_code, boot_id='boot-2')

    assert decision.restart is (policy is ALWAYS)


@pytest.mark.parametrize('policy', RestartPolicy)
def test_what_a_person_stopped_stays_stopped_until_the_device_reboots(policy):
    assert not decide(policy, replace(RAN, stopped_by_hand=True)).restart


@pytest.mark.parametrize(
    ('streak', 'delay'), [(1, 0.0), (2, 1.0), (3, 2.0), (4, 4.0), (6, 16.0), (7, 30.0), (99, 30.0)]
)
def test_the_first_restart_is_immediate_and_further_ones_wait_longer(streak, delay):
    assert decide(ALWAYS, replace(RAN, streak=streak)).delay_sec == delay


@pytest.mark.parametrize(
    ('exit_code', 'streak', 'now', 'delay'),
    [
        (137, 1, 100.0, 500.0),
        (None, 1, 150.0, 450.0),
        (137, 30, 100.0, 500.0),
        (137, 1, 600.0, 0.0),
        (0, 1, 100.0, 0.0),
    ],
)
def test_what_needs_rest_gets_it_unless_it_ended_well(exit_code, streak, now, delay):
    decision = restart.decide(
        ALWAYS,
        replace(RAN, streak=streak),
        exit_code=exit_code,
        boot_id='boot-1',
        now=now,
        back_off=BACK_OFF,
        rest_sec=500.0,
    )
    assert decision.delay_sec == delay


def test_a_delay_is_counted_from_the_end():
    assert decide(ALWAYS, replace(RAN, streak=4), now=103.0).delay_sec == 1.0
    assert decide(ALWAYS, replace(RAN, streak=4), now=105.0).delay_sec == 0.0


@given(
    streak=st.integers(0, 10_000),
    last=st.floats(0, 2e9),
    now=st.floats(0, 2e9),
    policy=st.sampled_from(RestartPolicy),
)
def test_no_delay_exceeds_the_cap_whatever_the_clock_does(streak, last, now, policy):
    delay = decide(policy, replace(RAN, streak=streak, ends=(last,)), now=now).delay_sec

    assert 0.0 <= delay <= BACK_OFF.cap_sec


def test_retries_of_a_failed_step_wait_from_the_first_on():
    delays = [restart.retry_delay(attempts, BACK_OFF) for attempts in (1, 2, 3, 99)]

    assert delays == [1.0, 2.0, 4.0, 30.0]


@pytest.mark.parametrize(
    ('ends', 'streak', 'loop'),
    [
        ((0, 10, 20, 60), 4, False),
        ((0, 1, 3, 7, 60), 5, True),
        ((0, 1, 3, 7, 61), 5, False),
        ((0, 30, 60, 90, 120), 6, True),  # the cap spaces them out
        ((0, 30, 60, 90, 120), 1, False),  # the last one ran for long
    ],
)
def test_five_ends_within_a_minute_are_a_crash_loop(ends, streak, loop):
    history = replace(RAN, ends=ends, streak=streak)

    assert restart.in_crash_loop(history, back_off=BACK_OFF) is loop
    assert decide(ALWAYS, history).crash_loop is loop
    assert decide(ALWAYS, history).restart, 'attempts go on'


def test_a_start_an_end_and_a_restart_are_noted_once_each():
    me = identity()
    started = absorb(NEVER_STARTED, observed(me, started_at=10.0), now=10.0)
    over = absorb(started, ended(me, 1, started_at=10.0, ended_at=20.0), now=21.0)
    again = absorb(over, observed(me, started_at=22.0), now=22.0)

    assert (started.started, started.running, started.restart_count) == (True, True, 0)
    assert (over.running, over.ends, over.streak, over.restart_count) == (False, (20.0,), 1, 0)
    assert (again.running, again.restart_count) == (True, 1)


@given(state=st.sampled_from(['running', 'ended']), when=st.floats(0, 1e9), times=st.booleans())
def test_seeing_the_same_again_changes_nothing(state, when, times):
    stamp = {'started_at': when, 'ended_at': when + 1.0} if times else {}
    seen = ended(identity(), 1, **stamp) if state == 'ended' else observed(identity())

    for before in (NEVER_STARTED, RAN, replace(RAN, running=True)):
        once = absorb(before, seen, now=when + 5.0)

        assert absorb(once, seen, now=when + 60.0) == once


def test_a_run_that_nobody_saw_begin_counts_too():
    history = NEVER_STARTED
    for start in (0.0, 1.0, 3.0, 7.0, 15.0):
        seen = ended(identity(), 1, started_at=start, ended_at=start + 0.125)
        history = absorb(history, seen, now=start + 0.125)

    assert history.restart_count == 4
    assert history.streak == 5
    assert decide(ALWAYS, history, now=15.125) == Decision(
        restart=True, delay_sec=8.0, crash_loop=True
    )


def test_a_run_that_lasted_starts_the_back_off_anew():
    started = absorb(replace(RAN, streak=7), observed(identity(), started_at=200.0), now=200.0)

    over = absorb(started, ended(identity(), 1, started_at=200.0, ended_at=260.0), now=260.0)

    assert over.streak == 1


def test_an_end_by_a_power_cut_belongs_to_the_boot_before():
    started = absorb(NEVER_STARTED, observed(identity(), started_at=0.0), boot_id='boot-1')

    over = absorb(started, ended(identity(), 137, started_at=0.0), boot_id='boot-2')
    again = absorb(over, observed(identity(), started_at=200.0), boot_id='boot-2')

    assert over.boot_id == 'boot-1'
    assert not decide(ON_FAILURE, over, boot_id='boot-2').restart
    assert again.boot_id == 'boot-2'


def test_a_start_forgets_that_it_was_stopped_by_hand():
    over = absorb(replace(RAN, running=True), ended(identity(), 143, by_hand=True))

    assert over.stopped_by_hand
    assert not absorb(over, observed(identity())).stopped_by_hand


def test_what_is_gone_without_a_trace_ended_now():
    gone = restart.lost(replace(RAN, running=True), now=150.0, back_off=BACK_OFF)

    assert (gone.running, gone.ends, gone.streak) == (False, (100.0, 150.0), 2)
    assert restart.lost(gone, now=160.0, back_off=BACK_OFF) is gone


@pytest.mark.parametrize(('now', 'proving'), [(200.0, True), (209.9, True), (210.0, False)])
def test_after_a_crash_loop_a_run_has_to_prove_itself(now, proving):
    looping = replace(RAN, ends=(0, 1, 3, 7, 15), streak=5)
    seen = observed(identity(), started_at=200.0)

    assert restart.is_proving(looping, seen, now=now, back_off=BACK_OFF) is proving
    assert not restart.is_proving(RAN, seen, now=now, back_off=BACK_OFF)


def test_only_as_many_ends_are_kept_as_are_needed():
    history = NEVER_STARTED
    for second in range(50):
        history = absorb(history, observed(identity()), now=float(second))
        history = absorb(history, ended(identity(), 1), now=float(second))

    assert history.ends == (45.0, 46.0, 47.0, 48.0, 49.0)
