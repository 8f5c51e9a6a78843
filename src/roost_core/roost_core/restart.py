# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether and when an executable that ended starts again; the same for every runtime."""

from __future__ import annotations

from dataclasses import dataclass, replace

from roost_core.instance import DesiredInstance
from roost_core.observed import InstanceState, ObservedInstance
from roost_core.package import RestartPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff:
    """Parameters of restarting.

    Attributes:
        first_sec: delay before the second restart; the first one is immediate.
        factor: growth of the delay with each further end.
        cap_sec: longest delay.
        loop_ends: so many ends within loop_window_sec make a crash loop.
        steady_sec: a run of at least this long starts the back-off anew.
        proving_sec: after a crash loop, it counts as running again after so long.
    """

    first_sec: float = 1.0
    factor: float = 2.0
    cap_sec: float = 30.0
    loop_ends: int = 5
    loop_window_sec: float = 60.0
    steady_sec: float = 60.0
    proving_sec: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is durably known of an instance's past in its generation.

    Times are Unix seconds of the device's clock. They are only compared with each other, so that a
    jump of the clock changes one delay, which never exceeds the cap.

    Attributes:
        started: it was started at least once.
        running: it was running when last seen.
        restart_count: starts after the first one.
        ends: times of the latest ends, oldest first, at most as many as are needed.
        streak: ends since it last ran for steady_sec; drives the back-off.
        stopped_by_hand: a person stopped it; it stays so until the device reboots.
        boot_id: boot in which it was last seen running.
        over_at: when the last run that was noted was over, as the runtime tells; what started
            later is another run, even if nobody saw it begin.
        restarts: so many of the restarts that were asked for were carried out, or noted to be.
        start_due: a start that is not the policy's was noted, and no run was seen since.
        stopped_by_choice: it was to be stopped; it starts when that is wanted no more.
        not_alive: why it was taken for stuck, in plain words, until it runs again.
        image_digest: of the image that was found or pulled for it.
    """

    started: bool = False
    running: bool = False
    restart_count: int = 0
    ends: tuple[float, ...] = ()
    streak: int = 0
    stopped_by_hand: bool = False
    boot_id: str = ''
    over_at: float | None = None
    restarts: int = 0
    start_due: bool = False
    stopped_by_choice: bool = False
    not_alive: str = ''
    image_digest: str = ''


NEVER_STARTED = History()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do with an executable that ended.

    Attributes:
        restart: it starts again.
        delay_sec: from now on; 0 for at once.
        crash_loop: it ends again and again (DEP_E163).
    """

    restart: bool
    delay_sec: float = 0.0
    crash_loop: bool = False


def absorb(
    history: History, observed: ObservedInstance, *, boot_id: str, now: float, back_off: BackOff
) -> History:
    """Note what is seen of the instance; seeing the same again changes nothing.

    A run that began and ended between two looks counts like one that was seen: an executable that
    ends at once, each time, is in a crash loop too.
    """
    restarts = history.restart_count + (1 if history.started else 0)
    if observed.state is InstanceState.RUNNING and not history.running:
        return replace(
            history,
            started=True,
            running=True,
            restart_count=restarts,
            stopped_by_hand=False,
            boot_id=boot_id,
            start_due=False,
            not_alive='',
        )
    started_at = observed.started_at
    unseen = (
        not history.running
        and history.over_at is not None
        and started_at is not None
        and started_at > history.over_at
    )
    if observed.state is InstanceState.ENDED and (
        unseen or history.running or not history.started
    ):
        ended_at = now if observed.ended_at is None else min(observed.ended_at, now)
        ran_for = ended_at - (ended_at if started_at is None else started_at)
        over_at = now if observed.ended_at is None else observed.ended_at
        steady = ran_for >= back_off.steady_sec
        return replace(
            history,
            started=True,
            running=False,
            restart_count=restarts if unseen else history.restart_count,
            ends=(*history.ends, ended_at)[-back_off.loop_ends :],
            streak=1 if steady else history.streak + 1,
            stopped_by_hand=observed.by_hand,
            boot_id=history.boot_id or boot_id,
            over_at=over_at if started_at is None else max(over_at, started_at),
            start_due=False,
        )
    told_later = observed.state is InstanceState.ENDED and observed.by_hand
    if told_later and not history.running and not history.stopped_by_hand:
        return replace(history, stopped_by_hand=True)
    return history


def heed(
    history: History,
    wanted: DesiredInstance,
    observed: ObservedInstance | None,
    *,
    stopping: bool = False,
) -> History:
    """Note what is asked for, as far as it must be known later; before `absorb`.

    An instance that was found, and of whose start nothing is remembered, is taken up as it is: the
    restarts that were asked for are those of its past.

    Args:
        stopping: it is being ended, however it seems.
    """
    runs = observed is not None and observed.state is InstanceState.RUNNING
    exists = observed is not None and observed.state is not InstanceState.CREATED
    found = exists and not history.started and not history.start_due
    restarts = wanted.restarts if found else min(history.restarts, wanted.restarts)
    by_choice = history.stopped_by_choice
    if not wanted.run:
        by_choice = history.started or exists
    elif runs and not stopping:
        by_choice = False
    if (restarts, by_choice) == (history.restarts, history.stopped_by_choice):
        return history
    return replace(history, restarts=restarts, stopped_by_choice=by_choice)


def start_noted(history: History, wanted: DesiredInstance, *, boot_id: str, now: float) -> History:
    """Note that an instance that does not run is about to be started, by nobody's policy.

    Noted durably before the start it is carried out once: it is due until a run is seen, and a
    run that ended unseen began after `over_at`. Back-off and crash loop begin anew.
    """
    return replace(
        history,
        running=False,
        ends=(),
        streak=0,
        stopped_by_hand=False,
        boot_id=boot_id,
        over_at=now if history.started else None,
        restarts=wanted.restarts,
        start_due=True,
        stopped_by_choice=False,
        not_alive='',
    )


def start_is_due(history: History, wanted: DesiredInstance) -> bool:
    """Tell whether an instance that does not run is to be started, whatever its policy says."""
    return (
        not history.started
        or history.start_due
        or history.stopped_by_choice
        or wanted.restarts > history.restarts
    )


def lost(history: History, *, now: float, back_off: BackOff) -> History:
    """Note that an instance that ran is gone without a trace, as if it had ended now."""
    if not history.running:
        return history
    return replace(
        history,
        running=False,
        ends=(*history.ends, now)[-back_off.loop_ends :],
        streak=history.streak + 1,
    )


def rebase(history: History, *, now: float) -> History:
    """Move times that lie ahead after the clock was set back, so that the last one is now."""
    ahead = max(history.ends, default=now) - now
    if ahead <= 0.0:
        return history
    return replace(history, ends=tuple(end - ahead for end in history.ends))


def rebooted(history: History, boot_id: str) -> bool:
    """Tell whether the device was started anew since the instance was last seen running."""
    return bool(history.boot_id) and history.boot_id != boot_id


def decide(
    policy: RestartPolicy,
    history: History,
    *,
    exit_code: int | None,
    boot_id: str,
    now: float,
    back_off: BackOff,
    rest_sec: float = 0.0,
) -> Decision:
    """Decide whether and when an executable that ended starts again.

    It rests for rest_sec at least, unless it ended with 0. After a reboot (boot_id is not the
    history's) only `always` starts again, even what a person stopped (docs/state_model.md). What
    was ended because it was stuck failed, whatever its code.
    """
    after_reboot = rebooted(history, boot_id)
    if after_reboot and policy is not RestartPolicy.ALWAYS:
        return Decision(restart=False)
    if policy is RestartPolicy.NEVER or (history.stopped_by_hand and not after_reboot):
        return Decision(restart=False)
    if policy is RestartPolicy.ON_FAILURE and exit_code == 0 and not history.not_alive:
        return Decision(restart=False)
    last = history.ends[-1] if history.ends else now
    rest_sec = 0.0 if exit_code == 0 else rest_sec
    delay_sec = last + max(_delay(history.streak, back_off), rest_sec) - now
    return Decision(
        restart=True,
        delay_sec=max(0.0, min(delay_sec, max(back_off.cap_sec, rest_sec))),
        crash_loop=in_crash_loop(history, back_off=back_off),
    )


def in_crash_loop(history: History, *, back_off: BackOff) -> bool:
    """Tell whether so many ends came so fast, or back-off still spaces them out at its cap."""
    if len(history.ends) < back_off.loop_ends:
        return False
    return history.ends[-1] - history.ends[0] <= back_off.loop_window_sec or (
        history.streak > back_off.loop_ends
    )


def is_proving(
    history: History, observed: ObservedInstance, *, now: float, back_off: BackOff
) -> bool:
    """Tell whether it runs again after a crash loop, and not for long enough to be trusted."""
    if observed.started_at is None or not in_crash_loop(history, back_off=back_off):
        return False
    return 0.0 <= now - observed.started_at < back_off.proving_sec


def retry_delay(attempts: int, back_off: BackOff) -> float:
    """Delay before a failed step is tried again, seconds; the first retry waits too."""
    return _delay(attempts + 1, back_off)


def _delay(streak: int, back_off: BackOff) -> float:
    if streak <= 1:
        return 0.0
    exponent = min(streak - 2, 32)
    return min(back_off.first_sec * back_off.factor**exponent, back_off.cap_sec)
