# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A program in memory, for tests of what stands on the contract. It keeps the contract itself."""

from __future__ import annotations

import threading

from roost_executor.runtimes.interactive import Ending, Stream, Written

HUNG_UP = 129


class FakeProgram:
    """Gives back what it gets, and ends with its input; keeps `interactive.Program`.

    Attributes:
        window: columns and rows that it was told last.
        held: its input takes nothing while this is clear.
    """

    def __init__(self, *, is_terminal: bool, exit_code: int | None = None) -> None:
        """Begin; one with an exit code ends at once."""
        self.window: tuple[int, int] | None = None
        self.held = threading.Event()
        self.held.set()
        self._is_terminal = is_terminal
        self._changed = threading.Condition()
        self._written: list[Written] = []
        self._exit_code = exit_code

    def say(self, data: bytes, stream: Stream = Stream.OUTPUT) -> None:
        """Write something."""
        with self._changed:
            self._written.append(Written(stream, data))
            self._changed.notify_all()

    def end(self, exit_code: int) -> None:
        """End, if it has not."""
        with self._changed:
            if self._exit_code is None:
                self._exit_code = exit_code
            self._changed.notify_all()
        self.held.set()

    @property
    def unread(self) -> int:
        """So many times it wrote something that was not read."""
        with self._changed:
            return len(self._written)

    @property
    def has_ended(self) -> bool:
        """Tell whether it has ended."""
        with self._changed:
            return self._exit_code is not None

    def read(self) -> Written | None:
        """See the contract."""
        with self._changed:
            self._changed.wait_for(lambda: self._written or self._exit_code is not None)
            return self._written.pop(0) if self._written else None

    def write(self, data: bytes) -> bool:
        """See the contract."""
        self.held.wait()
        if self.has_ended:
            return False
        self.say(data)
        return True

    def end_input(self) -> None:
        """See the contract."""
        if not self._is_terminal:
            self.end(0)

    def resize(self, columns: int, rows: int) -> None:
        """See the contract."""
        self.window = (columns, rows)

    def signal(self, number: int) -> None:
        """See the contract."""
        self.end(128 + number)

    def hang_up(self) -> None:
        """See the contract."""
        self.end(HUNG_UP)

    def wait(self) -> Ending:
        """See the contract."""
        return Ending(exit_code=self._exit_code)

    def close(self) -> None:
        """See the contract."""
        self.end(HUNG_UP)
