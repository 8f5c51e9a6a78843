# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Has networks watched from this device for as long as somebody asks for it.

The collector is a program of introspection, in a process of its own: what a robot has to do does
not depend on it. It ends with its input, and so with this process, however that ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
import contextlib
from dataclasses import dataclass
import logging
import subprocess
import threading
import time

from roost_core.graph import watch_order
from roost_core.graph.topology import TopologyNetwork
from roost_executor.loop import Loop

logger = logging.getLogger(__name__)

# A collector that ends by itself is started again after so long, then after twice that, up to
# this.
_FIRST_RETRY_SEC = 1.0
_LONGEST_RETRY_SEC = 30.0
# One that ran for so long may be started again as soon as the first one.
_STEADY_SEC = 60.0
_END_SEC = 3.0


@dataclass(slots=True)
class _Child:
    """A collector that runs."""

    process: subprocess.Popen[str]
    started_at: float
    order: str = ''


class NetworkWatching:
    """Keeps a collector while it is leased; its methods may be called from any thread."""

    def __init__(self, command: Sequence[str], complain: Callable[[str, str], None]) -> None:
        """Prepare; nothing runs before `lease`.

        Args:
            command: starts the collector.
            complain: takes a topic and a text.
        """
        self._command = list(command)
        self._complain = complain
        self._order = ''
        self._until = 0.0
        self._child: _Child | None = None
        self._retry_at = 0.0
        self._retry_sec = _FIRST_RETRY_SEC
        self._loop = Loop(
            'watching', decide=self._decide, patience=self._patience, complain=complain
        )
        self._started = False

    def lease(self, networks: Iterable[TopologyNetwork], *, sec: float) -> None:
        """Have these networks watched, and no others, for so long from now; none ends it."""
        order = watch_order.to_line(networks)
        until = time.monotonic() + sec if order != watch_order.NONE else 0.0

        def take() -> None:
            self._order, self._until = order, until

        if not self._started:
            self._started = True
            self._loop.start()
        self._loop.post(take)

    def close(self) -> None:
        """End the collector."""
        if self._started:
            self._loop.close(2 * _END_SEC)
            self._end()

    def _patience(self) -> float | None:
        now = time.monotonic()
        if self._until <= now:
            return None
        if self._child is None:
            return max(0.0, min(self._retry_at, self._until) - now)
        return self._until - now

    def _decide(self) -> None:
        now = time.monotonic()
        if self._child is not None and self._child.process.poll() is not None:
            self._bury(now)
        if now >= self._until:
            self._end()
        elif self._child is None and now >= self._retry_at:
            self._begin(now)
        if self._child is not None and self._child.order != self._order:
            self._tell(self._child)

    def _begin(self, now: float) -> None:
        try:
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, text=True)
        except OSError as error:
            self._put_off(now, f'cannot be started: {error}')
            return
        self._child = _Child(process, now)
        waiting = threading.Thread(target=self._await, args=(process,), daemon=True)
        waiting.start()

    def _await(self, process: subprocess.Popen[str]) -> None:
        process.wait()
        self._loop.post(lambda: None)

    def _bury(self, now: float) -> None:
        assert self._child is not None
        child, self._child = self._child, None
        with contextlib.suppress(BrokenPipeError):  # it may not have read all
            child.process.communicate()
        if now - child.started_at > _STEADY_SEC:
            self._retry_sec = _FIRST_RETRY_SEC
        self._put_off(now, f'ended with {child.process.returncode}')

    def _put_off(self, now: float, why: str) -> None:
        self._complain('watching', f'the collector of networks {why}')
        self._retry_at = now + self._retry_sec
        self._retry_sec = min(2 * self._retry_sec, _LONGEST_RETRY_SEC)

    def _end(self) -> None:
        child, self._child = self._child, None
        self._retry_at, self._retry_sec = 0.0, _FIRST_RETRY_SEC
        if child is None:
            return
        try:
            child.process.communicate(timeout=_END_SEC)
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.communicate()

    def _tell(self, child: _Child) -> None:
        assert child.process.stdin is not None
        child.order = self._order
        try:
            child.process.stdin.write(f'{self._order}\n')
            child.process.stdin.flush()
        except BrokenPipeError:
            logger.debug('the collector of networks ended before it was told anything')
