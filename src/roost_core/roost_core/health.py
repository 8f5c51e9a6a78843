# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Health of a deployment: the status of its executables, and how they become one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from roost_core import error_codes
from roost_core.deployment import Dependency, Deployment, ExecutableState
from roost_core.device import DeviceView
from roost_core.instance import Slot
from roost_core.liveness import Liveness
from roost_core.names import DeploymentId, DeviceName
from roost_core.report import InstanceReport
from roost_core.resource import ResourceKind
from roost_core.status import NO_REASON, Reason, ReasonKind, severity, Status, worst
from roost_core.world import DependencyView


@dataclass(frozen=True, slots=True, kw_only=True)
class Overall:
    """Status, codes and reason of a whole deployment."""

    status: Status
    codes: tuple[str, ...]
    reason: Reason


def executables(
    deployment: Deployment, devices: Mapping[DeviceName, DeviceView]
) -> tuple[ExecutableState, ...]:
    """Give the state of every executable from what its device reported."""
    generations = {part.name: part.generation for part in deployment.components}
    return tuple(
        _executable(deployment, state, generations[state.component], devices.get(state.device))
        for state in deployment.executables
    )


def _executable(
    deployment: Deployment,
    former: ExecutableState,
    generation: int,
    device: DeviceView | None,
) -> ExecutableState:
    if device is None or former.device in deployment.removed_from:
        reason = Reason(
            kind=ReasonKind.DEVICE_FORGOTTEN, text=f'device {former.device} was forgotten'
        )
        return replace(
            former, status=Status.ERROR, reason=reason, codes=(error_codes.DEVICE_FORGOTTEN,)
        )
    if device.liveness is Liveness.OFFLINE:
        reason = Reason(kind=ReasonKind.DEVICE_SILENT, text=device.why_silent())
        return replace(
            former, status=Status.UNKNOWN, reason=reason, codes=(error_codes.DEVICE_OFFLINE,)
        )
    report = device.instances.get(Slot(deployment.id, former.component, former.name))
    if report is not None and report.generation == generation:
        return _from_report(former, report)
    if report is not None and report.former_generation == generation:
        return _runs_on(former, generation)
    nothing_known = former.status is Status.PENDING and not former.reason.text
    if device.liveness is Liveness.UNKNOWN and not nothing_known:
        return former
    reason = Reason(
        kind=ReasonKind.WAITING_FOR_REPORT, text=f'waiting for {former.device} to take it on'
    )
    return replace(
        former,
        status=Status.PENDING,
        reason=reason,
        codes=(),
        started=former.started and former.generation == generation,
    )


def _runs_on(former: ExecutableState, generation: int) -> ExecutableState:
    """Give the state of what a device has not stopped for another generation."""
    return replace(
        former,
        status=Status.RUNNING,
        reason=NO_REASON,
        codes=(),
        generation=generation,
        started=True,
        former_generation=0,
    )


def _from_report(former: ExecutableState, report: InstanceReport) -> ExecutableState:
    return ExecutableState(
        component=former.component,
        name=former.name,
        device=former.device,
        status=report.status,
        reason=report.reason,
        codes=report.codes,
        generation=report.generation,
        started=report.started or (former.started and former.generation == report.generation),
        former_generation=report.former_generation,
        restart_count=report.restart_count,
        exit_code=report.exit_code,
        started_at=report.started_at,
        image_digest=report.image_digest,
        instance_id=report.instance_id,
        host_name=report.host_name,
    )


def executables_being_removed(
    deployment: Deployment, devices: Mapping[DeviceName, DeviceView]
) -> tuple[ExecutableState, ...]:
    """Give the state of every executable while its device removes it."""
    stopping = Reason(kind=ReasonKind.STOPPING, text='stopping')
    result = []
    for state in deployment.executables:
        device = devices.get(state.device)
        if state.device in deployment.removed_from or device is None:
            state = replace(state, status=Status.STOPPED, reason=NO_REASON, codes=())
        elif device.liveness is Liveness.OFFLINE:
            reason = Reason(kind=ReasonKind.DEVICE_SILENT, text=device.why_silent())
            state = replace(
                state, status=Status.UNKNOWN, reason=reason, codes=(error_codes.DEVICE_OFFLINE,)
            )
        else:
            state = replace(state, status=Status.PENDING, reason=stopping, codes=())
        result.append(state)
    return tuple(result)


def all_of(
    executables: Sequence[ExecutableState], status: Status, reason: Reason
) -> tuple[ExecutableState, ...]:
    """Give executables that all share one fate."""
    return tuple(replace(state, status=status, reason=reason, codes=()) for state in executables)


def dependencies_in_error(
    deployment: Deployment, dependencies: Mapping[DeploymentId, DependencyView]
) -> tuple[str, ...]:
    """Say, for each dependency that is in error, stopping or gone, what is wrong with it."""
    complaints = []
    for dependency in deployment.dependencies:
        view = dependencies.get(dependency.id)
        if view is None:
            complaints.append(gone(dependency))
        elif view.lost:
            complaints.append(view.lost)
        elif view.status is Status.ERROR:
            complaints.append(f'{view.label} is in error: {view.reason.text}')
    return tuple(complaints)


def gone(dependency: Dependency) -> str:
    """Say that something that is needed exists no more."""
    if dependency.kind is ResourceKind.DEPLOYMENT:
        return f'dependency {dependency.name} was stopped'
    return f'{dependency.kind.lower()} {dependency.name} was deleted'


def overall(deployment: Deployment, complaints: Sequence[str]) -> Overall:
    """Aggregate executables and the complaints about dependencies (docs/state_model.md)."""
    states = deployment.executables
    counted = [state for state in states if not _rests(state)]
    codes = {code for state in states for code in state.codes}
    if any(state.reason.kind is ReasonKind.STOPPED_BY_HAND for state in states):
        codes.add(error_codes.EXITED)
    if any(state.status is Status.UNKNOWN for state in states):
        codes.add(error_codes.DEVICE_OFFLINE)
    status = worst(state.status for state in counted) if counted else Status.STOPPED
    if not states:
        status = Status.RUNNING  # there is nothing that could be wrong with it
    if codes:
        status = Status.ERROR
    reason = _speaking(counted or states, many=len(states) > 1)
    if deployment.failed_update:
        reason, status = _after_failure(deployment, reason, status)
        codes.update(code for code in (deployment.failed_update_code,) if code)
    if complaints:
        codes.add(error_codes.DEPENDENCY_IN_ERROR)
        if status is not Status.ERROR:
            status = Status.ERROR
            reason = Reason(kind=ReasonKind.DEPENDENCY_FAILED, text='; '.join(complaints))
    return Overall(status=status, codes=error_codes.worst_first(codes), reason=reason)


def _after_failure(
    deployment: Deployment, reason: Reason, status: Status
) -> tuple[Reason, Status]:
    """Say beside how it is now that the last update failed; what it left down is an error."""
    failed = Reason(kind=ReasonKind.UPDATE_FAILED, text=deployment.failed_update)
    newest = (part for part in deployment.components if part.generation == deployment.generation)
    if any(part.stopped for part in newest):
        return failed, Status.ERROR
    return (failed, status) if status is Status.RUNNING else (reason, status)


def _rests(state: ExecutableState) -> bool:
    """Tell whether an executable does not run and need not."""
    resting = (ReasonKind.COMPLETED, ReasonKind.STOPPED_BY_CHOICE)
    return state.status is Status.STOPPED and state.reason.kind in resting


def _is_wrong(state: ExecutableState) -> bool:
    """Tell whether an executable puts its deployment in error."""
    return bool(state.codes) or state.reason.kind is ReasonKind.STOPPED_BY_HAND


def _speaking(states: Sequence[ExecutableState], *, many: bool) -> Reason:
    """Pick the executable whose reason speaks for the deployment: the worst, first in order."""
    with_reason = [state for state in states if state.reason.text]
    if not with_reason:
        return NO_REASON
    speaker = min(with_reason, key=lambda state: (not _is_wrong(state), severity(state.status)))
    if not many:
        return speaker.reason
    prefix = f'{speaker.component}/{speaker.name} on {speaker.device}'
    return replace(speaker.reason, text=f'{prefix}: {speaker.reason.text}')
