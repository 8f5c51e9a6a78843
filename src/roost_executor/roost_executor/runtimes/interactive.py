# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Programs that are run beside an instance, and talked with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

# Of what is read at once, bytes.
READ_BYTES = 65536

# Between SIGHUP and SIGKILL.
GRACE_SEC = 1.0

# How long the kernel may take to end what was sent SIGKILL.
KILL_SEC = 5.0


class Stream(StrEnum):
    """Where a program wrote something."""

    OUTPUT = 'output'  # standard output; all that a terminal shows
    ERROR = 'error'  # standard error, of a program without a terminal


class Written(NamedTuple):
    """Something that a program wrote, never empty."""

    stream: Stream
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A terminal.

    Attributes:
        kind: value of TERM.
    """

    columns: int = 80
    rows: int = 24
    kind: str = 'xterm-256color'


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a program ended.

    Attributes:
        exit_code: 128 + n after signal n; None when nobody could tell.
        reason: why, when it did not end by itself; empty otherwise.
    """

    exit_code: int | None
    reason: str = ''


class Program(Protocol):
    """A program beside an instance. It, and all that came of it, ends with whoever talks with it.

    One thread reads, one writes; the rest may be called from any thread until `close`.
    """

    def read(self) -> Written | None:
        """Wait for something that it writes, and give that; None when nothing more will come.

        What is not read holds the program up.
        """

    def write(self, data: bytes) -> bool:
        """Give it input, and wait until it has room for that; False when it takes no more."""

    def end_input(self) -> None:
        """Say that no more input follows; nothing happens in a terminal. By the writing thread."""

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of its terminal.

        Raises:
            RuntimeFault: the runtime cannot be asked.
        """

    def signal(self, number: int) -> None:
        """Send a signal to it and to those of its process group; nobody there is an outcome too.

        Raises:
            RuntimeFault: the runtime cannot be asked.
        """

    def hang_up(self) -> None:
        """End it and all that came of it: SIGHUP, and SIGKILL for what is left after a moment.

        They have ended at the return. It may be called again.
        """

    def wait(self) -> Ending:
        """Tell how it ended; to be called when `read` gave None."""

    def close(self) -> None:
        """Let go of it, once nobody reads and writes any more."""
