# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a program wrote, addressed by byte, kept until it was read and a while longer."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from roost_executor.runtimes.interactive import Stream, Written

# Of what nobody has acknowledged; then the program is held up.
UNREAD_BYTES = 1 << 20

# Of what was acknowledged, for who comes back.
SCROLLBACK_BYTES = 128 << 10

CHUNK_BYTES = 64 << 10


@dataclass(slots=True)
class _Chunk:
    """Neighbouring bytes of one stream."""

    start: int
    stream: Stream
    data: bytearray

    @property
    def end(self) -> int:
        return self.start + len(self.data)


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of an output.

    Attributes:
        offset: of its first byte.
        next_offset: behind its last one.
    """

    offset: int
    next_offset: int
    written: tuple[Written, ...] = ()


class Output:
    """Bytes by offset, from 0 at the start of the program. Not for several threads at once.

    What was not acknowledged is never dropped.
    """

    def __init__(
        self, *, unread_bytes: int = UNREAD_BYTES, scrollback_bytes: int = SCROLLBACK_BYTES
    ) -> None:
        """Begin empty."""
        self._unread_bytes = unread_bytes
        self._scrollback_bytes = scrollback_bytes
        self._chunks: deque[_Chunk] = deque()
        self._acknowledged = 0
        self.end = 0

    @property
    def first(self) -> int:
        """Offset of the oldest byte that is kept."""
        return self._chunks[0].start if self._chunks else self.end

    @property
    def has_room(self) -> bool:
        """Tell whether the program may go on."""
        return self.end - self._acknowledged < self._unread_bytes

    def put(self, written: Written) -> None:
        """Add what the program wrote."""
        last = self._chunks[-1] if self._chunks else None
        if last is not None and last.stream is written.stream and len(last.data) < CHUNK_BYTES:
            last.data += written.data
        else:
            self._chunks.append(_Chunk(self.end, written.stream, bytearray(written.data)))
        self.end += len(written.data)

    def acknowledge(self, offset: int) -> None:
        """Note that all bytes before an offset have arrived."""
        self._acknowledged = max(self._acknowledged, offset)
        dispensable = self._acknowledged - self._scrollback_bytes
        while self._chunks and self._chunks[0].end <= dispensable:
            self._chunks.popleft()

    def piece(self, offset: int, max_bytes: int) -> Piece:
        """Give what is there from an offset on, or from the oldest byte if that is later."""
        offset = place = max(offset, self.first)
        written = []
        for chunk in self._chunks:
            if chunk.end <= place or place - offset >= max_bytes:
                continue
            begin = place - chunk.start
            data = bytes(chunk.data[begin : begin + max_bytes - (place - offset)])
            written.append(Written(chunk.stream, data))
            place += len(data)
        return Piece(offset, place, tuple(written))
