# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A bounded pool of threads that never holds up the end of the process."""

from __future__ import annotations

import queue
import threading

from roost_executor.loop import Task


class Workers:
    """Carry out tasks, at most so many at a time, first come, first served.

    Unlike those of concurrent.futures its threads are daemons: a call that hangs in an engine
    cannot keep the process from ending. Tasks must not raise.
    """

    def __init__(self, name: str, most: int) -> None:
        """Make the pool; threads are started as they are needed."""
        self._name = name
        self._most = most
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._busy = 0

    def submit(self, task: Task) -> None:
        """Have a task carried out; callable from any thread."""
        with self._lock:
            self._busy += 1
            grow = self._threads < min(self._most, self._busy)
            if grow:
                self._threads += 1
                name = f'{self._name}-{self._threads}'
        self._tasks.put(task)
        if grow:
            threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        while True:
            task = self._tasks.get()
            try:
                task()
            finally:
                with self._lock:
                    self._busy -= 1
