# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Events: what changed between two states of a deployment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from roost_core.deployment import Deployment, ExecutableState
from roost_core.names import DeploymentId
from roost_core.phase import Phase, TRANSITIONS
from roost_core.status import ReasonKind, Status


class EventKind(StrEnum):
    """What kind of thing changed."""

    CREATED = 'created'
    PHASE = 'phase'
    STATUS = 'status'
    CODES = 'codes'
    REASON = 'reason'
    GENERATION = 'generation'
    DEPROVISION = 'deprovision'
    EXECUTABLE = 'executable'
    DEVICE = 'device'


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change, with the state after it.

    Attributes:
        number, at: given when it is stored: order, and Unix time by the manager's clock.
    """

    kind: EventKind
    message: str
    deployment_id: DeploymentId | None = None
    deployment_name: str = ''
    component: str = ''
    executable: str = ''
    device: str = ''
    phase: Phase | None = None
    status: Status | None = None
    codes: tuple[str, ...] = ()
    generation: int = 0
    reason_kind: ReasonKind = ReasonKind.NONE
    number: int = 0
    at: float = 0.0


def changes(before: Deployment | None, after: Deployment) -> tuple[Event, ...]:
    """List the events between two states of one deployment; progress and countdown are none."""
    return tuple(_changes(before, after))


def _changes(before: Deployment | None, after: Deployment) -> Iterator[Event]:
    if before is None:
        yield _of(
            after,
            EventKind.CREATED,
            f'accepted, asked for by {after.created_by or "nobody named"}',
        )
        if after.phase is not Phase.IN_PROGRESS:
            yield from _phase_changes(Phase.IN_PROGRESS, after)
        return
    if after.deprovisioning and not before.deprovisioning:
        yield _of(after, EventKind.DEPROVISION, 'deprovision accepted')
    if after.generation != before.generation:
        yield _of(after, EventKind.GENERATION, f'generation {after.generation}')
    yield from _executable_changes(before, after)
    if after.phase is not before.phase or _was_updated(before, after):
        yield from _phase_changes(before.phase, after)
    explained = (
        f'{after.status}: {after.reason.shown()}' if after.reason.text else str(after.status)
    )
    if after.status is not before.status:
        yield _of(after, EventKind.STATUS, f'{before.status} -> {explained}')
    elif after.reason.kind is not before.reason.kind:
        yield _of(after, EventKind.REASON, explained)
    if after.codes != before.codes:
        yield _of(after, EventKind.CODES, ', '.join(after.codes) or 'no error codes any more')


def _was_updated(before: Deployment, after: Deployment) -> bool:
    """Tell whether an update began, and failed at once, between the two."""
    return (
        after.generation != before.generation
        and before.phase is after.phase is Phase.FAILED_TO_UPDATE
    )


def _phase_changes(before: Phase, after: Deployment) -> Iterator[Event]:
    for phase, following in _steps(before, after.phase):
        yield _of(replace(after, phase=following), EventKind.PHASE, f'{phase} -> {following}')


def _steps(before: Phase, after: Phase) -> tuple[tuple[Phase, Phase], ...]:
    """Give the transitions of the table that lead there; one evaluation may take two of them."""
    if after in TRANSITIONS[before]:
        return ((before, after),)
    return ((before, Phase.PROVISIONING), (Phase.PROVISIONING, after))


def _of(deployment: Deployment, kind: EventKind, message: str) -> Event:
    return Event(
        kind=kind,
        message=message,
        deployment_id=deployment.id,
        deployment_name=deployment.name,
        phase=deployment.phase,
        status=deployment.status,
        codes=deployment.codes,
        generation=deployment.generation,
        reason_kind=deployment.reason.kind,
    )


def _executable_changes(before: Deployment, after: Deployment) -> Iterator[Event]:
    known = {(state.component, state.name): state for state in before.executables}
    for state in after.executables:
        former = known.get((state.component, state.name))
        if former is not None and _essence(former) == _essence(state):
            continue
        reason = state.reason.shown()
        yield Event(
            kind=EventKind.EXECUTABLE,
            message=f'{state.status}: {reason}' if reason else str(state.status),
            deployment_id=after.id,
            deployment_name=after.name,
            component=state.component,
            executable=state.name,
            device=state.device,
            phase=after.phase,
            status=state.status,
            codes=state.codes,
            generation=state.generation,
            reason_kind=state.reason.kind,
        )


def _essence(state: ExecutableState) -> tuple[object, ...]:
    return (state.status, state.reason.kind, state.codes, state.generation, state.restart_count)
