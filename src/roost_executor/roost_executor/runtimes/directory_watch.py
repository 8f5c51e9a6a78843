# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Changes of folders: told by who makes them, and found out by looking now and then."""

from __future__ import annotations

from collections.abc import Callable
import logging
import queue
import threading
import time

from roost_executor.runtimes.contract import RuntimeEvent

logger = logging.getLogger(__name__)


class DirectoryWatch:
    """A thread that passes on what happens, in order, and looks at the folders in between."""

    def __init__(
        self,
        on_event: Callable[[RuntimeEvent], None],
        *,
        look: Callable[[], None],
        on_close: Callable[[DirectoryWatch], None],
        look_sec: float,
    ) -> None:
        self._on_event = on_event
        self._look = look
        self._on_close = on_close
        self._look_sec = look_sec
        self._events: queue.SimpleQueue[RuntimeEvent | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._loop, name='directory-watch', daemon=True)
        self._thread.start()

    def put(self, event: RuntimeEvent) -> None:
        """Have an event passed on."""
        self._events.put(event)

    def close(self) -> None:
        """End it; see the contract."""
        self._on_close(self)
        self._closing.set()
        self._events.put(None)
        self._thread.join()

    def _loop(self) -> None:
        look_at = time.monotonic() + self._look_sec
        while not self._closing.is_set():
            try:
                event = self._events.get(timeout=max(0.0, look_at - time.monotonic()))
            except queue.Empty:
                look_at = time.monotonic() + self._look_sec
                self._guarded(self._look)
                continue
            if event is not None and not self._closing.is_set():
                self._guarded(lambda event=event: self._on_event(event))

    def _guarded(self, task: Callable[[], None]) -> None:
        try:
            task()
        except Exception:  # one that fails must not end the watch of all others
            logger.exception('a change of a volume could not be passed on')
