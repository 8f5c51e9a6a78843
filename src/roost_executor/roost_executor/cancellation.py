# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Cancelling a blocking call from another thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import threading


class Cancellation:
    """Ask once, from any thread, for the end of what another thread does.

    Unlike an Event it interrupts: who blocks in a read registers how that read is ended.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._interrupts: list[Callable[[], None]] = []

    @property
    def requested(self) -> bool:
        """Tell whether the end was asked for."""
        return self._event.is_set()

    def request(self) -> None:
        """Ask for the end; asking again does nothing."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            interrupts = tuple(self._interrupts)
        for interrupt in interrupts:
            interrupt()

    def wait(self, timeout_sec: float) -> bool:
        """Wait until the end is asked for, at most so long; tell whether it was."""
        return self._event.wait(timeout_sec)

    @contextmanager
    def interrupting(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Call interrupt, once, when the end is asked for within the block or was before it.

        It is called from the thread that asks, and may still run when the block is left.
        """
        with self._lock:
            requested = self._event.is_set()
            if not requested:
                self._interrupts.append(interrupt)
        if requested:
            interrupt()
        try:
            yield
        finally:
            with self._lock:
                if interrupt in self._interrupts:
                    self._interrupts.remove(interrupt)
