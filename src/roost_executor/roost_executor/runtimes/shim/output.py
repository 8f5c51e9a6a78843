# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The command's output, kept line by line in a file that is rotated."""

from __future__ import annotations

import errno
import os
import time

LINE_BYTES = 16384

# A disk that is full or broken costs output, and must never cost the command its life.
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})


class Output:
    """Takes output as it comes and writes lines; what does not fit on the disk is lost."""

    def __init__(self, path: str, max_bytes: int, files: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._files = files
        self._rest = {b'stdout': b'', b'stderr': b''}
        self._goes_on = {b'stdout': False, b'stderr': False}
        self._open()

    def take(self, stream: bytes, data: bytes) -> None:
        """Write the whole lines of what was read."""
        lines = (self._rest[stream] + data).split(b'\n')
        rest = lines.pop()
        head = self._head(stream)
        entries = [self._entry(head, line) for line in lines]
        if lines:
            self._goes_on[stream] = False
        while len(rest) >= LINE_BYTES:
            entries.append(b'%bP %b\n' % (head, rest[:LINE_BYTES]))
            rest = rest[LINE_BYTES:]
            self._goes_on[stream] = True
        self._rest[stream] = rest
        self._write(b''.join(entries))

    def finish(self) -> None:
        """Write what came without an end of line, and end that line."""
        for stream, rest in self._rest.items():
            if rest or self._goes_on[stream]:
                self._write(self._entry(self._head(stream), rest))
            self._rest[stream], self._goes_on[stream] = b'', False

    @staticmethod
    def _head(stream: bytes) -> bytes:
        seconds, rest = divmod(time.time_ns(), 1_000_000_000)
        at = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))
        return b'%b.%09dZ %b ' % (at.encode(), rest, stream)

    @staticmethod
    def _entry(head: bytes, line: bytes) -> bytes:
        parts = [line[at : at + LINE_BYTES] for at in range(0, len(line), LINE_BYTES)] or [b'']
        partial = b''.join(b'%bP %b\n' % (head, part) for part in parts[:-1])
        return b'%b%bF %b\n' % (partial, head, parts[-1])

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._file = os.open(self._path, flags, 0o600)
        self._size = os.fstat(self._file).st_size

    def _write(self, data: bytes) -> None:
        try:
            if self._size and self._size + len(data) > self._max_bytes:
                self._rotate()
            written = os.write(self._file, data)
            if written < len(data):  # of entries, only whole ones
                written = data.rfind(b'\n', 0, written) + 1
                os.ftruncate(self._file, self._size + written)
            self._size += written
        except OSError as error:
            if error.errno not in DISK_ERRORS:
                raise

    def _rotate(self) -> None:
        os.close(self._file)
        for number in range(self._files - 1, 0, -1):
            older = f'{self._path}.{number}'
            newer = self._path if number == 1 else f'{self._path}.{number - 1}'
            if os.path.exists(newer):
                os.replace(newer, older)
        self._open()
