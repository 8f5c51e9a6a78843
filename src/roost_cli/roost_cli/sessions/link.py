# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The link to a session: what it writes and what it is to get, by offsets.

Nothing is lost or doubled when an answer is, or the network for a while.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import threading
import time
from typing import Protocol

from roost_cli.exits import Refused, RoostError, TookTooLong, Unreachable
from roost_cli.model import SessionOpened, SessionOutput
from roost_core.problem import ResultCode

READ_WAIT_SEC = 3.0
AGAIN_SEC = 0.2

# At most so much is in one request, and waits here to be sent.
WRITE_BYTES = 65536
WAITING_BYTES = 4 * WRITE_BYTES

# Longer than a session is kept: by then it is known whether it still was there.
_AFTER_KEEP_SEC = 10.0
_USUALLY_KEPT_SEC = 60.0


class Wire(Protocol):
    """What is asked of executors; see ros_api/inside.py."""

    def read_session(
        self, opened: SessionOpened, offset: int, *, wait_sec: float
    ) -> SessionOutput:
        """Read output."""

    def write_session(self, opened: SessionOpened, offset: int, data: bytes, *, end: bool) -> int:
        """Give input."""

    def resize_session(self, opened: SessionOpened, columns: int, rows: int) -> None:
        """Tell the size of the terminal."""


@dataclass(frozen=True, slots=True)
class End:
    """How it ended.

    Attributes:
        exit_code: of the program; None when it is not known.
        reason: when it ended otherwise than by itself.
        error: why nothing more is known of it; None when the program has ended.
    """

    exit_code: int | None = None
    reason: str = ''
    error: Exception | None = None


class Link:
    """Move bytes in both directions, a thread for each."""

    def __init__(
        self,
        wire: Wire,
        opened: SessionOpened,
        *,
        show: Callable[[bool, bytes], None],
        tell: Callable[[str], None],
        on_end: Callable[[End], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; the session is read from the oldest byte that is kept.

        Args:
            show: takes output, True for that of standard error.
            tell: takes what a person should know of the link.
            on_end: called once, as the last of all; not after `stop`.
        """
        self._wire = wire
        self._opened = opened
        self._show = show
        self._tell = tell
        self._on_end = on_end
        self._monotonic = monotonic
        self._keep_sec = (opened.keep_sec or _USUALLY_KEPT_SEC) + _AFTER_KEEP_SEC
        self._changed = threading.Condition()
        self._waiting = bytearray()
        self._sent = opened.input_offset
        self._is_complete = False
        self._size: tuple[int, int] | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin."""
        for work in (self._read_all, self._write_all):
            threading.Thread(target=work, daemon=True).start()

    def stop(self) -> None:
        """Do nothing more; what is under way is left alone."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()

    def type(self, data: bytes) -> None:
        """Give input; waits while much of it is on its way."""
        with self._changed:
            self._changed.wait_for(
                lambda: len(self._waiting) < WAITING_BYTES or self._stopped.is_set()
            )
            self._waiting += data
            self._changed.notify_all()

    def flush(self, timeout_sec: float) -> None:
        """Wait until all input was taken, at most so long."""
        with self._changed:
            self._changed.wait_for(
                lambda: not self._waiting or self._stopped.is_set(), timeout_sec
            )

    def end_input(self) -> None:
        """Say that no input follows."""
        with self._changed:
            self._is_complete = True
            self._changed.notify_all()

    def resize(self, columns: int, rows: int) -> None:
        """Tell the size of the terminal, soon."""
        with self._changed:
            self._size = columns, rows
            self._changed.notify_all()

    def _read_all(self) -> None:
        try:
            end = self._read_to_end()
        except Exception as error:  # noqa: BLE001 - told to who waits for the end
            end = End(error=error)
        if not self._stopped.is_set():
            self.stop()
            self._on_end(end)

    def _read_to_end(self) -> End:
        offset = self._opened.first_offset
        heard = self._monotonic()
        is_cut = False
        wait_sec = 0.0  # the first answer may get lost, and is asked for again sooner
        while not self._stopped.is_set():
            try:
                page = self._wire.read_session(self._opened, offset, wait_sec=wait_sec)
            except (Unreachable, TookTooLong, Refused) as error:
                if isinstance(error, Refused) and error.code != ResultCode.UNAVAILABLE:
                    raise
                if self._monotonic() - heard > self._keep_sec:
                    raise
                if not is_cut:
                    is_cut = True
                    self._tell(
                        f'{self._opened.device} cannot be reached; trying on, the session is kept'
                        f' for {self._keep_sec - _AFTER_KEEP_SEC:g} s'
                    )
                self._stopped.wait(AGAIN_SEC)
                continue
            heard = self._monotonic()
            wait_sec = READ_WAIT_SEC
            if is_cut:
                is_cut = False
                self._tell(f'{self._opened.device} is back')
            if page.offset > offset:
                self._tell(f'{page.offset - offset} bytes of output are not kept any more')
            for is_error, data in page.pieces:
                self._show(is_error, data)
            offset = page.next_offset
            if page.ended:
                known = page.exit_code if page.exit_code >= 0 else None
                return End(exit_code=known, reason=page.reason)
        return End()

    def _write_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: (
                        self._waiting or self._size or self._is_complete or self._stopped.is_set()
                    )
                )
                size, self._size = self._size, None
                data = bytes(self._waiting[:WRITE_BYTES])
                is_last = self._is_complete and len(data) == len(self._waiting)
            if self._stopped.is_set():
                return
            try:
                if size:
                    self._wire.resize_session(self._opened, *size)
                if not data and not is_last:
                    continue
                taken = self._wire.write_session(self._opened, self._sent, data, end=is_last)
            except Refused as error:
                if error.code == ResultCode.UNAVAILABLE:
                    self._stopped.wait(AGAIN_SEC)
                    continue
                return  # it takes no more: the end of its output tells why
            except RoostError:  # told by who reads
                with self._changed:
                    self._size = self._size or size
                self._stopped.wait(AGAIN_SEC)
                continue
            with self._changed:
                del self._waiting[: taken - self._sent]
                self._sent = taken
                self._changed.notify_all()
                if is_last and not self._waiting:
                    return
