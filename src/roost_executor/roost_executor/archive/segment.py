# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Files of entries that follow one another, and finding one of them by its number."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
import os
from pathlib import Path
import re

# An entry is much shorter than this: a line has 16 KiB at most, and goes on in the next entry.
ENTRY_BYTES = 65536

# Places that are remembered, one for each who reads along.
MOST_PLACES = 16

_NAME = re.compile(r'(\d{20})-(\d+)-(\d+)\.log')


@dataclass(slots=True, eq=False)
class Segment:
    """A file of entries of one generation; numbers in it rise by one.

    Attributes:
        first: number of its first entry.
        began_sec: uptime at which it was begun.
        size: bytes of it that are kept.
    """

    path: Path
    first: int
    generation: int
    began_sec: int
    size: int = 0
    _places: OrderedDict[int, int] = field(default_factory=OrderedDict)

    @classmethod
    def named(cls, folder: Path, first: int, generation: int, began_sec: int) -> Segment:
        """Give a segment that begins now."""
        path = folder / f'{first:020}-{generation}-{began_sec}.log'
        return cls(path, first, generation, began_sec)

    @classmethod
    def found(cls, path: Path) -> Segment | None:
        """Give the segment of a file; None if it is none."""
        name = _NAME.fullmatch(path.name)
        if name is None:
            return None
        first, generation, began_sec = map(int, name.groups())
        return cls(path, first, generation, began_sec, path.stat().st_size)

    def read(self, number: int, most: int) -> bytes:
        """Give whole entries from a number on, about so many bytes, and at least one entry.

        None are given at the end of what is there, or can be read.

        Raises:
            FileNotFoundError: it is not kept any more.
        """
        file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = self.size
            at = self._place(file, number, size)
            if at is None:
                return b''
            data = self._whole(os.pread(file, min(most, size - at), at))
            if not data:
                data = self._first_of(os.pread(file, min(ENTRY_BYTES, size - at), at))
            data = sound(data, number)
            if data:
                self._remember(number_after(data), at + len(data))
            return data
        finally:
            os.close(file)

    def check(self) -> int:
        """Find out how far it can be read, from its beginning; give the number after that.

        What cannot be read is cut off.
        """
        number, at = self.first, 0
        with self.path.open('rb') as file:
            while chunk := self._whole(os.pread(file.fileno(), 1 << 20, at)):
                good = sound(chunk, number)
                at += len(good)
                number += good.count(b'\n')
                if good != chunk:
                    break
        if at != self.path.stat().st_size:
            os.truncate(self.path, at)
        self.size = at
        return number

    def before(self, end: int, most: int) -> tuple[bytes, int]:
        """Give whole entries that end at a place, at most so many bytes, and where they begin."""
        begin = max(0, end - most)
        file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            data = os.pread(file, end - begin, begin)
        finally:
            os.close(file)
        if begin:
            cut = data.find(b'\n') + 1
            data, begin = data[cut:], begin + cut
        return data, begin

    @staticmethod
    def _whole(data: bytes) -> bytes:
        return data[: data.rfind(b'\n') + 1]

    @staticmethod
    def _first_of(data: bytes) -> bytes:
        return data[: data.find(b'\n') + 1]

    def _place(self, file: int, number: int, size: int) -> int | None:
        """Find where an entry begins; None if it is not there."""
        known = self._places.get(number)
        if known is not None:
            return known
        low, at_low = self.first, 0
        high = size
        while high - at_low > 2 * ENTRY_BYTES:
            middle = (at_low + high) // 2
            data = os.pread(file, ENTRY_BYTES, middle)
            cut = data.find(b'\n') + 1
            found = number_of(data[cut : cut + 32]) if cut else None
            if found is None:
                return None
            if found <= number:
                low, at_low = found, middle + cut
            else:
                high = middle
        data = os.pread(file, min(size, high + ENTRY_BYTES) - at_low, at_low)
        lines = data.split(b'\n', number - low)
        if len(lines) <= number - low:
            return None
        return at_low + len(data) - len(lines[-1])

    def _remember(self, number: int, at: int) -> None:
        self._places[number] = at
        while len(self._places) > MOST_PLACES:
            self._places.popitem(last=False)


def number_of(entry: bytes) -> int | None:
    """Give the number of an entry; None if it begins with none."""
    digits = entry.partition(b' ')[0]
    return int(digits) if digits.isdigit() else None


def number_after(entries: bytes) -> int:
    """Give the number after the last of some entries that are sound."""
    last = entries[entries.rfind(b'\n', 0, len(entries) - 1) + 1 :]
    return int(last.partition(b' ')[0]) + 1


def sound(entries: bytes, number: int) -> bytes:
    """Give those entries that can be read: the first has the number, and each the next one."""
    if not entries:
        return entries
    count = entries.count(b'\n')
    last = entries[entries.rfind(b'\n', 0, len(entries) - 1) + 1 :]
    if number_of(entries[:32]) == number and number_of(last[:32]) == number + count - 1:
        return entries
    at = 0
    for line in entries.split(b'\n')[:-1]:
        if number_of(line[:32]) != number:
            break
        number += 1
        at += len(line) + 1
    return entries[:at]
