# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a program is to get, addressed by byte: each is taken once, in order."""

from __future__ import annotations

from collections import deque

# Input that the program has not taken yet.
INPUT_BYTES = 256 << 10


class Input:
    """Keeps input until the program takes it; its owner sees to it that one thread is at it.

    Attributes:
        taken: bytes that were taken until now.
        has_ended: whether nothing more is taken.
    """

    def __init__(self, *, has_ended: bool) -> None:
        self.taken = 0
        self.has_ended = has_ended
        self._parts: deque[bytes] = deque()
        self._waiting = 0

    def __bool__(self) -> bool:
        """Tell whether there is something that the program has not got."""
        return bool(self._parts)

    def knows(self, offset: int, data: bytes, *, end: bool) -> bool:
        """Tell whether there is nothing new in some input."""
        return offset + len(data) <= self.taken and (self.has_ended or not end)

    def take(self, offset: int, data: bytes, *, end: bool) -> bool:
        """Take what is new of some input, all or nothing; tell whether there was room."""
        if self.has_ended:
            return True
        fresh = data[max(0, self.taken - offset) :]
        if fresh and self._waiting + len(fresh) > INPUT_BYTES:
            return False
        if fresh:
            self._parts.append(fresh)
            self.taken += len(fresh)
            self._waiting += len(fresh)
        if end and offset + len(data) == self.taken:
            self.has_ended = True
        return True

    def next(self) -> bytes:
        """Give the next part to the program; it takes room until `let_go`."""
        return self._parts.popleft()

    def let_go(self, data: bytes) -> None:
        """Make the room of a part free again."""
        self._waiting -= len(data)
