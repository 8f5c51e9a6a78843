# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The kept output of all executables of the device, and what is dropped of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
import logging
import os
from pathlib import Path
import re
import shutil
import threading
import time

from roost_core.instance import Identity, Slot
from roost_core.names import DeploymentId
from roost_executor.archive.segment import Segment
from roost_executor.archive.shelf import Cut, Shelf
from roost_executor.archive.uptime import Uptime
from roost_executor.runtimes.contract import Output

logger = logging.getLogger(__name__)

# Between looks at what is too old.
TIDY_SEC = 60.0

# The archive gives room to others as long as it is larger than this.
SMALL_BYTES = 64 << 20

# Room on the disk that is left to others; of a small disk, a fiftieth.
SPARE_BYTES = 32 << 20
SPARE_PART = 50

# Between looks at the free room, bytes that are written.
LOOK_BYTES = 1 << 20

# Segments that are written at most a tenth of the time that is kept.
PARTS = 10


_FOLDER = re.compile(r'[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}')


class ArchiveFull(Exception):
    """The disk takes no more, and what is kept is not what fills it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What is kept: so long (uptime of the device), so many bytes."""

    age_sec: float = 7 * 86400.0
    executable_bytes: int = 256 << 20
    total_bytes: int = 2 << 30

    @property
    def cut(self) -> Cut:
        """Give when segments are ended, so that dropping whole ones comes near enough."""
        least = min(self.executable_bytes, self.total_bytes)
        return Cut(
            segment_bytes=max(1 << 16, min(8 << 20, least // PARTS)),
            segment_sec=self.age_sec / PARTS,
        )


class Archive:
    """Shelves by deployment, component and executable. May be used from any thread."""

    def __init__(
        self,
        root: Path,
        *,
        boot_id: str,
        retention: Retention,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take up what is kept.

        Raises:
            OSError: the folder cannot be made or read.
        """
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._root = root
        self._boot_id = boot_id
        self._retention = retention
        self._monotonic = monotonic
        self._uptime = Uptime(root / 'uptime', monotonic=monotonic)
        self._lock = threading.Lock()
        self._shelves: dict[DeploymentId, dict[Slot, Shelf]] = {}
        self._listeners: list[Callable[[Slot], None]] = []
        self._tidied_at = monotonic()
        self._unlooked = LOOK_BYTES
        for slot in _found(root):
            try:
                self.shelf(slot)
            except (OSError, ValueError):
                logger.exception("what '%s' wrote cannot be read", slot)
        self._bytes = sum(shelf.size for shelf in self._all())

    def shelf(self, slot: Slot) -> Shelf:
        """Give the shelf of an executable; an empty one if nothing is kept of it.

        Raises:
            OSError: it cannot be made.
            ValueError: its names are none.
        """
        names = (slot.deployment_id, slot.component, slot.executable)
        if not all(_FOLDER.fullmatch(name) for name in names):
            raise ValueError(f"'{slot}' cannot be the name of a folder")
        with self._lock:
            shelves = self._shelves.setdefault(slot.deployment_id, {})
            shelf = shelves.get(slot)
            if shelf is None:
                shelf = shelves[slot] = Shelf(
                    self._root / slot.deployment_id / slot.component / slot.executable,
                    slot,
                    boot_id=self._boot_id,
                    uptime_sec=self._uptime,
                    cut=self._retention.cut,
                )
            return shelf

    def of(self, deployment: DeploymentId) -> dict[Slot, Shelf]:
        """Give the shelves of a deployment, in order of their names."""
        with self._lock:
            return dict(sorted(self._shelves.get(deployment, {}).items()))

    def listen(self, listener: Callable[[Slot], None]) -> None:
        """Call when an executable has written; the listener must return soon."""
        self._listeners.append(listener)

    def keep(self, identity: Identity, output: Output) -> None:
        """Keep what an instance wrote, all or nothing; drop what is too much by that.

        Raises:
            ArchiveFull: the disk is full, or does not work.
        """
        self._look_for_room(len(output.entries))
        try:
            shelf = self.shelf(identity.slot)
            size = shelf.append(output, generation=identity.generation, token=identity.token)
        except OSError as error:
            if not self._give_room():
                raise ArchiveFull(error.strerror or str(error)) from error
            try:
                size = shelf.append(output, generation=identity.generation, token=identity.token)
            except OSError as again:
                raise ArchiveFull(again.strerror or str(again)) from again
        with self._lock:
            self._bytes += size
        while shelf.size > self._retention.executable_bytes and len(shelf.segments) > 1:
            self._remove_oldest(shelf)
        while self._bytes > self._retention.total_bytes and self._drop_oldest():
            pass
        for listener in self._listeners:
            listener(identity.slot)

    def position(self, identity: Identity) -> str:
        """Give how far the output of an instance is kept; empty if not at all.

        Raises:
            ArchiveFull: the disk is full, or does not work.
        """
        try:
            return self.shelf(identity.slot).position(identity.token)
        except OSError as error:
            raise ArchiveFull(error.strerror or str(error)) from error

    def forget(self, identity: Identity) -> None:
        """Forget how far the output of an instance that is gone was read."""
        self._with(identity.slot, lambda shelf: shelf.forget(identity.token))

    def rest(self, slot: Slot) -> None:
        """Have on the disk what an executable wrote that writes nothing for now."""
        self._with(slot, Shelf.close)

    @property
    def tidying_is_due(self) -> bool:
        """Tell whether it is time to look for what is too old."""
        return self._monotonic() - self._tidied_at >= TIDY_SEC

    def tidy(self, *, is_used: Callable[[Slot], bool]) -> None:
        """Drop what is too old.

        Args:
            is_used: tells of executables whose folders stay although nothing of them is kept.
        """
        self._tidied_at = self._monotonic()
        self._uptime.keep()
        oldest = self._uptime() - self._retention.age_sec * (1 + 1 / PARTS)
        for shelf in self._all():
            try:
                while (segments := shelf.segments) and segments[0].began_sec < oldest:
                    self._remove_oldest(shelf)
                if not segments and not is_used(shelf.slot):
                    self._discard(shelf)
            except OSError as error:
                logger.warning("old output of '%s' stays for now: %s", shelf.slot, error)

    def close(self) -> None:
        """Have all that is kept on the disk."""
        for shelf in self._all():
            self._with(shelf.slot, Shelf.close)
        self._uptime.keep(at_once=True)

    def _with(self, slot: Slot, task: Callable[[Shelf], None]) -> None:
        shelf = self.of(slot.deployment_id).get(slot)
        if shelf is None:
            return
        try:
            task(shelf)
        except OSError as error:
            logger.warning("the output of '%s' may not be on the disk: %s", slot, error)

    def _all(self) -> list[Shelf]:
        with self._lock:
            return [shelf for shelves in self._shelves.values() for shelf in shelves.values()]

    def _look_for_room(self, size: int) -> None:
        """Leave some room on the disk to others.

        Raises:
            ArchiveFull: there is none.
        """
        with self._lock:
            self._unlooked += size
            if self._unlooked < LOOK_BYTES:
                return
            self._unlooked = 0
        while True:
            disk = os.statvfs(self._root)
            spare = min(SPARE_BYTES, disk.f_blocks * disk.f_frsize // SPARE_PART)
            if disk.f_bavail * disk.f_frsize >= spare:
                return
            if not self._give_room():
                with self._lock:
                    self._unlooked = LOOK_BYTES
                raise ArchiveFull('the disk is full')

    def _give_room(self) -> bool:
        """Drop the oldest output if there is much of it."""
        return self._bytes > SMALL_BYTES and self._drop_oldest()

    def _drop_oldest(self) -> bool:
        """Drop what is oldest of all; what is being written only when there is nothing else."""
        candidates: list[tuple[bool, int, int, Shelf]] = []
        for number, shelf in enumerate(self._all()):
            segments: tuple[Segment, ...] = shelf.segments
            if segments:
                is_written = len(segments) == 1 and shelf.is_written
                candidates.append((is_written, segments[0].began_sec, number, shelf))
        if not candidates:
            return False
        self._remove_oldest(min(candidates)[-1])
        return True

    def _remove_oldest(self, shelf: Shelf) -> None:
        size = shelf.remove_oldest()
        with self._lock:
            self._bytes -= size

    def _discard(self, shelf: Shelf) -> None:
        """Remove the folder of an executable of which nothing is left."""
        with self._lock:
            del self._shelves[shelf.slot.deployment_id][shelf.slot]
            if not self._shelves[shelf.slot.deployment_id]:
                del self._shelves[shelf.slot.deployment_id]
        shelf.close()
        shutil.rmtree(shelf.path)
        for folder in (shelf.path.parent, shelf.path.parent.parent):
            try:
                folder.rmdir()
            except OSError:  # there is more in it
                return


def _found(root: Path) -> Iterator[Slot]:
    """Find the executables of which something is kept."""
    for path in root.glob('*/*/*/'):
        deployment, component, executable = path.relative_to(root).parts
        yield Slot(DeploymentId(deployment), component, executable)
