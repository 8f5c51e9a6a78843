# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""When to look: soon after a sign of a change, again while things are unsettled, seldom else."""

from __future__ import annotations

from collections.abc import Callable
import threading
import time
import traceback

# Discoveries mostly agree within seconds. So long looks follow one another after a sign of a
# change; then each pause is twice the one before, up to the slow resync.
_UNSETTLED_SEC = 5.0
_UNSETTLED_PAUSE_SEC = 0.1
# After a long look there is a rest as long, up to this; a burst of changes must not eat a core.
_LONGEST_REST_SEC = 0.5
# Looks without cause take at most this share of the time.
_IDLE_SHARE = 1 / 50
_JOIN_SEC = 2.0


class Watcher:
    """Calls a look on a thread of its own.

    Two discoveries run beside one another, that of ROS and the one that wakes us; either may be
    ahead. A look therefore tells whether all is settled, and if not there is another one; or it
    tells in how many seconds there is to be another one, at the latest.
    """

    def __init__(
        self,
        look: Callable[[], bool | float],
        *,
        debounce_sec: float,
        resync_sec: float,
        complain: Callable[[str], None],
        name: str = 'watcher',
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare; `start` begins.

        Args:
            complain: told of what went wrong in a look and ended nothing.
            name: of the thread.
            at_end: called on the thread after the last look.
        """
        self._look = look
        self._debounce_sec = debounce_sec
        self.resync_sec = resync_sec
        self._complain = complain
        self._at_end = at_end
        self._woken = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Look at once, and then whenever there is cause."""
        self._woken.set()
        self._thread.start()

    def wake(self) -> None:
        """Tell that something may have changed; callable from any thread, returns at once."""
        self._woken.set()

    def end(self) -> None:
        """End soon; callable from any thread, returns at once."""
        self._closing.set()
        self._woken.set()

    def close(self) -> None:
        """End; a look that is under way ends first."""
        self.end()
        if self._thread.is_alive():
            self._thread.join(_JOIN_SEC)

    def _run(self) -> None:
        self._watch()
        self._at_end()

    def _watch(self) -> None:
        pause = self.resync_sec
        woken_at = 0.0
        while True:
            if self._woken.wait(pause):
                # One change seldom comes alone.
                self._closing.wait(self._debounce_sec)
                self._woken.clear()
                woken_at = time.monotonic()
            if self._closing.is_set():
                return
            started = time.monotonic()
            settled = self._guarded()
            took = time.monotonic() - started
            slowly = max(self.resync_sec, took / _IDLE_SHARE)
            if not isinstance(settled, bool):
                pause = min(max(settled, 0.0), slowly)
            elif settled:
                pause = slowly
            elif time.monotonic() - woken_at < _UNSETTLED_SEC:
                pause = _UNSETTLED_PAUSE_SEC
            else:
                pause = min(pause * 2, slowly)
            self._closing.wait(min(took, _LONGEST_REST_SEC))

    def _guarded(self) -> bool | float:
        try:
            return self._look()
        except Exception:  # noqa: BLE001 - told, and the next look comes
            self._complain(f'a look failed:\n{traceback.format_exc()}')
            return False
