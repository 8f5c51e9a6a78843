# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Whose doing the end of a container was: ours, the engine's, or somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
import threading
import time

from roost_core.observed import InstanceState, ObservedInstance


class OwnEndings:
    """When this program itself ended which container, to tell its signals from a person's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spans: dict[str, tuple[float, float]] = {}

    @contextmanager
    def during(self, name: str) -> Iterator[None]:
        """Count what happens to a container within the block as our doing."""
        begin = time.time()
        self._note(name, begin, float('inf'))
        try:
            yield
        finally:
            self._note(name, begin, time.time())

    def covers(self, name: str, at: float) -> bool:
        """Tell whether a signal at this time was ours."""
        with self._lock:
            begin, end = self._spans.get(name, (0.0, 0.0))
        return begin <= at <= end

    def forget(self, name: str) -> None:
        """Drop what is known of a container that is gone."""
        with self._lock:
            if name in self._spans and self._spans[name][1] != float('inf'):
                del self._spans[name]

    def _note(self, name: str, begin: float, end: float) -> None:
        with self._lock:
            self._spans[name] = (begin, end)


class TakenAlong:
    """Containers that the engine ended, and not they themselves.

    An engine that stops takes its containers along, and one that was killed takes them along when
    it starts again: what they then end with, often 0, says nothing about them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: set[str] = set()

    def add(self, container_id: str) -> None:
        """Note that the engine ended a container."""
        with self._lock:
            self._ids.add(container_id)

    def discard(self, container_id: str) -> None:
        """Note that a container started again, ended by itself, or is gone."""
        with self._lock:
            self._ids.discard(container_id)

    def __contains__(self, container_id: str) -> bool:
        """Tell whether the engine ended a container, which has not started since."""
        with self._lock:
            return container_id in self._ids

    def veiled(self, instance: ObservedInstance) -> ObservedInstance:
        """Give an instance without an exit code that is none of its own."""
        if instance.instance_id not in self or instance.state is not InstanceState.ENDED:
            return instance
        return replace(instance, exit_code=None, command_missing=False)
