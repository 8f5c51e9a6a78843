# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The end of a deployment: from an accepted deprovision to Deployment stopped.

Dependants that stop too come first. Then every device is told to remove its part, and the
deployment is stopped once each has confirmed that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from roost_core import error_codes, health
from roost_core.deployment import Deployment
from roost_core.device import DeviceView
from roost_core.liveness import Liveness
from roost_core.names import DeviceName
from roost_core.phase import advance, Phase
from roost_core.status import NO_REASON, Reason, ReasonKind, Status
from roost_core.world import World

# What a device says while it is still at it.
_UNDER_WAY = (ReasonKind.NONE, ReasonKind.STOPPING)


def evaluate(deployment: Deployment, world: World) -> Deployment:
    """Give what a deployment is whose deprovision was accepted; a pure function."""
    if deployment.phase in (Phase.IN_PROGRESS, Phase.FAILED_TO_START):
        return _stopped(deployment)
    if not deployment.removing:
        if world.dependants_stopping:
            return _waiting(deployment, world)
        deployment = replace(deployment, removing=True, removing_at=world.now)
    done = tuple(
        name
        for name in deployment.spec.devices
        if name in deployment.removed_from or _is_removed(deployment, world.devices.get(name))
    )
    deployment = replace(deployment, removed_from=done)
    remaining = [world.devices[name] for name in deployment.spec.devices if name not in done]
    return _removing(deployment, remaining, world) if remaining else _stopped(deployment)


def _waiting(deployment: Deployment, world: World) -> Deployment:
    names = ', '.join(world.dependants_stopping)
    return replace(
        deployment,
        status=Status.PENDING,
        codes=(),
        reason=Reason(kind=ReasonKind.STOPPING, text=f'waiting for {names} to stop first'),
        executables=health.executables(deployment, world.devices),
    )


def _is_removed(deployment: Deployment, device: DeviceView | None) -> bool:
    if device is None:  # forgotten
        return True
    report = device.removals.get(deployment.id)
    return report is not None and report.done


def _removing(deployment: Deployment, remaining: Sequence[DeviceView], world: World) -> Deployment:
    if deployment.phase is Phase.PARTIALLY_DEPROVISIONED and any(
        device.liveness is Liveness.UNKNOWN for device in remaining
    ):
        return deployment  # a manager that has just started knows nothing better
    names = [device.name for device in remaining]
    parts = [part.name for part in deployment.components if part.device in names]
    total = len(deployment.components)
    troubles = [trouble for device in remaining if (trouble := _trouble(deployment, device))]
    if troubles:
        status, reason = Status.ERROR, troubles[0][1]
    else:
        text = f'stopping {", ".join(parts)} ({total - len(parts)} of {total} removed)'
        status, reason = Status.PENDING, Reason(kind=ReasonKind.STOPPING, text=text)
    late = world.now - deployment.removing_at > world.removal_deadline_sec
    phase = deployment.phase
    if troubles or late:
        phase = advance(phase, Phase.PARTIALLY_DEPROVISIONED)
    return replace(
        deployment,
        phase=phase,
        status=status,
        codes=error_codes.worst_first(code for code, _ in troubles),
        reason=reason,
        executables=health.executables_being_removed(deployment, world.devices),
    )


def _trouble(deployment: Deployment, device: DeviceView) -> tuple[str, Reason] | None:
    """Say why a device cannot remove its part now."""
    if device.liveness is Liveness.OFFLINE:
        parts = _parts_on(deployment, device.name)
        text = f'{device.why_silent()}: {parts} will be removed when it returns'
        return error_codes.DEVICE_OFFLINE, Reason(kind=ReasonKind.DEVICE_SILENT, text=text)
    report = device.removals.get(deployment.id)
    if report is None or report.reason.kind in _UNDER_WAY:
        return None
    reason = replace(report.reason, text=f'on {device.name}: {report.reason.text}')
    return error_codes.REMOVE_FAILED, reason


def _parts_on(deployment: Deployment, device: DeviceName) -> str:
    return ', '.join(part.name for part in deployment.components if part.device == device)


def _stopped(deployment: Deployment) -> Deployment:
    return replace(
        deployment,
        phase=advance(deployment.phase, Phase.DEPLOYMENT_STOPPED),
        status=Status.STOPPED,
        codes=(),
        reason=NO_REASON,
        executables=health.all_of(deployment.executables, Status.STOPPED, NO_REASON),
    )
