# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What devices tell who looks into them: output of executables, and sessions beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from roost_core.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Permission to look into a device, for valid_sec from when it was given."""

    device: str
    executor: str
    ticket: str = field(repr=False)
    valid_sec: float


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """An executable of a deployment."""

    component: str
    executable: str

    def __str__(self) -> str:
        return f'{self.component}/{self.executable}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Admissions:
    """Permissions for the devices of a deployment.

    Attributes:
        given: by device.
        missing: device -> why it cannot be asked.
        executables: that the permissions are for.
    """

    deployment_id: str
    deployment_name: str
    given: Mapping[str, Admission]
    missing: Mapping[str, Problem]
    executables: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogChoice:
    """Which entries are wanted; what is empty or 0 leaves nothing out.

    Attributes:
        since, until: Unix time, by the clock of the device.
    """

    generation: int = 0
    stream: str = ''
    since: float = 0.0
    until: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogChunk:
    """Entries that follow one another; LogChunk.msg says how they are written."""

    place: Place
    generation: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """An answer of a device.

    Attributes:
        cursors: where to go on.
        more: there is more by now.
        lost: entries that the cursors stood at and that are not kept any more.
    """

    chunks: tuple[LogChunk, ...]
    cursors: Mapping[Place, int]
    more: bool
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened:
    """A session beside an executable; OpenShell.srv tells what each means."""

    device: str
    executor: str
    session: str = field(repr=False)
    place: Place
    first_offset: int = 0
    output_offset: int = 0
    input_offset: int = 0
    keep_sec: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOutput:
    """Output of a session: pieces with the stream of each, True for standard error."""

    pieces: tuple[tuple[bool, bytes], ...]
    offset: int
    next_offset: int
    ended: bool
    exit_code: int
    reason: str
