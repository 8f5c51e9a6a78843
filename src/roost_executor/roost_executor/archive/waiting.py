# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Waiting for executables to write: one thread for all who wait."""

from __future__ import annotations

from collections.abc import Callable
import heapq
import itertools
import threading
import time

from roost_core.instance import Slot

Call = Callable[[], None]

# Who waits is told so long after a line: those that come with it go the same way.
GATHER_SEC = 0.02


class Wait:
    """Somebody who waits."""

    __slots__ = ('call', 'fits', 'is_due')

    def __init__(self, fits: Callable[[Slot], bool], call: Call) -> None:
        self.fits = fits
        self.call = call
        self.is_due = False


class Waiting:
    """Calls those who wait, once, when an executable has written or their time is over.

    May be used from any thread. The calls come from a thread of its own, and must return soon.
    """

    def __init__(self) -> None:
        """Begin with nobody: the thread starts with the first."""
        self._changed = threading.Condition()
        self._waits: set[Wait] = set()
        self._due: list[tuple[float, int, Wait]] = []
        self._count = itertools.count()
        self._thread: threading.Thread | None = None
        self._closing = False

    def add(
        self,
        fits: Callable[[Slot], bool],
        call: Call,
        *,
        until: float,
        has_news: Callable[[], bool],
    ) -> Wait:
        """Wait until one that fits has written, or the time (monotonic) has come.

        Args:
            has_news: tells whether it has written already; asked once waiting has begun.
        """
        wait = Wait(fits, call)
        with self._changed:
            if not self._closing:
                self._waits.add(wait)
                self._push(until, wait)
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._run, name='log-waits', daemon=True)
                self._thread.start()
        if self._closing:
            call()
        elif has_news():
            self.end(wait)
        return wait

    def end(self, wait: Wait) -> None:
        """Call somebody now."""
        with self._changed:
            self._push(time.monotonic(), wait)

    def notify(self, slot: Slot) -> None:
        """Tell that an executable has written."""
        with self._changed:
            at = time.monotonic() + GATHER_SEC
            for wait in self._waits:
                if not wait.is_due and wait.fits(slot):
                    wait.is_due = True
                    self._push(at, wait)

    def close(self) -> None:
        """Call everybody, and nobody from then on."""
        with self._changed:
            self._closing = True
            waits, self._waits = self._waits, set()
            self._changed.notify()
        for wait in waits:
            wait.call()
        if self._thread is not None:
            self._thread.join()

    def _push(self, at: float, wait: Wait) -> None:
        heapq.heappush(self._due, (at, next(self._count), wait))
        if self._due[0][2] is wait:
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closing:
                    return
                now = time.monotonic()
                calls = []
                while self._due and self._due[0][0] <= now:
                    wait = heapq.heappop(self._due)[2]
                    if wait in self._waits:
                        self._waits.remove(wait)
                        calls.append(wait.call)
                if not self._waits:
                    self._due.clear()
                if not calls:
                    self._changed.wait(self._due[0][0] - now if self._due else None)
            for call in calls:
                call()
