# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Make a device match what is asked of it: (desired, observed) -> ordered steps.

Pure and level-triggered: a plan is made anew from the newest desired and observed state whenever
anything happened; carrying out a plan twice changes nothing. What is neither to be kept nor named
for removal is never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from roost_core import restart
from roost_core.desired import DesiredState
from roost_core.instance import DesiredInstance, Slot
from roost_core.observed import InstanceState, ObservedInstance
from roost_core.package import DeviceRuntime
from roost_core.restart import BackOff, Decision, History, NEVER_STARTED
from roost_core.status import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """See to it that the image is there, pulling it as its policy says."""

    desired: DesiredInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Create the instance; one of the same identity that exists is an outcome."""

    desired: DesiredInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Make durable that the instance, which does not run, is about to be started."""

    desired: DesiredInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Start the created or ended instance."""

    desired: DesiredInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Stop an instance gracefully."""

    instance: ObservedInstance
    timeout_sec: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Remove an instance that is not running."""

    instance: ObservedInstance
    reason: str


Step = Fetch | Create | Note | Start | Stop | Remove


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The last attempt at a step failed.

    Attributes:
        final: trying again is useless until something else is asked for. A removal is always
            tried again.
        attempts: failures in a row.
        at: of the last one, Unix seconds by the device's clock.
    """

    reason: Reason
    code: str
    final: bool = False
    attempts: int = 1
    at: float = 0.0

    def retry_at(self, back_off: BackOff) -> float:
        """When it is tried again."""
        return self.at + restart.retry_delay(self.attempts, back_off)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotView:
    """Everything that is known of one slot.

    Attributes:
        desired: what is to be kept here; None when nothing is.
        removing: it, or its deployment, is named for removal.
        observed: instances of any generation that exist in the slot.
        history: of the desired instance, or of none.
        waits_for: name of a deployment that is to start before it; empty for none.
    """

    slot: Slot
    desired: DesiredInstance | None = None
    removing: bool = False
    observed: tuple[ObservedInstance, ...] = ()
    history: History = NEVER_STARTED
    failure: Failure | None = None
    waits_for: str = ''

    @property
    def current(self) -> ObservedInstance | None:
        """The instance that is asked for, if it exists."""
        if self.desired is None:
            return None
        wanted = self.desired.identity
        return next((each for each in self.observed if each.identity == wanted), None)

    @property
    def former(self) -> tuple[ObservedInstance, ...]:
        """Instances of the slot that the desired one replaces."""
        if self.desired is None:
            return ()
        wanted = self.desired.identity
        return tuple(each for each in self.observed if each.identity != wanted)

    @property
    def restart_is_asked(self) -> bool:
        """Tell whether a restart was asked for that was not carried out."""
        return (
            self.desired is not None
            and self.history.started
            and self.desired.restarts > self.history.restarts
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Steps to carry out now, in order, and when to look again without being woken.

    Attributes:
        look_again_at: Unix seconds by the device's clock, or None.
    """

    steps: tuple[Step, ...] = ()
    look_again_at: float | None = None


KEEP = Plan()


def slots(
    desired: DesiredState,
    observed: Iterable[ObservedInstance],
    histories: Mapping[Slot, History],
    failures: Mapping[Slot, Failure],
) -> dict[Slot, SlotView]:
    """Join desired and observed state by slot."""
    keep = {item.slot: item for item in desired.keep}
    is_removed = desired.named_for_removal()
    instances: dict[Slot, list[ObservedInstance]] = {}
    for each in observed:
        instances.setdefault(each.identity.slot, []).append(each)
    return {
        slot: SlotView(
            slot=slot,
            desired=keep.get(slot),
            removing=slot not in keep and is_removed(slot),
            observed=tuple(instances.get(slot, ())),
            history=histories.get(slot, NEVER_STARTED),
            failure=failures.get(slot),
        )
        for slot in sorted({*keep, *instances})
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What deciding needs beside the slot; now is Unix seconds by the device's clock.

    Attributes:
        order_left_sec: how much longer what starts again after a reboot waits for its turn.
    """

    now: float
    boot_id: str
    back_off: BackOff = field(default_factory=BackOff)
    order_left_sec: float = 0.0


def plan(view: SlotView, around: Circumstances) -> Plan:
    """Decide what to do about one slot."""
    if view.failure is not None and (view.desired is not None or view.removing):
        if view.failure.final and not view.removing:
            return KEEP
        retry_at = view.failure.retry_at(around.back_off)
        if retry_at > around.now:
            return Plan(look_again_at=retry_at)
    if view.desired is not None:
        return _plan_keep(view, view.desired, around)
    if view.removing:
        return Plan(steps=_discard(view.observed, 'its deployment is deprovisioned'))
    return KEEP


def _plan_keep(view: SlotView, desired: DesiredInstance, around: Circumstances) -> Plan:
    clear = _discard(view.former, f'replaced by generation {desired.generation}')
    current = view.current
    if current is not None and current.state is InstanceState.RUNNING:
        return _plan_running(view, desired, current, around, clear)
    if not desired.run:
        return Plan(steps=clear)
    note: tuple[Step, ...] = (Note(desired=desired),)
    if not restart.start_is_due(view.history, desired):
        note = ()
        again = decide_restart(view, around)
        if not again.restart:
            return Plan(steps=clear)
        if view.waits_for:
            return Plan(steps=clear, look_again_at=around.now + around.order_left_sec)
        if again.delay_sec > 0.0:
            return Plan(steps=clear, look_again_at=around.now + again.delay_sec)
    if current is not None:
        return Plan(steps=(*clear, *note, Start(desired=desired)))
    fetch = (Fetch(desired=desired),) if desired.spec.runtime is DeviceRuntime.DOCKER else ()
    return Plan(steps=(*fetch, *clear, Create(desired=desired), *note, Start(desired=desired)))


def _plan_running(
    view: SlotView,
    desired: DesiredInstance,
    current: ObservedInstance,
    around: Circumstances,
    clear: tuple[Step, ...],
) -> Plan:
    if not desired.run:
        return Plan(steps=(*clear, _stop(current, 'stopped by choice')))
    if view.restart_is_asked:
        stop = _stop(current, 'its restart was asked for')
        return Plan(steps=(*clear, stop, Note(desired=desired), Start(desired=desired)))
    if view.history.not_alive:
        return Plan(steps=(*clear, _stop(current, view.history.not_alive)))
    if restart.is_proving(view.history, current, now=around.now, back_off=around.back_off):
        assert current.started_at is not None
        return Plan(steps=clear, look_again_at=current.started_at + around.back_off.proving_sec)
    return Plan(steps=clear)


def decide_restart(view: SlotView, around: Circumstances) -> Decision:
    """Decide about a desired instance that was started, does not run, and whose start is not due.

    One that was created again, and not started, is decided about as if it had ended unseen.
    """
    assert view.desired is not None
    current = view.current
    if current is not None and current.command_missing:
        return Decision(restart=False)
    return restart.decide(
        view.desired.restart,
        view.history,
        exit_code=current.exit_code if current is not None else None,
        boot_id=around.boot_id,
        now=around.now,
        back_off=around.back_off,
        rest_sec=view.desired.spec.rest_sec,
    )


def _discard(instances: Iterable[ObservedInstance], reason: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    for instance in instances:
        if instance.state is InstanceState.RUNNING:
            steps.append(_stop(instance, reason))
        steps.append(Remove(instance=instance, reason=reason))
    return tuple(steps)


def _stop(instance: ObservedInstance, reason: str) -> Stop:
    return Stop(instance=instance, timeout_sec=instance.stop_timeout_sec, reason=reason)


def orphans(views: Iterable[SlotView]) -> tuple[ObservedInstance, ...]:
    """List what exists and is neither to be kept nor to be removed."""
    return tuple(
        instance
        for view in views
        if view.desired is None and not view.removing
        for instance in view.observed
    )
