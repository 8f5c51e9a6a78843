# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Restarting while the device's clock is set forward and back."""

from roost_core.instance import Identity, Slot
from roost_core.names import DeploymentId
from roost_core.observed import InstanceState, ObservedInstance
from roost_core.package import RestartPolicy
from roost_core.restart import absorb, BackOff, decide, History, NEVER_STARTED, rebase

BACK_OFF = BackOff()


def ended(*, started_at: float, ended_at: float) -> ObservedInstance:
    return ObservedInstance(
        identity=Identity(slot=Slot(DeploymentId('a'), 'b', 'c'), generation=1, spec_hash='d'),
        deployment_name='a',
        instance_id='e',
        state=InstanceState.ENDED,
        exit_code=1,
        started_at=started_at,
        ended_at=ended_at,
    )


def test_an_end_that_lies_ahead_is_noted_as_now():
    seen = ended(started_at=5000.0, ended_at=5001.0)

    history = absorb(NEVER_STARTED, seen, boot_id='boot', now=1000.0, back_off=BACK_OFF)

    assert history.ends == (1000.0,)


def test_ends_that_lie_ahead_move_together():
    history = History(started=True, ends=(4000.0, 4900.0, 5000.0), streak=3)

    moved = rebase(history, now=1000.0)

    assert moved.ends == (0.0, 900.0, 1000.0)
    assert rebase(moved, now=1000.0) is moved


def test_after_moving_the_delay_passes_as_usual():
    history = rebase(History(started=True, ends=(5000.0,), streak=3, boot_id='boot'), now=1000.0)

    def delay(now: float) -> float:
        decision = decide(
            RestartPolicy.ALWAYS,
            history,
            exit_code=1,
            boot_id='boot',
            now=now,
            back_off=BACK_OFF,
        )
        return decision.delay_sec

    assert delay(1000.0) == 2.0
    assert delay(1002.0) == 0.0


def test_ends_in_the_past_stay():
    history = History(started=True, ends=(10.0, 20.0), streak=2)

    assert rebase(history, now=1000.0) is history
