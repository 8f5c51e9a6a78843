# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Output of the runtime in memory, being read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roost_core.instance import Identity
from roost_executor.runtimes.contract import Output

if TYPE_CHECKING:
    from roost_executor.runtimes.fake import FakeRuntime


class FakeLogs:
    """Reads what an instance wrote; positions are numbers of what was written."""

    def __init__(self, runtime: FakeRuntime, identity: Identity, after: str) -> None:
        self._runtime = runtime
        self._identity = identity
        self._next = int(after or '0')
        self._closing = False

    def read(self) -> Output | None:
        """See the contract."""
        with self._runtime.wrote:
            while not self._closing:
                if self._runtime.away is not None:
                    raise self._runtime.away
                written = self._runtime.written(self._identity)
                if self._next < len(written):
                    entries = b''.join(written[self._next :])
                    self._next = len(written)
                    return Output(entries, str(self._next))
                if not self._runtime.runs(self._identity):
                    return None
                self._runtime.wrote.wait()
            return None

    def close(self) -> None:
        """See the contract."""
        with self._runtime.wrote:
            self._closing = True
            self._runtime.wrote.notify_all()
