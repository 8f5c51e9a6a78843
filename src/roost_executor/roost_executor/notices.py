# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What an operator should know: said in the log, and in the reports until it is settled."""

from __future__ import annotations

from collections.abc import Callable
import threading
import time

MOST = 20
LOG_EVERY_SEC = 10.0


class Notices:
    """A short list of notices, one for each topic. May be used from any thread."""

    def __init__(
        self,
        log: Callable[[str], None],
        on_change: Callable[[tuple[str, ...]], None],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with none.

        Args:
            log: writes a warning.
            on_change: takes all notices when any of them changed.
        """
        self._log = log
        self._on_change = on_change
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._texts: dict[str, str] = {}
        self._logged_at: dict[str, float] = {}

    def put(self, topic: str, text: str) -> None:
        """Say something about a topic; it replaces what was said about it before."""
        with self._lock:
            if self._texts.get(topic) == text:
                return
            self._texts.pop(topic, None)
            self._texts[topic] = text
            for oldest in list(self._texts)[:-MOST]:
                del self._texts[oldest]
                self._logged_at.pop(oldest, None)
            now = self._monotonic()
            said = now - self._logged_at.get(topic, -LOG_EVERY_SEC) >= LOG_EVERY_SEC
            if said:
                self._logged_at[topic] = now
            self._on_change(tuple(self._texts.values()))
        if said:
            self._log(text)

    def settle(self, topic: str) -> None:
        """Take back what was said about a topic."""
        with self._lock:
            if self._texts.pop(topic, None) is not None:
                self._on_change(tuple(self._texts.values()))
