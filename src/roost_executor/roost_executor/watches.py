# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What all runtimes tell, from the start of the executor to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
import threading
import time

from roost_core.package import DeviceRuntime
from roost_executor.runtimes.contract import Runtime, RuntimeEvent, Watch

Hear = Callable[[DeviceRuntime, RuntimeEvent], None]


class Watches:
    """Watches runtimes, and passes on what they tell."""

    def __init__(self, runtimes: Mapping[DeviceRuntime, Runtime], *hear: Hear) -> None:
        """Prepare; `start` begins.

        Args:
            hear: each is called with everything, in this order; must return soon.
        """
        self._runtimes = runtimes
        self._hear = hear
        self._watches: list[Watch] = []

    def start(self) -> None:
        """Begin."""
        for kind, runtime in self._runtimes.items():
            self._watches.append(runtime.watch(partial(self._pass_on, kind)))

    def close(self, deadline: float) -> None:
        """End, until the deadline (monotonic): an engine that hangs may hold a watch up."""
        closing = [threading.Thread(target=each.close, daemon=True) for each in self._watches]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join(max(0.1, deadline - time.monotonic()))

    def _pass_on(self, kind: DeviceRuntime, event: RuntimeEvent) -> None:
        for hear in self._hear:
            hear(kind, event)
