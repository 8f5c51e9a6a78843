# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may look into which devices, and why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from roost_core import brought, ticket
from roost_core.deployment import Deployment, ExecutableState
from roost_core.liveness import Liveness
from roost_core.names import DeviceName, suggestion
from roost_core.problem import Problem, ResultCode
from roost_core.resource import ResourceKind
from roost_core.ticket import Purpose, Ticket
from roost_manager.fleet import Fleet
from roost_manager.manager import Manager
from roost_manager.refusal import Refusal
from roost_manager.reports import why_offline

OFFLINE = 'DEP_E151'


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to look into; empty names mean all."""

    purpose: Purpose
    component: str
    executable: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Tickets for the devices that can be asked, and why others cannot."""

    tickets: tuple[Ticket, ...]
    missing: tuple[Problem, ...]
    executables: tuple[tuple[str, str], ...]


def find(manager: Manager, name_or_id: str, purpose: Purpose) -> Deployment:
    """Find what is meant: a deployment or a network; for what was written, also the last stopped.

    Raises:
        Refusal: there is none.
    """
    fleet, store = manager.fleet, manager.store
    found = fleet.find(name_or_id) or fleet.find(name_or_id, ResourceKind.NETWORK)
    if found is None and purpose in (Purpose.LOGS, Purpose.FOLLOW):
        found = store.last_stopped(name_or_id)
    found = found or store.deployment(name_or_id)
    if found is None:
        if name_or_id in fleet.devices:
            hint = '; that is a device: name a deployment on it'
        else:
            near = suggestion(name_or_id, fleet.by_name)
            hint = f'; {near}' if near else ''
        raise Refusal(ResultCode.NOT_FOUND, f"there is no deployment '{name_or_id:.70}'{hint}")
    return found


def grant(
    fleet: Fleet, deployment: Deployment, wish: Wish, *, monotonic: float, valid_sec: float
) -> Granted:
    """Give tickets.

    Raises:
        Refusal: nobody can look into it now, what is named is not there, or what is to be run
            beside is not one executable that runs.
    """
    against = ticket.against_purpose(deployment, wish.purpose)
    if against:
        raise Refusal(ResultCode.REFUSED, against)
    states = ticket.choices(deployment.executables, wish.component, wish.executable)
    _refuse_unknown(fleet, deployment, wish, states)
    if wish.purpose.needs_running:
        states = (_the_one(deployment, wish, states),)
        wish = Wish(
            purpose=wish.purpose,
            component=states[0].component,
            executable=states[0].name,
            user=wish.user,
        )
    devices = {each.device for each in states} or {
        part.device
        for name, part in deployment.spec.components.items()
        if wish.component in ('', name) and part.device
    }
    tickets, missing = [], []
    for device in sorted(devices):
        why = _against_device(fleet, device, monotonic)
        if why is not None:
            missing.append(why)
            continue
        uptime = fleet.presences[device].uptime(now=monotonic)
        assert uptime is not None
        tickets.append(
            Ticket(
                purpose=wish.purpose,
                device=device,
                device_key_id=fleet.devices[device].key_id,
                incarnation=fleet.devices[device].incarnation,
                until_sec=uptime + valid_sec,
                deployment_id=deployment.id,
                deployment_name=deployment.name,
                component=wish.component,
                executable=wish.executable,
                user=wish.user[:200],
            )
        )
    return Granted(
        tickets=tuple(tickets),
        missing=tuple(missing),
        executables=tuple((each.component, each.name) for each in states),
    )


def _refuse_unknown(
    fleet: Fleet, deployment: Deployment, wish: Wish, states: Iterable[ExecutableState]
) -> None:
    """Refuse a component or executable that there is not and, of what is written, never was."""
    if any(True for _ in states):
        return
    package = brought.package_of(deployment) or fleet.packages.get(deployment.spec.package)
    parts = package.components if package is not None else ()
    names = sorted(f'{part.name}/{each.name}' for part in parts for each in part.executables)
    meant = [
        each
        for each in names
        if wish.component in ('', each.partition('/')[0])
        and wish.executable in ('', each.partition('/')[2])
    ]
    if meant or not (wish.component or wish.executable) or package is None:
        return
    asked = '/'.join(filter(None, (wish.component, wish.executable)))
    near = suggestion(
        asked, dict.fromkeys(part for each in names for part in (each, *each.split('/')))
    )
    raise Refusal(
        ResultCode.NOT_FOUND,
        f"'{deployment.name}' has no '{asked:.140}'; it has {', '.join(names)}"
        f'{"; " if near else ""}{near}',
    )


def _the_one(
    deployment: Deployment, wish: Wish, states: tuple[ExecutableState, ...]
) -> ExecutableState:
    """Pick the one executable to run something beside."""
    if len(states) == 1:
        return states[0]
    if not states:
        raise Refusal(
            ResultCode.REFUSED,
            f"nothing of '{deployment.name}' runs yet: {deployment.reason.shown()}",
        )
    running = [each for each in states if ticket.runs(each)]
    if len(running) == 1:
        return running[0]
    listed = ', '.join(f'{each.component}/{each.name}' for each in running or states)
    if not running:
        reasons = '; '.join(
            f'{each.component}/{each.name}: {each.reason.shown() or each.status}'
            for each in states
        )
        raise Refusal(ResultCode.REFUSED, f"nothing of '{deployment.name}' runs: {reasons}")
    raise Refusal(
        ResultCode.INVALID,
        f"'{deployment.name}' has {len(running)} executables that run, name one: {listed}",
    )


def _against_device(fleet: Fleet, device: DeviceName, monotonic: float) -> Problem | None:
    """Say why a device cannot be asked now."""
    resource = f'device/{device}'
    presence = fleet.presences.get(device)
    if presence is None:
        return Problem(
            code=ResultCode.NOT_FOUND, resource=resource, message=f"'{device}' was forgotten"
        )
    if presence.liveness is Liveness.OFFLINE:
        return Problem(
            code=OFFLINE,
            resource=resource,
            message=f'{device} is offline{why_offline(fleet, device, monotonic)}',
            remedy='what is kept there can be read when it is back',
        )
    if presence.liveness is Liveness.UNKNOWN or presence.uptime_sec is None:
        return Problem(
            code=ResultCode.UNAVAILABLE,
            resource=resource,
            message=f'{device} was not heard since the manager or the executor started',
            remedy='try again in a few seconds',
        )
    return None
