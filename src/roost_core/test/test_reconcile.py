# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Desired and observed state make steps."""

from dataclasses import replace

from builders import desired, ended, id_of, observed
import pytest

from roost_core import reconcile
from roost_core.desired import DesiredState, Removal
from roost_core.names import DeviceName
from roost_core.observed import InstanceState
from roost_core.package import DeviceRuntime, RestartPolicy
from roost_core.reconcile import (
    Circumstances,
    Create,
    Failure,
    Fetch,
    Note,
    Plan,
    Remove,
    SlotView,
    Start,
    Stop,
)
from roost_core.restart import History
from roost_core.status import Reason, ReasonKind

WANTED = desired()
OTHER = desired(image='run:2')
AROUND = Circumstances(now=100.0, boot_id='boot-1')
STARTED = History(started=True, ends=(100.0,), streak=1, boot_id='boot-1')
WHY = Reason(kind=ReasonKind.REGISTRY_UNREACHABLE, text='no answer')
REPLACED = 'replaced by generation 1'
REMOVED = 'its deployment is deprovisioned'


def view(wanted=WANTED, *instances, **values):
    return SlotView(slot=WANTED.slot, desired=wanted, observed=instances, **values)


def stop(instance, reason):
    return Stop(instance=instance, timeout_sec=10.0, reason=reason)


def steps(seen):
    return reconcile.plan(seen, AROUND).steps


CREATED = observed(WANTED, InstanceState.CREATED)
RUNNING = observed(WANTED)
FAILED = ended(WANTED, 1)
OLD = observed(OTHER)
OLD_ENDED = ended(OTHER, 0)
FETCH, CREATE, NOTE, START = (step(desired=WANTED) for step in (Fetch, Create, Note, Start))
DROP_OLD = (stop(OLD, REPLACED), Remove(instance=OLD, reason=REPLACED))


@pytest.mark.parametrize(
    ('seen', 'expected'),
    [
        (view(), (FETCH, CREATE, NOTE, START)),
        (view(WANTED, CREATED), (NOTE, START)),
        (view(WANTED, CREATED, history=STARTED), (START,)),
        (view(WANTED, RUNNING, history=STARTED), ()),
        (view(WANTED, FAILED, history=STARTED), (START,)),
        # The new image is there before the old instance is stopped.
        (view(WANTED, OLD), (FETCH, *DROP_OLD, CREATE, NOTE, START)),
        (view(WANTED, OLD, CREATED), (*DROP_OLD, NOTE, START)),
        (view(WANTED, OLD, RUNNING, history=STARTED), DROP_OLD),
        (
            view(WANTED, OLD_ENDED),
            (FETCH, Remove(instance=OLD_ENDED, reason=REPLACED), CREATE, NOTE, START),
        ),
        # Removed by somebody else, and made anew.
        (view(WANTED, history=STARTED), (FETCH, CREATE, START)),
        # Neither to be kept nor named for removal.
        (view(None, OLD, OLD_ENDED), ()),
        (
            view(None, OLD, OLD_ENDED, removing=True),
            (
                stop(OLD, REMOVED),
                Remove(instance=OLD, reason=REMOVED),
                Remove(instance=OLD_ENDED, reason=REMOVED),
            ),
        ),
        (view(None, removing=True), ()),
    ],
)
def test_the_steps_from_what_is_to_what_is_asked(seen, expected):
    assert steps(seen) == expected


def test_a_native_process_has_no_image_to_fetch():
    native = desired(runtime=DeviceRuntime.PREINSTALLED)

    assert steps(view(native)) == (
        Create(desired=native),
        Note(desired=native),
        Start(desired=native),
    )


def test_a_new_generation_of_the_same_spec_replaces_the_instance():
    second = replace(WANTED, generation=2)

    assert Start(desired=second) in steps(view(second, RUNNING, history=STARTED))


@pytest.mark.parametrize('policy', [RestartPolicy.NEVER, RestartPolicy.ON_FAILURE])
def test_what_is_not_to_be_restarted_is_not(policy):
    wanted = desired(restart=policy)

    assert steps(view(wanted, ended(wanted, 0), history=STARTED)) == ()
    assert steps(view(wanted, OLD, ended(wanted, 0), history=STARTED)) == DROP_OLD


HALTED = replace(WANTED, run=False)
BY_CHOICE = replace(STARTED, stopped_by_choice=True)


@pytest.mark.parametrize(
    ('seen', 'expected'),
    [
        (view(HALTED, RUNNING, history=STARTED), (stop(RUNNING, 'stopped by choice'),)),
        (view(HALTED, FAILED, history=BY_CHOICE), ()),
        (view(HALTED, CREATED), ()),
        (view(HALTED), ()),
        (view(HALTED, OLD), DROP_OLD),
        (view(WANTED, FAILED, history=BY_CHOICE), (NOTE, START)),
    ],
)
def test_what_is_stopped_by_choice_stays_so_until_it_is_to_run(seen, expected):
    assert steps(seen) == expected


@pytest.mark.parametrize('policy', RestartPolicy)
def test_a_start_after_a_stop_by_choice_asks_no_policy_and_not_whether_it_booted(policy):
    wanted = desired(restart=policy)
    history = replace(BY_CHOICE, boot_id='an earlier one', stopped_by_hand=True)

    assert steps(view(wanted, ended(wanted, 0), history=history)) == (
        Note(desired=wanted),
        Start(desired=wanted),
    )


@pytest.mark.parametrize('policy', RestartPolicy)
@pytest.mark.parametrize(
    'history',
    [
        STARTED,
        replace(STARTED, stopped_by_hand=True),
        replace(STARTED, ends=(99.0, 99.2, 99.4, 99.6, 100.0), streak=9),
        replace(STARTED, boot_id='an earlier one'),
        replace(STARTED, restarts=1, start_due=True),
    ],
)
def test_a_restart_that_is_asked_for_is_carried_out_whatever_the_policy(policy, history):
    wanted = desired(restart=policy)
    again = replace(wanted, restarts=1)
    begun = (Note(desired=again), Start(desired=again))

    assert steps(view(again, ended(wanted, 0), history=history)) == begun
    assert steps(view(again, ended(wanted, 127, command_missing=True), history=history)) == begun


def test_what_runs_is_stopped_for_a_restart_and_not_made_anew():
    again = replace(WANTED, restarts=2)
    seen = view(again, RUNNING, history=replace(STARTED, restarts=1))

    assert steps(seen) == (
        stop(RUNNING, 'its restart was asked for'),
        Note(desired=again),
        Start(desired=again),
    )
    assert steps(replace(seen, history=replace(STARTED, restarts=2))) == ()


def test_what_is_not_alive_is_stopped_and_starts_again_as_after_a_failure():
    wanted = desired(restart=RestartPolicy.ON_FAILURE)
    stuck = replace(STARTED, not_alive='did not answer')

    assert steps(view(wanted, RUNNING, history=stuck)) == (stop(RUNNING, 'did not answer'),)
    assert steps(view(wanted, ended(wanted, 0), history=stuck)) == (Start(desired=wanted),)
    never = desired(restart=RestartPolicy.NEVER)
    assert steps(view(never, ended(never, 0), history=stuck)) == ()


def test_what_waits_for_its_turn_is_looked_at_when_it_need_not_wait_any_more():
    seen = view(WANTED, FAILED, history=STARTED, waits_for='base')

    assert reconcile.plan(seen, replace(AROUND, order_left_sec=12.0)) == Plan(look_again_at=112.0)


def test_after_a_reboot_what_was_created_again_and_not_started_is_no_new_start():
    wanted = desired(restart=RestartPolicy.ON_FAILURE)
    created = observed(wanted, InstanceState.CREATED)

    assert steps(view(wanted, created, history=replace(STARTED, boot_id='before'))) == ()
    assert steps(view(wanted, created, history=STARTED)) == (Start(desired=wanted),)


def test_a_command_that_is_missing_is_not_tried_again():
    missing = ended(WANTED, 127, command_missing=True)

    assert reconcile.plan(view(WANTED, missing, history=STARTED), AROUND) == Plan()


def test_a_restart_that_is_not_due_is_looked_at_when_it_is():
    history = replace(STARTED, streak=4)

    assert reconcile.plan(view(WANTED, FAILED, history=history), AROUND) == Plan(
        look_again_at=104.0
    )


def test_a_run_after_a_crash_loop_is_looked_at_when_it_has_proved_itself():
    looping = replace(STARTED, ends=(80.0, 81.0, 83.0, 87.0, 95.0), streak=5)
    seen = view(WANTED, observed(WANTED, started_at=96.0), history=looping)

    assert reconcile.plan(seen, AROUND) == Plan(look_again_at=106.0)


FAILURE = Failure(reason=WHY, code='DEP_E305', attempts=2, at=99.0)


@pytest.mark.parametrize('seen', [view(), view(None, OLD, removing=True)])
def test_a_failed_step_is_tried_again_after_a_delay(seen):
    failed = replace(seen, failure=FAILURE)

    assert reconcile.plan(failed, AROUND) == Plan(look_again_at=101.0)
    assert reconcile.plan(failed, replace(AROUND, now=101.0)).steps == steps(seen)


def test_a_final_failure_is_left_and_a_removal_never_is():
    final = replace(FAILURE, final=True, at=0.0)

    assert reconcile.plan(view(WANTED, OLD, failure=final), AROUND) == Plan()
    assert steps(view(None, OLD, removing=True, failure=final))


def test_slots_are_joined_and_orphans_are_what_is_in_neither_list():
    going, orphan = desired('going'), desired('orphan')
    state = DesiredState(
        device=DeviceName('rover1'),
        manager_id='m',
        epoch=1,
        revision=1,
        device_key_id='k',
        keep=(WANTED,),
        remove=(Removal(deployment_id=id_of('going'), deployment_name='going'),),
    )
    there = [OLD, observed(going), observed(orphan)]

    views = reconcile.slots(state, there, {WANTED.slot: STARTED}, {WANTED.slot: FAILURE})

    assert views[WANTED.slot] == view(WANTED, OLD, history=STARTED, failure=FAILURE)
    assert views[going.slot].removing
    assert not views[orphan.slot].removing
    assert reconcile.orphans(views.values()) == (observed(orphan),)


def test_what_is_to_be_kept_is_not_removed_even_if_it_is_named():
    state = DesiredState(
        device=DeviceName('rover1'),
        manager_id='m',
        epoch=1,
        revision=1,
        device_key_id='k',
        keep=(WANTED,),
        remove=(Removal(deployment_id=WANTED.slot.deployment_id, deployment_name='camera'),),
    )

    views = reconcile.slots(state, [RUNNING], {}, {})

    assert not views[WANTED.slot].removing
