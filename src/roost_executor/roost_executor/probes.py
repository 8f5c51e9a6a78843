# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Liveness probes of all that runs: asked on time, and by few threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
import heapq
import itertools
import logging
import threading
import time

from roost_core.instance import DesiredInstance, Slot
from roost_executor.probing import ask, CannotTell
from roost_executor.runtimes.contract import Runtime
from roost_executor.workers import Workers

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Followed:
    """A running instance that is asked again and again.

    Attributes:
        failures: in a row.
        verdict: why it is taken for stuck, in plain words; it is not asked any more.
    """

    desired: DesiredInstance
    runtime: Runtime
    failures: int = 0
    verdict: str = ''


@dataclass(order=True, slots=True)
class _Due:
    at: float
    number: int
    whom: Followed = field(compare=False)


class Probes:
    """Ask all that is followed. May be used from any thread; nothing of it waits."""

    def __init__(self, *, stuck: Callable[[Followed], None], most: int) -> None:
        """Prepare.

        Args:
            stuck: called once when an instance failed as often in a row as it may, from a thread
                of the pool.
            most: that are asked at a time.
        """
        self._stuck = stuck
        self._workers = Workers('probe', most)
        self._changed = threading.Condition()
        self._followed: dict[Slot, Followed] = {}
        self._due: list[_Due] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._closing = False

    def follow(self, desired: DesiredInstance, runtime: Runtime) -> None:
        """Ask an instance that runs, and has a probe, from now on; it may be followed already."""
        probe = desired.spec.liveness_probe
        assert probe is not None
        with self._changed:
            known = self._followed.get(desired.slot)
            if self._closing or (known is not None and known.desired.identity == desired.identity):
                return
            self._followed[desired.slot] = followed = Followed(desired, runtime)
            self._plan(followed, time.monotonic() + probe.initial_delay)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name='probes', daemon=True)
                self._thread.start()

    def leave(self, slot: Slot) -> None:
        """Ask what is in a slot no more."""
        with self._changed:
            self._followed.pop(slot, None)

    def follows(self, followed: Followed) -> bool:
        """Tell whether this very run is still followed."""
        with self._changed:
            return self._followed.get(followed.desired.slot) is followed

    def close(self) -> None:
        """Ask nobody any more; answers that are still to come count for nothing."""
        with self._changed:
            self._closing = True
            self._followed.clear()
            self._changed.notify_all()

    def _plan(self, followed: Followed, at: float) -> None:
        heapq.heappush(self._due, _Due(at, next(self._numbers), followed))
        self._changed.notify_all()

    def _run(self) -> None:
        with self._changed:
            while not self._closing:
                left = self._due[0].at - time.monotonic() if self._due else None
                if left is not None and left <= 0.0:
                    followed = heapq.heappop(self._due).whom
                    if self._followed.get(followed.desired.slot) is followed:
                        self._submit(followed)
                else:
                    self._changed.wait(left)

    def _submit(self, followed: Followed) -> None:
        self._workers.submit(lambda: self._probe(followed))

    def _probe(self, followed: Followed) -> None:
        """Ask once, in a thread of the pool."""
        probe = followed.desired.spec.liveness_probe
        assert probe is not None
        if not self.follows(followed):
            return
        began = time.monotonic()
        failure: str | None
        try:
            failure = ask(followed.desired, followed.runtime)
        except CannotTell:
            failure = None
        except Exception:
            logger.exception(
                "the probe of '%s' failed in an unforeseen way", followed.desired.slot
            )
            failure = None
        with self._changed:
            if self._followed.get(followed.desired.slot) is not followed:
                return
            if failure is not None:
                followed.failures = followed.failures + 1 if failure else 0
            if not failure or followed.failures < probe.failure_threshold:
                self._plan(followed, max(time.monotonic(), began + probe.period))
                return
            times = f' {followed.failures} times' if followed.failures > 1 else ''
            followed.verdict = f'did not answer its liveness probe{times}: {failure}'
        self._stuck(followed)
