# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Status of executables and deployments, reasons, and how many become one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Health of an executable, a component or a deployment."""

    UNKNOWN = 'Unknown'
    PENDING = 'Pending'
    RUNNING = 'Running'
    ERROR = 'Error'
    STOPPED = 'Stopped'


class ReasonKind(StrEnum):
    """Stable word for why a status is what it is; a change of it is an event."""

    NONE = ''
    WAITING_FOR_DEPENDENCY = 'WAITING_FOR_DEPENDENCY'
    WAITING_FOR_DEVICE = 'WAITING_FOR_DEVICE'
    WAITING_FOR_REPORT = 'WAITING_FOR_REPORT'
    PULLING = 'PULLING'
    CREATING = 'CREATING'
    STOPPING = 'STOPPING'
    RESTARTING = 'RESTARTING'
    COMPLETED = 'COMPLETED'
    STOPPED_BY_HAND = 'STOPPED_BY_HAND'
    STOPPED_BY_CHOICE = 'STOPPED_BY_CHOICE'
    NOT_ALIVE = 'NOT_ALIVE'
    WAITING_FOR_ORDER = 'WAITING_FOR_ORDER'
    FETCHING_CONFIG = 'FETCHING_CONFIG'
    SECRET_MISSING = 'SECRET_MISSING'
    CONFIG_MISSING = 'CONFIG_MISSING'
    MOUNT_FAILED = 'MOUNT_FAILED'
    UPDATE_FAILED = 'UPDATE_FAILED'
    EXITED = 'EXITED'
    OUT_OF_MEMORY = 'OUT_OF_MEMORY'
    CRASH_LOOP = 'CRASH_LOOP'
    COMMAND_MISSING = 'COMMAND_MISSING'
    IMAGE_NOT_FOUND = 'IMAGE_NOT_FOUND'
    REGISTRY_UNREACHABLE = 'REGISTRY_UNREACHABLE'
    REGISTRY_DENIED = 'REGISTRY_DENIED'
    ENGINE_UNREACHABLE = 'ENGINE_UNREACHABLE'
    DISK_FULL = 'DISK_FULL'
    PORT_TAKEN = 'PORT_TAKEN'
    CREATE_FAILED = 'CREATE_FAILED'
    RUNTIME_MISSING = 'RUNTIME_MISSING'
    POLICY_FORBIDS = 'POLICY_FORBIDS'
    EXECUTOR_DEFECT = 'EXECUTOR_DEFECT'
    DEVICE_SILENT = 'DEVICE_SILENT'
    DEVICE_FORGOTTEN = 'DEVICE_FORGOTTEN'
    DEPENDENCY_FAILED = 'DEPENDENCY_FAILED'
    PLACEMENT_FAILED = 'PLACEMENT_FAILED'

    @classmethod
    def _missing_(cls, value: object) -> ReasonKind | None:
        """Read a kind that only a newer device knows as none: its text still says it all."""
        return cls.NONE if isinstance(value, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a status is what it is.

    Attributes:
        kind: stable word.
        text: plain words, without progress and countdown, which are added when it is shown.
        progress: percent, 0 to 100, or None.
        retry_in_sec: seconds until the next attempt, counted from when this was reported, or None.
    """

    kind: ReasonKind = ReasonKind.NONE
    text: str = ''
    progress: float | None = None
    retry_in_sec: float | None = None

    @property
    def without_progress(self) -> Reason:
        """Itself without percent and countdown."""
        if self.progress is None and self.retry_in_sec is None:
            return self
        return Reason(kind=self.kind, text=self.text)

    def shown(self, *, age_sec: float = 0.0) -> str:
        """Render for a person; age_sec is how long ago this reason was reported."""
        parts = [self.text]
        if self.progress is not None:
            parts.append(f'{self.progress:.0f} %')
        if self.retry_in_sec is not None:
            left = self.retry_in_sec - age_sec
            verb = 'restarting' if self.kind in _ENDED else 'trying again'
            parts.append(f'{verb} in {left:.0f} s' if left > 0.5 else f'{verb} now')
        return ', '.join(part for part in parts if part)


_ENDED = frozenset(
    {
        ReasonKind.RESTARTING,
        ReasonKind.NOT_ALIVE,
        ReasonKind.EXITED,
        ReasonKind.OUT_OF_MEMORY,
        ReasonKind.CRASH_LOOP,
    }
)

NO_REASON = Reason()

# Worst first: how an overall status is found among those of its parts.
_SEVERITY = (Status.ERROR, Status.UNKNOWN, Status.PENDING, Status.RUNNING)


def worst(statuses: Iterable[Status]) -> Status:
    """Give the overall status: the worst of the parts; Stopped only when all are."""
    seen = set(statuses)
    for status in _SEVERITY:
        if status in seen:
            return status
    return Status.STOPPED if seen else Status.PENDING


def severity(status: Status) -> int:
    """Order statuses, worst first, for picking the part whose reason speaks for the whole."""
    return _SEVERITY.index(status) if status in _SEVERITY else len(_SEVERITY)
