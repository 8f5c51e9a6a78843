# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""How long executors of this device have run altogether: a clock that nobody sets."""

from __future__ import annotations

from collections.abc import Callable
import logging
from pathlib import Path
import time

from roost_executor import durable

logger = logging.getLogger(__name__)

# So much of it is lost, at most, when power is.
KEEP_SEC = 300.0


class Uptime:
    """Counts seconds, over restarts; kept in a file now and then."""

    def __init__(self, path: Path, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Go on from what is kept."""
        self._path = path
        self._monotonic = monotonic
        try:
            former = float(path.read_text(encoding='ascii'))
        except (FileNotFoundError, ValueError):
            former = 0.0
        self._kept = former
        self._began = monotonic() - former

    def __call__(self) -> float:
        """Give the seconds."""
        return self._monotonic() - self._began

    def keep(self, *, at_once: bool = False) -> None:
        """Write it down if that is due; that it cannot be costs only time."""
        now = self()
        if now - self._kept < KEEP_SEC and not at_once:
            return
        self._kept = now
        try:
            durable.replace(self._path, f'{now:.0f}\n'.encode())
        except OSError as error:
            logger.warning('how long the executor has run cannot be written down: %s', error)
