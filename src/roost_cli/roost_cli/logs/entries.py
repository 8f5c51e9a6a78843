# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Entries of output as they travel, and the lines that they are parts of; see LogChunk.msg."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import re

from roost_cli.model import LogChunk, Place

# A program that never ends its line is shown in pieces of this size.
MAX_LINE = 16 * 2**20

HEADER = re.compile(rb'^\d+ (\S+) \S+ F ', re.MULTILINE)
_ENTRY = re.compile(rb'^(\d+) (\S+) (\S+) ([FP]) (.*)\n', re.MULTILINE)
_NOT_PLAIN = re.compile(rb'^\d+ \S+ (?:\S+ P|roost F) ', re.MULTILINE)


@dataclass(slots=True)
class Line:
    """A whole line of output.

    Attributes:
        time: of its first entry, RFC 3339 in UTC with nine digits of a second, so that times
            are in the order of their bytes.
        device: that ran it.
        number: of its first entry.
        stream: stdout, stderr, or roost.
    """

    time: bytes
    device: str
    place: Place
    generation: int
    number: int
    stream: bytes
    text: bytes


class Lines:
    """Put the entries of one executable together to lines."""

    def __init__(self, device: str, place: Place) -> None:
        self._device = device
        self._place = place
        self._open: dict[bytes, tuple[Line, list[bytes], int]] = {}
        self._generation = 0

    def is_plain(self, chunk: LogChunk) -> bool:
        """Tell whether each entry of the chunk is a line of the program."""
        return not self._open and _NOT_PLAIN.search(chunk.data) is None

    def of(self, chunk: LogChunk) -> Iterator[Line]:
        """Give the lines that end in this chunk, which follows the last one."""
        if chunk.generation != self._generation:
            yield from self.rest()
            self._generation = chunk.generation
        for number, time, stream, end, text in _ENTRY.findall(chunk.data):
            if end == b'F' and not self._open:
                yield self._begun(time, chunk.generation, number, stream, text)
                continue
            if stream not in self._open:
                begun = self._begun(time, chunk.generation, number, stream)
                self._open[stream] = begun, [], 0
            line, parts, size = self._open.pop(stream)
            parts.append(text)
            size += len(text)
            if end == b'P' and size < MAX_LINE:
                self._open[stream] = line, parts, size
            else:
                line.text = b''.join(parts)
                yield line

    def rest(self) -> Iterator[Line]:
        """Give the lines that were not ended."""
        for line, parts, _ in self._open.values():
            line.text = b''.join(parts)
            yield line
        self._open.clear()

    def _begun(
        self, time: bytes, generation: int, number: bytes, stream: bytes, text: bytes = b''
    ) -> Line:
        return Line(time, self._device, self._place, generation, int(number), stream, text)
