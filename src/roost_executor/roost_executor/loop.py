# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A thread that carries out what is posted to it, and then decides; it never polls."""

from __future__ import annotations

from collections.abc import Callable
import logging
import queue
import threading

Task = Callable[[], None]

logger = logging.getLogger(__name__)


class Loop:
    """Carry out posted tasks one at a time, and decide once after all that came together."""

    def __init__(
        self,
        name: str,
        *,
        decide: Callable[[], None],
        patience: Callable[[], float | None],
        complain: Callable[[str, str], None],
    ) -> None:
        """Prepare; `start` begins.

        Args:
            decide: called after tasks, and when patience is at its end.
            patience: seconds until deciding again without a task; None for ever.
            complain: takes a topic and a text when a task failed.
        """
        self._decide = decide
        self._patience = patience
        self._complain = complain
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def post(self, task: Task) -> None:
        """Have a task carried out; callable from any thread."""
        self._tasks.put(task)

    def close(self, timeout_sec: float) -> None:
        """End after what was posted before, and wait for that at most so long."""
        self._tasks.put(None)
        self._thread.join(timeout_sec)

    def guarded(self, about: str, task: Task) -> None:
        """Carry out a task; that it failed is logged and told, and ends nothing."""
        try:
            task()
        except Exception as error:
            logger.exception('%s failed', about)
            self._complain('defect', f'a defect of the executor: {about} failed: {error!r:.200}')

    def _run(self) -> None:
        while True:
            try:
                task = self._tasks.get(timeout=self._patience())
                while task is not None:
                    self.guarded('handling what happened', task)
                    task = self._tasks.get_nowait()
                return
            except queue.Empty:
                self.guarded('deciding', self._decide)
