# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The output that one device keeps, read with tickets that are renewed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
import threading
import time
from typing import Protocol

from roost_cli.exits import Refused, RoostError, TookTooLong, Unreachable
from roost_cli.model import Admission, Admissions, LogChoice, LogPage, Place
from roost_core.problem import Problem, ResultCode
from roost_core.ticket import Purpose

FIRST_PAUSE_SEC = 0.2
LONGEST_PAUSE_SEC = 2.0

# What a device may answer otherwise when it is asked again.
_PASSING = (ResultCode.REFUSED, ResultCode.UNAVAILABLE, ResultCode.INTERNAL)


class Wire(Protocol):
    """What is asked of the manager and of executors; see ros_api/inside.py."""

    def admissions(
        self, purpose: Purpose, deployment: str, component: str = '', executable: str = ''
    ) -> Admissions:
        """Ask for tickets."""

    def read_logs(
        self,
        admission: Admission,
        cursors: Mapping[Place, int],
        choice: LogChoice,
        *,
        tail: int = 0,
        max_bytes: int = 0,
        wait_sec: float = 0.0,
    ) -> LogPage:
        """Read output of executables."""


class NotThere(RoostError):
    """A device that cannot be asked; the text says why."""

    def __init__(self, device: str, problem: Problem) -> None:
        """Hold what the manager says of it."""
        super().__init__(problem.message)
        self.device = device
        self.may_come = problem.code != ResultCode.NOT_FOUND
        self.soon = problem.code == ResultCode.UNAVAILABLE


class NothingMore(RoostError):
    """The manager gives no tickets for this any more: it is stopped, say."""


class DeviceLogs:
    """Read from one device; for one thread.

    Attributes:
        tail: begin so many entries before the end of each executable; None for all.
        stopping: set by another thread to end waits.
    """

    def __init__(
        self,
        wire: Wire,
        device: str,
        ask: Callable[[Purpose], Admissions],
        choice: LogChoice,
        *,
        purpose: Purpose = Purpose.LOGS,
        tail: int | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare.

        Args:
            ask: asks the manager for tickets.
            purpose: LOGS, or FOLLOW to wait.
        """
        self.device = device
        self.tail = tail
        self.stopping = threading.Event()
        self._purpose = purpose
        self._wire = wire
        self._ask = ask
        self._choice = choice
        self._monotonic = monotonic
        self._admission: Admission | None = None

    def renew(self) -> None:
        """Ask for a new ticket before the next reading."""
        self._admission = None

    def wait_no_more(self) -> None:
        """Take tickets that are for what was written only; they are given longer."""
        self._purpose = Purpose.LOGS
        self.renew()

    def ends(
        self,
        *,
        patience_sec: float = float('inf'),
        on_trouble: Callable[[str], None] = lambda _: None,
    ) -> Mapping[Place, int]:
        """Find the executables whose output is kept, and where each ends; raises as `read`."""
        choice, self._choice = self._choice, LogChoice()
        try:
            # With room for an entry of each: otherwise some cursors are before the end.
            page = self.read({}, tail=1, patience_sec=patience_sec, on_trouble=on_trouble)
        finally:
            self._choice = choice
        return page.cursors

    def read(
        self,
        cursors: Mapping[Place, int],
        *,
        tail: int = 0,
        max_bytes: int = 0,
        wait_sec: float = 0.0,
        patience_sec: float = float('inf'),
        on_trouble: Callable[[str], None] = lambda _: None,
    ) -> LogPage:
        """Read a page, however often it must be asked for.

        Args:
            patience_sec: give up after so many seconds.
            on_trouble: told at each failed try why.

        Raises:
            NotThere: the manager knows that the device cannot be asked.
            NothingMore: the manager gives no ticket for this any more.
            RoostError: no answer in time.
        """
        deadline = self._monotonic() + patience_sec
        pause = FIRST_PAUSE_SEC
        while True:
            try:
                admission = self._admitted()
                return self._wire.read_logs(
                    admission,
                    cursors,
                    self._choice,
                    tail=tail,
                    max_bytes=max_bytes,
                    wait_sec=wait_sec,
                )
            except NotThere as error:
                if not error.may_come or (patience_sec != float('inf') and not error.soon):
                    raise
                trouble: RoostError = error
            except Refused as error:
                if error.code not in _PASSING:
                    raise
                self._admission = None  # expired, or the executor was started anew
                trouble = error
            except (Unreachable, TookTooLong) as error:
                trouble = error
            if self._monotonic() >= deadline or self.stopping.is_set():
                raise trouble
            on_trouble(str(trouble))
            self.stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SEC)

    def _admitted(self) -> Admission:
        if self._admission is None:
            try:
                admissions = self._ask(self._purpose)
            except Refused as error:
                if error.code == ResultCode.UNAVAILABLE:
                    raise
                raise NothingMore(error.args[0] or str(error)) from error
            if self.device not in admissions.given:
                raise NotThere(self.device, admissions.missing.get(self.device, _GONE))
            self._admission = admissions.given[self.device]
        return self._admission


_GONE = Problem(code=ResultCode.NOT_FOUND, message='nothing of the deployment is there any more')
