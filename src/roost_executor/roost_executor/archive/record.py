# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""How far the output of an executable is kept: written after each block of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
import errno
import json
import os
from pathlib import Path
import zlib

# Each half of the file holds a record, written in turn: one that is torn leaves the other.
SLOT_BYTES = 4096

# Instances whose positions are kept: those of former generations are soon removed.
MOST_POSITIONS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is kept for certain.

    Attributes:
        boot_id: of the boot in which it was written: what a killed executor wrote is there, what
            a power cut caught may not be.
        next: number of the next entry.
        reserved: numbers below it may have been given before a power cut.
        segment: first number of the segment that is written to.
        size: bytes of it that are kept.
        positions: how far the output of each instance was read, by token; the newest last.
    """

    sequence: int = 0
    boot_id: str = ''
    next: int = 1
    reserved: int = 1
    segment: int = 0
    size: int = 0
    positions: dict[str, str] = field(default_factory=dict)

    def at(self, token: str, position: str) -> dict[str, str]:
        """Give the positions with a new one."""
        positions = {**self.positions}
        positions.pop(token, None)
        positions[token] = position
        for oldest in list(positions)[:-MOST_POSITIONS]:
            del positions[oldest]
        return positions


class RecordFile:
    """The file of a record; it is open only while it is written to. Not for several threads."""

    def __init__(self, path: Path) -> None:
        """Read it, if there is one."""
        self._path = path
        self._file = -1
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            data = b''
        halves = (data[:SLOT_BYTES], data[SLOT_BYTES:])
        self.last = max(map(_decoded, halves), key=lambda record: record.sequence)

    def write(self, record: Record, *, durable: bool = False) -> None:
        """Write a record; durable: a power cut does not take it back."""
        if self._file < 0:
            self._open()
        record = replace(record, sequence=self.last.sequence + 1)
        body = _encoded(record)
        while len(body) + 9 > SLOT_BYTES and record.positions:
            oldest = next(iter(record.positions))
            rest = {token: each for token, each in record.positions.items() if token != oldest}
            record = replace(record, positions=rest)
            body = _encoded(record)
        content = b'%08x %b' % (zlib.crc32(body), body)
        place = record.sequence % 2 * SLOT_BYTES
        self._put(content.ljust(SLOT_BYTES), place)
        if durable:
            os.fsync(self._file)
        self.last = record

    def close(self) -> None:
        """Let go of it; it is opened again when it is written."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _open(self) -> None:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        missing = 2 * SLOT_BYTES - os.fstat(self._file).st_size
        if missing > 0:  # room that is taken now is there when the disk is full
            self._put(b' ' * missing, 2 * SLOT_BYTES - missing)

    def _put(self, data: bytes, place: int) -> None:
        """Write all of it, or fail: a full disk may take a part."""
        if os.pwrite(self._file, data, place) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _encoded(record: Record) -> bytes:
    return json.dumps(
        [
            record.sequence,
            record.boot_id,
            record.next,
            record.reserved,
            record.segment,
            record.size,
            record.positions,
        ]
    ).encode()


def _decoded(half: bytes) -> Record:
    """Read a record; an empty one if it is torn."""
    checksum, _, body = half.strip().partition(b' ')
    if checksum != b'%08x' % zlib.crc32(body):
        return Record()
    sequence, boot_id, number, reserved, segment, size, positions = json.loads(body)
    return Record(
        sequence=sequence,
        boot_id=boot_id,
        next=number,
        reserved=reserved,
        segment=segment,
        size=size,
        positions=positions,
    )
