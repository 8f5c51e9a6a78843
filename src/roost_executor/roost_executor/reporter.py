# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""When what is to be reported is reported: on change only, and several changes together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
import logging
import threading
import time

from roost_core.names import DeviceName
from roost_core.report import DeviceFacts, DeviceReport
from roost_executor.difference import Change, Content, difference, follow
from roost_executor.telling import Situation

logger = logging.getLogger(__name__)

# Before a report is tried again that could not be published.
RETRY_SEC = 1.0


class Reporter:
    """Publish the newest report: the first change at once, what follows soon after, together.

    Its methods may be called from any thread. Reports are published from a thread of its own.
    """

    def __init__(
        self,
        *,
        device: DeviceName,
        incarnation: int,
        facts: DeviceFacts,
        publish: Callable[[DeviceReport], None],
        gather_sec: float = 0.02,
        progress_sec: float = 0.5,
    ) -> None:
        """Prepare; nothing is published before the first situation is shown.

        Args:
            gather_sec: changes within so long after a report are reported together.
            progress_sec: at least this lies between reports in which only progress differs.
        """
        self._publish = publish
        self._gather_sec = gather_sec
        self._progress_sec = progress_sec
        self._changed = threading.Condition()
        self._next = Content(
            report=DeviceReport(device=device, incarnation=incarnation, sequence=0, facts=facts)
        )
        self._told: Content | None = None
        self._told_at = 0.0
        self._sequence = 0
        self._shown = False
        self._durable = (0, 0)
        self._repeat = False
        self._thread = threading.Thread(target=self._run, name='reporter', daemon=True)
        self._thread.start()

    @property
    def sequence(self) -> int:
        """Sequence of the report that was published last; 0 when there is none."""
        return self._sequence

    @property
    def applied(self) -> tuple[int, int]:
        """Order of the desired state that the last report answers to."""
        told = self._told
        return told.report.applied if told is not None else (0, 0)

    def show(self, situation: Situation) -> None:
        """Report a situation."""
        with self._changed:
            self._shown = True
            self._offer(
                replace(
                    self._next.report,
                    applied=situation.applied,
                    instances=situation.instances,
                    removals=situation.removals,
                    orphans=situation.orphans,
                )
            )

    def show_facts(self, facts: DeviceFacts) -> None:
        """Report facts."""
        with self._changed:
            self._offer(replace(self._next.report, facts=facts))

    def show_notices(self, notices: tuple[str, ...]) -> None:
        """Report notices."""
        with self._changed:
            self._offer(replace(self._next.report, notices=notices))

    def release(self, order: tuple[int, int]) -> None:
        """Allow reports that answer to a desired state, because it is durable now.

        Otherwise a power cut could undo what was confirmed to the manager.
        """
        with self._changed:
            self._durable = max(self._durable, order)
            self._changed.notify_all()

    def repeat(self) -> None:
        """Publish the last report again: somebody lacks it."""
        with self._changed:
            self._repeat = True
            self._changed.notify_all()

    def leave(self, timeout_sec: float) -> None:
        """Publish, as the last word, that the executor shuts down."""
        with self._changed:
            self._offer(replace(self._next.report, leaving=True))
        self._thread.join(timeout_sec)

    def _offer(self, report: DeviceReport) -> None:
        self._next = follow(self._next, report, now=time.monotonic())
        self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                content = self._await_content()
                if content is None:
                    return
                report = content.written(sequence=self._sequence, now=time.monotonic())
            try:
                self._publish(report)
            except Exception:
                logger.exception('a report could not be published')
                with self._changed:
                    self._told, self._told_at = None, time.monotonic() + RETRY_SEC
            if report.leaving:
                return

    def _await_content(self) -> Content | None:
        """Wait until there is something to publish, and count it; None at the very end."""
        while True:
            now = time.monotonic()
            due_at = self._due_at(now)
            if due_at is not None and due_at <= now:
                return self._count(self._next, now)
            if self._next.report.leaving:
                return self._last_word(now)
            if self._repeat and self._told is not None:
                self._repeat = False
                return self._told
            self._changed.wait(None if due_at is None else due_at - now)

    def _due_at(self, now: float) -> float | None:
        """Give when the next report is due, monotonic seconds; None when there is no need."""
        if not self._shown or self._next.report.applied > self._durable:
            return None
        if self._next.report.leaving:
            return now
        if self._told is None:
            return self._told_at
        match difference(self._told, self._next, now=now):
            case Change.NONE:
                return None
            case Change.PROGRESS:
                return self._told_at + self._progress_sec
            case Change.NEWS:
                return self._told_at + self._gather_sec

    def _last_word(self, now: float) -> Content | None:
        if self._told is None:
            return None
        return self._count(
            replace(self._told, report=replace(self._told.report, leaving=True)), now
        )

    def _count(self, content: Content, now: float) -> Content:
        self._sequence += 1
        self._told = content
        self._told_at = now
        self._repeat = False
        return content
