# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Pages of what is kept: from cursors on, filtered, with a fair share for each executable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
import re

from roost_core.instance import Slot
from roost_executor.archive.archive import Archive
from roost_executor.archive.shelf import Piece, Shelf
from roost_executor.runtimes.output_entries import TIME_LENGTH

# Looked through for one page, at most, bytes.
LOOK_BYTES = 8 << 20

# Looked through at once, while nothing passes.
CHUNK = 1 << 20

# Looked through backwards, at most, to find where a tail begins.
TAIL_BYTES = 16 << 20

_HEAD = re.compile(rb'^(\d+) \S+ (\S+) ([FP]) ', re.MULTILINE)


@dataclass(frozen=True)
class Filter:
    """Which entries are wanted; times as entries have them, empty for no bound."""

    generation: int = 0
    stream: str = ''
    since: bytes = b''
    until: bytes = b''

    def passed(self, generation: int, entries: bytes) -> bytes:
        """Give those of some entries of a generation that are wanted."""
        if self.generation not in (0, generation):
            return b''
        if self.stream:
            entries = b''.join(self._of_stream.findall(entries))
        if self.since or self.until:
            lines = entries.split(b'\n')[:-1]
            entries = b''.join(line + b'\n' for line in lines if self._is_in_time(line))
        return entries

    @property
    def passes_all(self) -> bool:
        """Tell whether every entry is wanted."""
        return not (self.generation or self.stream or self.since or self.until)

    @cached_property
    def _of_stream(self) -> re.Pattern[bytes]:
        return re.compile(rb'^\d+ \S+ %b [^\n]*\n' % self.stream.encode(), re.MULTILINE)

    def _is_in_time(self, entry: bytes) -> bool:
        at = entry.index(b' ') + 1
        moment = entry[at : at + TIME_LENGTH]
        return self.since <= moment and (not self.until or moment < self.until)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Entries of one generation of an executable that follow one another."""

    slot: Slot
    generation: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """What there is for cursors.

    Attributes:
        cursors: where to go on.
        more: there is more by now.
        lost: entries that the cursors stood at and that are not kept any more.
    """

    chunks: tuple[Chunk, ...]
    cursors: Mapping[Slot, int]
    more: bool
    lost: int


class _Reader:
    """Reads one page."""

    def __init__(self, cursors: Mapping[Slot, int], wanted: Filter) -> None:
        self.after = dict(cursors)
        self.chunks: list[Chunk] = []
        self.lost = 0
        self.look = LOOK_BYTES
        self._wanted = wanted

    def read(self, slot: Slot, shelf: Shelf, share: int) -> int:
        """Take about so many bytes of an executable; give how many it were."""
        given, most = 0, share
        while given < share and self.look > 0:
            piece = shelf.read(self.after[slot], most)
            if piece is None:
                break
            passed = self._wanted.passed(piece.generation, piece.data)
            if len(passed) > 2 * share and most > share:
                most = share  # from here on many are wanted: not so many at once
                continue
            self._take(slot, piece, passed)
            given += len(passed)
            most = max(share - given, 1) if passed else CHUNK
        return given

    def _take(self, slot: Slot, piece: Piece, passed: bytes) -> None:
        self.look -= max(len(piece.data), 1)
        self.lost += piece.lost
        self.after[slot] = piece.next
        if passed:
            self.chunks.append(Chunk(slot, piece.generation, passed))


def read(archive: Archive, cursors: Mapping[Slot, int], wanted: Filter, max_bytes: int) -> Page:
    """Read a page of about so many bytes. What is not wanted is looked through to a bound."""
    reader = _Reader(cursors, wanted)
    shelves = shelves_of(archive, cursors)
    left = max_bytes
    for _ in range(2):  # what some leave of their share is for the others
        waiting = [slot for slot in shelves if shelves[slot].next > max(reader.after[slot], 1)]
        for number, slot in enumerate(waiting):
            share = left // (len(waiting) - number)
            if share > 0:
                left -= reader.read(slot, shelves[slot], share)
    more = any(shelves[slot].next > max(reader.after[slot], 1) for slot in shelves)
    return Page(tuple(reader.chunks), reader.after, more, reader.lost)


def shelves_of(archive: Archive, slots: Iterable[Slot]) -> dict[Slot, Shelf]:
    """Give the shelves of executables, as far as anything is known of them."""
    known = {deployment: archive.of(deployment) for deployment in {s.deployment_id for s in slots}}
    found = ((slot, known[slot.deployment_id].get(slot)) for slot in slots)
    return {slot: shelf for slot, shelf in found if shelf is not None}


def tail(shelf: Shelf, wanted: Filter, count: int) -> int:
    """Find the number from which on an executable has so many wanted lines.

    Among what is too far back to be looked at, every entry is taken for a line.
    """
    if wanted.passes_all and count >= shelf.next - shelf.first:
        return shelf.first
    lines = _LastLines(count)
    found, look, generation = shelf.next, TAIL_BYTES, 0
    for segment in reversed(shelf.segments):
        if segment.generation != generation:
            generation = segment.generation
            lines.begin_is_reached()
        end = segment.size
        while end and look > 0 and not lines.are_found:
            try:
                data, begin = segment.before(end, CHUNK)
            except FileNotFoundError:
                return found
            look -= end - begin
            end = begin
            found = lines.before(wanted.passed(generation, data)) or found
            if not lines.left:
                look = min(look, CHUNK)
    return max(shelf.first, found - lines.left) if wanted.passes_all else found


class _LastLines:
    """Finds where the last lines begin, from entries that are given from the end on.

    Attributes:
        left: lines that are still to be found.
    """

    def __init__(self, count: int) -> None:
        self.left = count
        self._seen: set[bytes] = set()
        self._open: set[bytes] = set()  # streams of whose line there may be more before

    @property
    def are_found(self) -> bool:
        return not self.left and not self._open

    def begin_is_reached(self) -> None:
        """Take what was found for whole lines: what is before belongs to others."""
        self._seen.clear()
        self._open.clear()

    def before(self, entries: bytes) -> int | None:
        """Look through entries before those of the last call; give the first of a wanted line."""
        first = None
        for entry in reversed(tuple(_HEAD.finditer(entries))):
            number, stream, end = entry.groups()
            if end == b'F' or stream not in self._seen:  # another line of this stream
                self._seen.add(stream)
                self._open.discard(stream)
                if self.left:
                    self.left -= 1
                    self._open.add(stream)
            if stream in self._open:
                first = int(number)
            elif self.are_found:
                break
        return first
