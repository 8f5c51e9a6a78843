# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Looking for images: once for all who look at about the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
import threading
import time

from roost_executor.runtimes.contract import Runtime

# How long an answer is good for. An image that vanishes meanwhile is missed by the creation.
FRESH_SEC = 0.5


class Images:
    """Tell which images are here, for any thread.

    A fleet often starts many executables of few images: each look costs an engine milliseconds.
    """

    def __init__(
        self, runtime: Runtime, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Prepare."""
        self._runtime = runtime
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._looks: dict[tuple[str, str], tuple[float, Future[str | None]]] = {}

    def digest(self, reference: str, digest: str = '') -> str | None:
        """Give the digest of an image that is here, or None.

        Args:
            digest: of the very image that is meant, whatever its name means by now.

        Raises:
            RuntimeFault: it cannot be told.
        """
        now = self._monotonic()
        with self._lock:
            began, look = self._looks.get((reference, digest), (0.0, None))
            mine = look is None or (look.done() and now - began > FRESH_SEC)
            if mine or look is None:
                look = Future()
                self._looks = {
                    name: known
                    for name, known in self._looks.items()
                    if now - known[0] <= FRESH_SEC
                }
                self._looks[reference, digest] = (now, look)
        if mine:
            try:
                look.set_result(self._runtime.image(reference, digest=digest))
            except BaseException as error:
                look.set_exception(error)
                self.forget(reference)
                raise
        return look.result()

    def forget(self, reference: str) -> None:
        """Look anew next time."""
        with self._lock:
            for known in [each for each in self._looks if each[0] == reference]:
                del self._looks[known]
