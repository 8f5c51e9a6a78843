# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What happens in the runtime in memory, being told."""

from __future__ import annotations

from collections.abc import Callable
import logging
import queue
import threading

from roost_executor.runtimes.contract import RuntimeEvent

logger = logging.getLogger(__name__)


class FakeWatch:
    """A thread that passes on what happens, one event at a time."""

    def __init__(
        self, on_event: Callable[[RuntimeEvent], None], on_close: Callable[[FakeWatch], None]
    ) -> None:
        self._on_event = on_event
        self._on_close = on_close
        self._events: queue.SimpleQueue[RuntimeEvent | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._loop, name='fake-watch', daemon=True)
        self._thread.start()

    def put(self, event: RuntimeEvent) -> None:
        """Have an event passed on."""
        self._events.put(event)

    def close(self) -> None:
        """End it; see the contract."""
        self._on_close(self)
        self._closed.set()
        self._events.put(None)
        self._thread.join()

    def _loop(self) -> None:
        while (event := self._events.get()) is not None and not self._closed.is_set():
            try:
                self._on_event(event)
            except Exception:
                logger.exception('a change of an instance could not be passed on')
