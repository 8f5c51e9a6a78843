# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What was written: the output of all executables on all devices, in the order of its time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
import heapq
from operator import attrgetter

from roost_cli.exits import RoostError
from roost_cli.logs.device import DeviceLogs
from roost_cli.logs.entries import Line, Lines
from roost_cli.logs.forms import Form
from roost_cli.logs.told import Told
from roost_cli.model import LogChunk, Place

PATIENCE_SEC = 10.0
FIRST_PATIENCE_SEC = 6.0  # it was there a moment ago, or it has just been lost
PAGE_BYTES = 512 * 1024

# Lines are gathered before they are written.
_BATCH_BYTES = 64 * 1024

_by_time = attrgetter('time')


class Source:
    """Read what one executable has written until now, page by page.

    Attributes:
        cursor: where to go on behind all that was read.
        wrote: it has written something, kept or not, wanted or not.
        lines: puts entries together; a line that is not ended yet stays open in it.
    """

    def __init__(self, device: DeviceLogs, place: Place, end: int) -> None:
        """Begin at the oldest entry that is kept, or where the tail begins.

        Args:
            end: number of the entry that will be written next.
        """
        self.device = device
        self.place = place
        self.cursor = end if device.tail == 0 else 0
        self.wrote = end > 1
        self.lines = Lines(device.device, place)
        self._tail = device.tail

    def chunks(self, told: Told) -> Iterator[LogChunk]:
        """Read to the end, or as far as the device answers."""
        more = self._tail != 0
        while more:
            try:
                page = self.device.read(
                    {self.place: self.cursor},
                    tail=self._tail or 0,
                    max_bytes=PAGE_BYTES,
                    patience_sec=PATIENCE_SEC,
                )
            except RoostError as error:
                told.failed(self.device.device, error)
                return
            if page.lost:
                told.lost(self.place, page.lost)
            more = page.more and page.cursors[self.place] != self.cursor
            self.cursor = page.cursors[self.place]
            self._tail = None
            yield from page.chunks


def sources_of(device: DeviceLogs) -> list[Source]:
    """Find the executables whose output a device keeps.

    The tail is cut from what is there now: who reads on gets all that is written later.

    Raises:
        RoostError: the device cannot be asked, or did not answer.
    """
    ends = device.ends(patience_sec=FIRST_PATIENCE_SEC)
    sources = [Source(device, place, ends[place]) for place in sorted(ends)]
    device.tail = None
    return sources


def written(
    sources: Sequence[Source], form: Form, told: Told, *, keep_open: bool
) -> Iterator[bytes]:
    """Give all that they have written, in the order of its time, as blocks of a form.

    Clocks of devices may go back: then lines stay in the order of their executable.

    Args:
        keep_open: lines that are not ended are left to who reads on.
    """
    for source in sources:
        form.know(source.place)
    if len(sources) == 1:
        (source,) = sources
        for chunk in source.chunks(told):
            yield block_of(source.lines, chunk, form)
        if not keep_open:
            yield from map(form.line, source.lines.rest())
        return
    merged = heapq.merge(*(_lines(each, told, keep_open) for each in sources), key=_by_time)
    yield from batches(map(form.line, merged))


def block_of(lines: Lines, chunk: LogChunk, form: Form) -> bytes:
    """Write a chunk: as a whole if that can be done, else line by line."""
    whole = form.lines_of(chunk) if lines.is_plain(chunk) else None
    return b''.join(map(form.line, lines.of(chunk))) if whole is None else whole


def batches(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Join lines to blocks."""
    gathered: list[bytes] = []
    size = 0
    for line in lines:
        gathered.append(line)
        size += len(line)
        if size >= _BATCH_BYTES:
            yield b''.join(gathered)
            gathered.clear()
            size = 0
    yield b''.join(gathered)


def _lines(source: Source, told: Told, keep_open: bool) -> Iterator[Line]:
    for chunk in source.chunks(told):
        yield from source.lines.of(chunk)
    if not keep_open:
        yield from source.lines.rest()
