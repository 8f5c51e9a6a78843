# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Tickets: what the manager signs so that somebody may look into a device for a short time.

A ticket ends by the clock of the executor that it is for, counted from its start: nobody sets that
clock, and a ticket for a former incarnation of the executor is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from roost_core.deployment import Deployment, ExecutableState
from roost_core.names import DeploymentId, DeviceName
from roost_core.phase import Phase
from roost_core.status import Status

TICKET_SCHEMA = 1


class Purpose(StrEnum):
    """What a ticket is for."""

    LOGS = 'logs'  # what was written
    FOLLOW = 'follow'  # and what is being written
    SHELL = 'shell'
    EXEC = 'exec'

    @property
    def needs_running(self) -> bool:
        """Tell whether it is about something that runs."""
        return self in (Purpose.SHELL, Purpose.EXEC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What somebody may look into.

    Attributes:
        device_key_id: key of the device, so that it is for one machine whatever its name.
        incarnation: of the executor.
        until_sec: uptime of the executor at which it ends, seconds.
        component, executable: empty for all of the deployment on that device.
        user: who asked, as claimed.
    """

    schema: int = TICKET_SCHEMA
    purpose: Purpose
    device: DeviceName
    device_key_id: str
    incarnation: int
    until_sec: float
    deployment_id: DeploymentId
    deployment_name: str
    component: str = ''
    executable: str = ''
    user: str = ''

    def covers(self, component: str, executable: str) -> bool:
        """Tell whether it is for an executable of its deployment."""
        return self.component in ('', component) and self.executable in ('', executable)


def against_purpose(deployment: Deployment, purpose: Purpose) -> str:
    """Say why nobody can look into a deployment for a purpose now; empty when one can."""
    if purpose is Purpose.LOGS:
        return ''
    name = deployment.name
    if deployment.stopped:
        if purpose is Purpose.FOLLOW:
            return f"'{name}' is stopped and writes nothing any more; its logs can be read"
        return f"'{name}' is stopped: nothing of it runs"
    if deployment.phase is Phase.FAILED_TO_UPDATE:
        why = deployment.failed_update or 'see its history'
        return (
            f"the last update of '{name}' failed ({why}): until it is updated again, only what it"
            ' wrote can be read'
        )
    return ''


def choices(
    executables: Iterable[ExecutableState], component: str, executable: str
) -> tuple[ExecutableState, ...]:
    """Pick the executables that are meant; empty names mean all."""
    return tuple(
        each
        for each in executables
        if component in ('', each.component) and executable in ('', each.name)
    )


def runs(state: ExecutableState) -> bool:
    """Tell whether something can be run beside an executable, as far as is known."""
    return state.status is Status.RUNNING or (
        state.status in (Status.PENDING, Status.ERROR) and bool(state.instance_id)
    )
