# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A session in memory, as an executor answers about it."""

from __future__ import annotations

import threading

from roost_cli.exits import Refused, TookTooLong
from roost_cli.model import Place, SessionOpened, SessionOutput
from roost_core.problem import ResultCode

OPENED = SessionOpened(
    device='rover1',
    executor='/roost/devices/rover1/executor',
    session='s',
    place=Place('driver', 'camera'),
    keep_sec=60.0,
)


class Session:
    """Keep output and input by offset.

    Attributes:
        answers_lost: so many answers of each kind do not arrive, though what was asked is done.
        took: all input that was taken.
        room: so many bytes are taken of one writing.
    """

    def __init__(self, *, first_offset: int = 0) -> None:
        self.answers_lost = 0
        self.took = b''
        self.room = 65536
        self.ended_input = False
        self.size: tuple[int, int] | None = None
        self._first = first_offset
        self._output: list[tuple[bool, int]] = []
        self._end: tuple[int, str] | None = None
        self._is_gone = False
        self._changed = threading.Condition()

    def put(self, data: bytes, is_error: bool = False) -> None:
        """Write output."""
        with self._changed:
            self._output += [(is_error, byte) for byte in data]
            self._changed.notify_all()

    def end(self, exit_code: int, reason: str = '') -> None:
        """End the program."""
        with self._changed:
            self._end = exit_code, reason
            self._changed.notify_all()

    def vanish(self) -> None:
        """Be known no more."""
        with self._changed:
            self._is_gone = True
            self._changed.notify_all()

    def read_session(self, opened, offset: int, *, wait_sec: float) -> SessionOutput:
        """Answer as ReadShell.srv says, a few bytes at a time."""
        with self._changed:
            self._changed.wait_for(
                lambda: len(self._output) + self._first > offset or self._end or self._is_gone,
                min(wait_sec, 0.05),
            )
            if self._is_gone:
                raise Refused(ResultCode.NOT_FOUND, 'there is no such session')
            start = max(offset, self._first)
            some = self._output[start - self._first :][:3]
            after = start + len(some)
            self._may_lose()
            over = self._end if after == self._first + len(self._output) else None
            code, reason = over or (0, '')
        return SessionOutput(
            pieces=tuple((is_error, bytes([byte])) for is_error, byte in some),
            offset=start,
            next_offset=after,
            ended=over is not None,
            exit_code=code,
            reason=reason,
        )

    def write_session(self, opened, offset: int, data: bytes, *, end: bool) -> int:
        """Answer as WriteShell.srv says."""
        with self._changed:
            if offset > len(self.took):
                raise Refused(ResultCode.CONFLICT, 'send again')
            self.took += data[len(self.took) - offset :][: self.room]
            self.ended_input |= end and len(self.took) == offset + len(data)
            self._changed.notify_all()
            self._may_lose()
            return len(self.took)

    def resize_session(self, opened, columns: int, rows: int) -> None:
        """Keep the size."""
        with self._changed:
            self.size = columns, rows
            self._changed.notify_all()

    def until(self, predicate) -> None:
        """Wait until something was given."""
        with self._changed:
            assert self._changed.wait_for(predicate, 10.0)

    def _may_lose(self) -> None:
        if self.answers_lost:
            self.answers_lost -= 1
            raise TookTooLong('no answer')
