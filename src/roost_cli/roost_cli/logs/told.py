# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a reader of output should know of what it is not shown."""

from __future__ import annotations

import threading

from roost_cli.exits import RoostError
from roost_cli.model import Place
from roost_cli.output import say


class Told:
    """Tell people what is missing, and keep that something was; from any thread.

    Attributes:
        complete: nothing that was asked for is missing.
    """

    def __init__(self, *, reads_on: bool = False) -> None:
        """Begin with nothing missing; who reads on gets later what is missing now."""
        self.complete = True
        self._reads_on = reads_on
        self._lock = threading.Lock()
        self._failed: set[str] = set()

    def lost(self, where: Place | str, entries: int) -> None:
        """Tell that entries went before they could be read."""
        say(f'{where}: {entries} entries are lost: they are not kept any more')

    def failed(self, device: str, error: RoostError) -> None:
        """Tell, once for each device, that its output is missing, or the end of it."""
        with self._lock:
            self.complete = False
            is_known = device in self._failed
            self._failed.add(device)
        if not is_known:
            missing = 'is still to come' if self._reads_on else 'is missing'
            say(f'output on {device} {missing}: {error}')
