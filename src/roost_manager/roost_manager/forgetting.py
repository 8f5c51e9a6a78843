# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Forgetting a device: whether it may be forgotten, and what becomes of what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from roost_core import desired, lifecycle
from roost_core.deployment import Deployment
from roost_core.device import DeviceRecord
from roost_core.event import Event, EventKind
from roost_core.liveness import Liveness
from roost_core.names import DeviceName, suggestion
from roost_core.phase import Phase
from roost_core.problem import Problem, ResultCode
from roost_manager.fleet import Fleet
from roost_manager.refusal import Refusal, refusal_of
from roost_manager.work import UnitOfWork


def forget(work: UnitOfWork, fleet: Fleet, device: str, *, force: bool, by: str) -> list[str]:
    """Stage that a device is forgotten; return the names of what lost parts.

    What is only there ends. All else goes on without its part there. Should the device return,
    under whatever name, it registers anew and is told to remove what was there.

    Raises:
        Refusal: with every reason.
    """
    record = fleet.devices.get(DeviceName(device))
    if record is None:
        near = suggestion(device, fleet.devices)
        hint = f'; {near}' if near else ''
        raise Refusal(ResultCode.NOT_FOUND, f"there is no device '{device}'{hint}")
    there = sorted(fleet.on_device(record.name), key=lambda each: each.name)
    problems = [] if force else _objections(fleet, record.name, there)
    if problems:
        raise refusal_of(problems)
    owed = [desired.removal_of(each) for each in there if desired.has_part(each, record.name)]
    work.forget_device(replace(record, forgotten=True, owes=(*record.owes, *owed)))
    for deployment in there:
        work.put_deployment(_without(deployment, record.name, now=work.now))
    work.evaluate(deployment.id for deployment in there)
    work.note(_told(record, there, by))
    return [deployment.name for deployment in there]


def _objections(fleet: Fleet, device: DeviceName, there: Sequence[Deployment]) -> list[Problem]:
    problems = []
    names = ', '.join(each.name for each in there if each.phase is not Phase.FAILED_TO_START)
    if names:
        problems.append(
            Problem(
                code=ResultCode.REFUSED,
                resource=f'Device/{device}',
                message=f'deployed on {device}: {names}',
                remedy='deprovision that first, or use --force: what is only there then ends',
            )
        )
    if fleet.presences[device].liveness is Liveness.ONLINE:
        problems.append(
            Problem(
                code=ResultCode.REFUSED,
                resource=f'Device/{device}',
                message=f'{device} is online and would register again with its next report',
                remedy='stop its executor first, or use --force',
            )
        )
    return problems


def _without(deployment: Deployment, device: DeviceName, *, now: float) -> Deployment:
    """Take the part on a device from a deployment; end it when it has no other."""
    left = tuple(sorted({*deployment.removed_from, device}))
    deployment = replace(deployment, removed_from=left)
    if set(deployment.spec.devices) <= set(left):
        return lifecycle.deprovision(deployment, now=now)
    return deployment


def _told(record: DeviceRecord, there: Sequence[Deployment], by: str) -> Event:
    text = f'{record.name} was forgotten'
    if by:
        text += f' by {by}'
    if there:
        text += f', with its parts of {", ".join(each.name for each in there)}'
    return Event(kind=EventKind.DEVICE, device=record.name, message=text)
