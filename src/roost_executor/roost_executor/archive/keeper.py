# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""All that has to do with output, put together: taken in, kept, and given to who asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from roost_core.desired import DesiredState
from roost_core.instance import Identity, Slot
from roost_core.package import DeviceRuntime
from roost_executor.archive.archive import Archive, Retention
from roost_executor.archive.ingest import Ingest
from roost_executor.archive.waiting import Waiting
from roost_executor.runtimes.contract import Runtime, RuntimeEvent
from roost_executor.workers import Workers

# Requests that are answered at a time.
READERS = 4


class LogKeeper:
    """Keeps the output of the instances that it hears of. May be used from any thread.

    Attributes:
        archive: what is kept.
        waiting: who waits for more.
        workers: who reads what is kept.
    """

    def __init__(
        self,
        root: Path,
        runtimes: Mapping[DeviceRuntime, Runtime],
        *,
        boot_id: str,
        retention: Retention,
        complain: Callable[[str, str], None],
        settle: Callable[[str], None],
    ) -> None:
        """Take up what is kept; see `Archive` and `Ingest`.

        Raises:
            OSError: the folder cannot be used.
        """
        self.archive = Archive(root, boot_id=boot_id, retention=retention)
        self.waiting = Waiting()
        self.workers = Workers('read logs', READERS)
        self._ingest = Ingest(self.archive, runtimes, complain=complain, settle=settle)
        self._sweeper = Workers('drop logs', 1)
        self._desired: frozenset[Slot] | None = None
        self.archive.listen(self.waiting.notify)

    def hear(self, kind: DeviceRuntime, event: RuntimeEvent) -> None:
        """Take in what a runtime tells; returns at once."""
        self._ingest.hear(kind, event)

    def finish(self, kind: DeviceRuntime, identity: Identity) -> None:
        """Wait until all that an instance which has ended wrote is kept, at most some seconds."""
        self._ingest.finish(kind, identity)

    def learn(self, state: DesiredState) -> None:
        """Take a newer desired state: the numbers of what is in it go on, whatever is dropped."""
        self._desired = frozenset(item.slot for item in state.keep)

    def tidy(self) -> None:
        """Drop what is too old, in a thread of its own; callable as often as one likes."""
        desired = self._desired
        if desired is not None and self.archive.tidying_is_due:
            is_used = desired.__contains__
            self._sweeper.submit(
                lambda: self.archive.tidy(
                    is_used=lambda slot: is_used(slot) or self._ingest.reads(slot)
                )
            )

    def close(self, timeout_sec: float) -> None:
        """Take nothing in any more, and have what is kept on the disk."""
        self.waiting.close()
        self._ingest.close(timeout_sec)
        self.archive.close()
