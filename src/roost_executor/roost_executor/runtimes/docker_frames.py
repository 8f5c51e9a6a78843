# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Two streams in one, as engines send them of what has no terminal.

Each frame has a head of eight bytes: 1 or 2 for the stream, three zeros, and its length, big
endian (API of the engine, "attach to a container", stream format).
"""

from __future__ import annotations

import struct

from roost_executor.runtimes.interactive import Stream, Written

HEAD = struct.Struct('>BxxxL')

STREAMS = {1: Stream.OUTPUT, 2: Stream.ERROR}


class Frames:
    """Takes bytes as they come, and gives what was written as soon as it is there."""

    def __init__(self) -> None:
        """Begin in front of a frame."""
        self._bytes = b''
        self._stream = Stream.OUTPUT
        self._left = 0

    def take(self, data: bytes) -> None:
        """Take bytes that follow."""
        self._bytes += data

    def give(self) -> Written | None:
        """Give what is there of the next frame; None when more has to come."""
        while not self._left:
            if len(self._bytes) < HEAD.size:
                return None
            number, self._left = HEAD.unpack_from(self._bytes)
            self._stream = STREAMS.get(number, Stream.OUTPUT)
            self._bytes = self._bytes[HEAD.size :]
        data, self._bytes = self._bytes[: self._left], self._bytes[self._left :]
        if not data:
            return None
        self._left -= len(data)
        return Written(self._stream, data)
