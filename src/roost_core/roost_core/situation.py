# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a device says of one slot: status, reason and codes, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from roost_core import error_codes, reconcile, restart
from roost_core.instance import DesiredInstance
from roost_core.observed import InstanceState, ObservedInstance
from roost_core.reconcile import Circumstances, SlotView
from roost_core.report import InstanceReport
from roost_core.status import NO_REASON, Reason, ReasonKind, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """The step that a worker is carrying out for a slot."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judgement:
    status: Status
    reason: Reason = NO_REASON
    codes: tuple[str, ...] = ()


def describe(
    view: SlotView,
    around: Circumstances,
    *,
    activity: Activity | None,
    blocked: reconcile.Failure | None,
    last_output: str = '',
) -> InstanceReport:
    """Report one slot that is to be kept.

    Args:
        activity: what is being done about it right now.
        blocked: why its runtime cannot be used at all, for example an engine that does not answer.
        last_output: last line that the ended instance wrote to its standard error.
    """
    desired = view.desired
    assert desired is not None
    current = view.current
    judgement = _judge(view, desired, around, activity, blocked, last_output)
    return InstanceReport(
        slot=view.slot,
        deployment_name=desired.deployment_name,
        generation=desired.generation,
        status=judgement.status,
        reason=judgement.reason,
        codes=judgement.codes,
        started=view.history.started,
        former_generation=max(
            (
                each.identity.generation
                for each in view.former
                if each.state is InstanceState.RUNNING
            ),
            default=0,
        ),
        restart_count=view.history.restart_count,
        exit_code=current.exit_code if current is not None else None,
        started_at=current.started_at if current is not None else None,
        image_digest=current.image_digest if current is not None else '',
        instance_id=current.instance_id if current is not None else '',
        host_name=current.host_name if current is not None else '',
    )


def _judge(
    view: SlotView,
    desired: DesiredInstance,
    around: Circumstances,
    activity: Activity | None,
    blocked: reconcile.Failure | None,
    last_output: str,
) -> _Judgement:
    current = view.current
    if blocked is not None:
        return _failed(blocked, around)
    if not desired.run:
        return _judge_stopped(view, around, activity)
    if current is not None and current.state is InstanceState.RUNNING:
        return _judge_running(view, current, around)
    if view.failure is not None and not (activity and activity.reason.progress is not None):
        return _failed(view.failure, around)
    if not restart.start_is_due(view.history, desired):
        return _judge_ended(view, desired, current, around, last_output)
    if activity is not None:
        return _Judgement(status=Status.PENDING, reason=activity.reason)
    if view.history.started:
        return _RESTARTED
    return _Judgement(
        status=Status.PENDING, reason=Reason(kind=ReasonKind.CREATING, text='about to be created')
    )


def _failed(failure: reconcile.Failure, around: Circumstances) -> _Judgement:
    left = None if failure.final else max(0.0, failure.retry_at(around.back_off) - around.now)
    reason = Reason(kind=failure.reason.kind, text=failure.reason.text, retry_in_sec=left)
    return _Judgement(status=Status.ERROR, reason=reason, codes=(failure.code,))


def _judge_stopped(view: SlotView, around: Circumstances, activity: Activity | None) -> _Judgement:
    runs = any(each.state is InstanceState.RUNNING for each in view.observed)
    if not runs and activity is None:  # what is still being done may be its start
        return _Judgement(
            status=Status.STOPPED,
            reason=Reason(kind=ReasonKind.STOPPED_BY_CHOICE, text='stopped by choice'),
        )
    if view.failure is not None:
        return _failed(view.failure, around)
    return _Judgement(
        status=Status.PENDING, reason=Reason(kind=ReasonKind.STOPPING, text='stopping')
    )


_RESTARTED = _Judgement(
    status=Status.PENDING,
    reason=Reason(kind=ReasonKind.RESTARTING, text='being restarted, as was asked'),
)


def _judge_running(view: SlotView, current: ObservedInstance, around: Circumstances) -> _Judgement:
    ending = view.restart_is_asked or bool(view.history.not_alive)
    if ending and view.failure is not None:
        return _failed(view.failure, around)
    if view.restart_is_asked:
        return _RESTARTED
    if view.history.not_alive:
        reason = Reason(kind=ReasonKind.NOT_ALIVE, text=view.history.not_alive)
        return _Judgement(status=Status.PENDING, reason=reason)
    if not restart.is_proving(view.history, current, now=around.now, back_off=around.back_off):
        return _Judgement(status=Status.RUNNING)
    text = f'started again after {len(view.history.ends)} unexpected exits, being watched'
    return _Judgement(
        status=Status.ERROR,
        reason=Reason(kind=ReasonKind.CRASH_LOOP, text=text),
        codes=(error_codes.CRASH_LOOP,),
    )


def _judge_ended(
    view: SlotView,
    desired: DesiredInstance,
    current: ObservedInstance | None,
    around: Circumstances,
    last_output: str,
) -> _Judgement:
    decision = reconcile.decide_restart(view, around)
    kind, text, more_codes = _why_it_ended(view, current, last_output)
    if decision.restart:
        return _judge_restarting(view, decision, kind, text, more_codes)
    if view.history.stopped_by_hand:
        return _Judgement(
            status=Status.STOPPED,
            reason=Reason(kind=ReasonKind.STOPPED_BY_HAND, text='stopped by hand'),
        )
    if current is not None and current.exit_code == 0 and not view.history.not_alive:
        return _Judgement(
            status=Status.STOPPED, reason=Reason(kind=ReasonKind.COMPLETED, text='completed')
        )
    if current is not None and current.command_missing:
        what = desired.spec.command[0] if desired.spec.command else ''
        text = f'command not found or not executable: {what or "the command of the image"}'
        return _Judgement(
            status=Status.ERROR,
            reason=Reason(kind=ReasonKind.COMMAND_MISSING, text=f'{text}; it cannot be restarted'),
            codes=(error_codes.EXITED,),
        )
    return _Judgement(
        status=Status.ERROR,
        reason=Reason(kind=kind, text=f'{text}, and is not to be restarted'),
        codes=(error_codes.EXITED, *more_codes),
    )


def _why_it_ended(
    view: SlotView, current: ObservedInstance | None, last_output: str
) -> tuple[ReasonKind, str, tuple[str, ...]]:
    """Give the kind of reason, its text, and codes beside those of every end."""
    if view.history.not_alive:
        return ReasonKind.NOT_ALIVE, view.history.not_alive, (error_codes.NOT_ALIVE,)
    text = how_it_ended(current, last_output)
    if current is not None and current.oom_killed:
        return ReasonKind.OUT_OF_MEMORY, text, (error_codes.OUT_OF_MEMORY,)
    if current is not None and _is_about_a_port(last_output):
        return ReasonKind.PORT_TAKEN, text, (error_codes.PORT_TAKEN,)
    return ReasonKind.EXITED, text, ()


def _judge_restarting(
    view: SlotView,
    decision: restart.Decision,
    kind: ReasonKind,
    text: str,
    more_codes: tuple[str, ...],
) -> _Judgement:
    if view.waits_for:
        return _Judgement(
            status=Status.PENDING,
            reason=Reason(
                kind=ReasonKind.WAITING_FOR_ORDER,
                text=f'waiting for {view.waits_for} to start first',
            ),
        )
    if decision.crash_loop:
        return _Judgement(
            status=Status.ERROR,
            reason=Reason(
                kind=ReasonKind.CRASH_LOOP,
                text=f'exits again and again, last: {text}',
                retry_in_sec=decision.delay_sec,
            ),
            codes=(error_codes.CRASH_LOOP, *more_codes),
        )
    return _Judgement(
        status=Status.PENDING,
        reason=Reason(
            kind=kind if kind is ReasonKind.NOT_ALIVE else ReasonKind.RESTARTING,
            text=text,
            retry_in_sec=decision.delay_sec,
        ),
    )


def how_it_ended(instance: ObservedInstance | None, last_output: str) -> str:
    """Say in plain words how an instance ended, for example 'exited with code 2 after 0.4 s'."""
    if instance is None:
        return 'removed from the device by someone else'
    if instance.state is InstanceState.CREATED:
        return 'created anew'
    after = ''
    if instance.started_at is not None and instance.ended_at is not None:
        after = f' after {duration(max(0.0, instance.ended_at - instance.started_at))}'
    if instance.oom_killed:
        return f'ran out of memory and was killed{after}'
    if instance.exit_code is None:
        return f'ended{after}, nobody saw how'
    text = f'exited with code {instance.exit_code}{after}'
    signal = _SIGNALS.get(instance.exit_code - 128)
    if signal is not None:
        text = f'ended by {signal}{after} (code {instance.exit_code})'
    if _is_about_a_port(last_output):
        return f'a port that it needs is taken, {text}: {last_output}'
    return f'{text}: {last_output}' if last_output else text


def _is_about_a_port(output: str) -> bool:
    """Tell whether a program ended because a port that it needs is taken."""
    return 'address already in use' in output.lower()


_SIGNALS = {
    1: 'SIGHUP',
    2: 'SIGINT',
    4: 'SIGILL',
    6: 'SIGABRT',
    7: 'SIGBUS',
    8: 'SIGFPE',
    9: 'SIGKILL',
    11: 'SIGSEGV',
    13: 'SIGPIPE',
    15: 'SIGTERM',
}


def duration(seconds: float) -> str:
    """Write a duration for a person: '0.4 s', '42 s', '3 min', '5 h', '2 days'."""
    if seconds < 10:
        return f'{seconds:.1f} s'
    if seconds < 120:
        return f'{seconds:.0f} s'
    if seconds < 7200:
        return f'{seconds / 60:.0f} min'
    if seconds < 172800:
        return f'{seconds / 3600:.0f} h'
    return f'{seconds / 86400:.0f} days'
