# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The kept output of one executable, over all its generations."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
import errno
from itertools import count
import os
from pathlib import Path
import threading

from roost_core.instance import Slot
from roost_executor.archive.record import RecordFile
from roost_executor.archive.segment import Segment
from roost_executor.runtimes.contract import Output

RECORD = 'record'

# So many numbers are reserved at once, so that a power cut gives none of them twice.
RESERVE_FIRST, RESERVE_MOST = 1024, 1 << 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """When a segment is ended: at so many bytes, after so many seconds of uptime."""

    segment_bytes: int = 8 << 20
    segment_sec: float = 60480.0


@dataclass(frozen=True, slots=True)
class Piece:
    """Entries as they are kept.

    Attributes:
        next: number of the entry after them.
        lost: numbers before them that were asked for and are not kept.
    """

    generation: int
    data: bytes
    next: int
    lost: int = 0


class Shelf:
    """Appends entries and gives them by number. May be used from any thread.

    A block of entries is kept when the record says so: it is written after the block. Of what the
    record does not tell nothing is given, and it is overwritten, for the instance's output will be
    read again from the position that the record has.
    """

    def __init__(
        self,
        path: Path,
        slot: Slot,
        *,
        boot_id: str,
        uptime_sec: Callable[[], float],
        cut: Cut,
    ) -> None:
        """Open it, or begin it.

        Raises:
            OSError: it cannot be read or written.
        """
        self.slot = slot
        self.path = path
        self._boot_id = boot_id
        self._uptime_sec = uptime_sec
        self._cut = cut
        self._lock = threading.Lock()
        self._file = -1
        self._broken = False  # the next entry does not follow the last one that is there
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._segments = sorted(
            filter(None, map(Segment.found, path.iterdir())), key=lambda segment: segment.first
        )
        self._kept = RecordFile(path / RECORD)
        self._reserve = RESERVE_FIRST
        self._recover()

    @property
    def next(self) -> int:
        """Number of the entry that comes next."""
        return self._kept.last.next

    @property
    def first(self) -> int:
        """Number of the oldest entry that is kept; that of the next one if none is."""
        with self._lock:
            return self._segments[0].first if self._segments else self.next

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        with self._lock:
            return sum(segment.size for segment in self._segments)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """What it is made of, oldest first."""
        with self._lock:
            return tuple(self._segments)

    @property
    def is_written(self) -> bool:
        """Tell whether an instance writes to it."""
        return self._file >= 0

    def position(self, token: str) -> str:
        """Give how far the output of an instance is kept; empty if not at all."""
        return self._kept.last.positions.get(token, '')

    def forget(self, token: str) -> None:
        """Forget the position of an instance that is gone."""
        with self._lock:
            positions = {**self._kept.last.positions}
            if positions.pop(token, None) is not None:
                self._kept.write(replace(self._kept.last, positions=positions))

    def append(self, output: Output, *, generation: int, token: str) -> int:
        """Keep entries of an instance, all or none; give the bytes that they take.

        Raises:
            OSError: the disk does not take them.
        """
        lines = output.entries.split(b'\n')
        lines.pop()
        with self._lock:
            last = self._kept.last
            numbered = [b'%d %b\n' % each for each in zip(count(last.next), lines)]
            data = b''.join(numbered)
            segment = self._open(generation, len(data))
            self._write(segment, data)
            after = last.next + len(lines)
            reserved = last.reserved
            if after > reserved:
                reserved = after + self._reserve
                self._reserve = min(2 * self._reserve, RESERVE_MOST)
            self._kept.write(
                replace(
                    last,
                    boot_id=self._boot_id,
                    next=after,
                    reserved=reserved,
                    segment=segment.first,
                    size=segment.size + len(data),
                    positions=last.at(token, output.position),
                ),
                durable=reserved != last.reserved,
            )
            segment.size += len(data)
            return len(data)

    def read(self, number: int, most: int) -> Piece | None:
        """Give entries from a number on, about so many bytes; None when there are none yet."""
        asked = max(number, 1)
        while True:
            with self._lock:
                segments, end = tuple(self._segments), self.next
            if asked >= end:
                return None
            at = bisect_right(segments, asked, key=lambda segment: segment.first) - 1
            try:
                for segment in segments[max(at, 0) :]:
                    start = max(asked, segment.first)
                    if data := segment.read(start, most):
                        after = start + data.count(b'\n')
                        lost = start - asked if number > 1 else 0
                        return Piece(segment.generation, data, after, lost)
            except FileNotFoundError:  # it was removed meanwhile: look again
                continue
            return Piece(0, b'', end, end - asked if number > 1 else 0)

    def remove_oldest(self) -> int:
        """Remove the oldest segment, also the one that is written to; give its bytes."""
        with self._lock:
            if not self._segments:
                return 0
            segment = self._segments.pop(0)
            if not self._segments:
                self._close_segment()
            segment.path.unlink(missing_ok=True)
            return segment.size

    def close(self) -> None:
        """Let go of files; what is kept is on the disk then. It may be gone on with."""
        with self._lock:
            if self._file >= 0:
                os.fsync(self._file)
            self._close_segment()
            last = self._kept.last
            if last.reserved != last.next:
                self._kept.write(replace(last, reserved=last.next), durable=True)
                self._reserve = RESERVE_FIRST
            self._kept.close()

    def _open(self, generation: int, size: int) -> Segment:
        """Give the segment to write to; begin one if need be."""
        segment = self._segments[-1] if self._segments and not self._broken else None
        if (
            segment is not None
            and segment.generation == generation
            and segment.size + size <= self._cut.segment_bytes
            and self._uptime_sec() - segment.began_sec <= self._cut.segment_sec
        ):
            if self._file < 0:
                self._file = os.open(segment.path, os.O_WRONLY | os.O_CLOEXEC)
            return segment
        self._close_segment()
        fresh = Segment.named(self.path, self.next, generation, int(self._uptime_sec()))
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        self._file = os.open(fresh.path, flags, 0o600)
        self._segments.append(fresh)
        self._broken = False
        return fresh

    def _write(self, segment: Segment, data: bytes) -> None:
        try:
            written = os.pwrite(self._file, data, segment.size)
            if written < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            os.ftruncate(self._file, segment.size)
            raise

    def _close_segment(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _recover(self) -> None:
        """Go on where the record says that it ended."""
        last = self._kept.last
        newest = self._segments[-1] if self._segments else None
        if newest is not None and newest.first >= last.next and last.sequence:
            newest.path.unlink()  # it was begun, and nothing of it was kept
            self._segments.pop()
            newest = self._segments[-1] if self._segments else None
        is_known = newest is not None and newest.first == last.segment
        if newest is not None and is_known and newest.size > last.size:
            os.truncate(newest.path, last.size)
            newest.size = last.size
        is_whole = newest is None or (is_known and newest.size == last.size)
        if is_whole and (last.boot_id == self._boot_id or last.reserved == last.next):
            return
        readable = 1
        if newest is not None:
            readable = newest.check()
            if not newest.size:
                newest.path.unlink()
                self._segments.pop()
        # No number is given twice, although a power cut may have taken back which were given.
        number = max(last.next, readable)
        if last.boot_id != self._boot_id:
            number = max(number, last.reserved)
        self._broken = number != readable
        if number != last.next:
            fresh = replace(last, next=number, reserved=number, boot_id=self._boot_id)
            self._kept.write(fresh)
