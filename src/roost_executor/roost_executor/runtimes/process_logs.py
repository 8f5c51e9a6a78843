# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The output of a native process, each entry once: shims write and rotate it, whoever reads."""

from __future__ import annotations

from dataclasses import dataclass
import json
import os
from pathlib import Path
import threading

from roost_executor.runtimes import process_spawn
from roost_executor.runtimes.contract import Output
from roost_executor.runtimes.folder_watch import FolderWatch
from roost_executor.runtimes.output_entries import note, TIME_LENGTH
from roost_executor.runtimes.process_folder import Folder
from roost_executor.runtimes.shim import files

# Of what is given at once, bytes; an entry is much shorter.
BLOCK = 262144

# How often files are looked at where the kernel does not tell of changes.
LOOK_SEC = 1.0

# How often looking at files begins anew because they are rotated meanwhile.
MOST_LOOKS = 100


@dataclass(slots=True)
class Mark:
    """Where reading stands.

    A file is known by its number and by how it begins: numbers of files that are gone are used
    again, and no two entries of a shim have the same time.

    Attributes:
        until: time of the last entry.
    """

    inode: int = 0
    head: bytes = b''
    offset: int = 0
    until: bytes = b''

    @classmethod
    def of(cls, position: str) -> Mark:
        """Read a mark from a position."""
        if not position:
            return cls()
        inode, head, offset, until = json.loads(position)
        return cls(inode, head.encode(), offset, until.encode())

    @property
    def position(self) -> str:
        """The mark as a position."""
        return json.dumps([self.inode, self.head.decode(), self.offset, self.until.decode()])


class ProcessLogs:
    """Reads the output of one native process; keeps `contract.OutputReader`."""

    def __init__(self, folder: Folder, watch: FolderWatch, *, after: str) -> None:
        self._folder = folder
        self._watch = watch
        self._mark = Mark.of(after)
        self._file: int | None = None
        self._news = threading.Event()
        self._watching: int | None = None
        self._is_watched = False
        self._closing = False

    def read(self) -> Output | None:
        """See the contract."""
        try:
            return self._read()
        except OSError as error:
            what = f"the output of '{self._folder.token}' cannot be read"
            raise process_spawn.system_fault(what, error.errno or 0) from error

    def _read(self) -> Output | None:
        if not self._is_watched:
            self._is_watched = True
            self._watching = self._watch.add(self._folder.path, self._news.set)
        while not self._closing:
            self._news.clear()
            given = self._take()
            if given is None and not self._folder.writes():
                given = self._take()  # what came before the end
                if given is None:
                    break
            if given is not None:
                return given
            self._news.wait(None if self._watching is not None else LOOK_SEC)
        self._let_go()
        return None

    def close(self) -> None:
        """See the contract."""
        self._closing = True
        self._news.set()

    def _let_go(self) -> None:
        if self._watching is not None:
            self._watch.remove(self._watching, self._news.set)
        self._watching = None
        self._put(None)

    def _take(self) -> Output | None:
        """Give what is there to read and was not read yet."""
        if self._file is None:
            missed = self._turn()
            if missed is not None or self._file is None:
                return missed
        while True:
            rotated = self._is_rotated()  # nothing is written to what was rotated before
            if given := self._take_of_file():
                return given
            if not rotated:
                return None
            before = self._mark.inode
            missed = self._turn()
            if missed is not None or self._mark.inode == before:
                return missed

    def _take_of_file(self) -> Output | None:
        assert self._file is not None
        mark = self._mark
        data = os.pread(self._file, BLOCK, mark.offset)
        end = data.rfind(b'\n') + 1
        if not end:
            return None
        if not mark.head:
            mark.head = os.pread(self._file, TIME_LENGTH, 0)
        last = data.rfind(b'\n', 0, end - 1) + 1
        mark.until = data[last : last + TIME_LENGTH]
        mark.offset += end
        return Output(data[:end], mark.position)

    def _is_rotated(self) -> bool:
        try:
            return os.stat(self._folder.path / files.OUTPUT).st_ino != self._mark.inode
        except FileNotFoundError:  # just now, or it was removed
            return False

    def _turn(self) -> Output | None:
        """Open the file in which reading stands, or the one after it when that is open.

        It stands at the beginning of the oldest one when that file is gone; then the answer says
        so. Nothing is opened while there is nothing.
        """
        opened = self._open_all()
        if not opened:
            return None
        mark = self._mark
        at = len(opened) - 1
        is_gone = False
        if mark.inode:
            known = [at for at, (file, inode) in enumerate(opened) if self._is_marked(file, inode)]
            is_gone = not known
            if known:
                at = known[0] if self._file is None else max(known[0] - 1, 0)
        for number, (file, _) in enumerate(opened):
            if number != at:
                os.close(file)
        file, inode = opened[at]
        self._put(file)
        if inode != mark.inode or is_gone:
            self._mark = Mark(inode=inode, until=mark.until)
        return self._missed() if is_gone else None

    def _is_marked(self, file: int, inode: int) -> bool:
        return inode == self._mark.inode and (
            not self._mark.head or os.pread(file, TIME_LENGTH, 0) == self._mark.head
        )

    def _missed(self) -> Output:
        assert self._file is not None
        mark = self._mark
        mark.head = os.pread(self._file, TIME_LENGTH, 0)
        span = f'after {mark.until.decode()}'
        if mark.head:
            span = f'from {mark.until.decode()} to {mark.head.decode(errors="replace")}'
        text = f'output {span} was lost: it was rotated away before it could be taken in'
        return Output(note(text), mark.position)

    def _put(self, file: int | None) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file = file

    def _open_all(self) -> list[tuple[int, int]]:
        """Open all files there are, newest first, with their numbers; none twice."""
        newest = self._folder.path / files.OUTPUT
        opened: list[tuple[int, int]] = []
        for _ in range(MOST_LOOKS):
            opened = _opened(newest)
            try:
                # Rotated meanwhile, one of them could be there twice, or not at all.
                settled = bool(opened) and os.stat(newest).st_ino == opened[0][1]
            except FileNotFoundError:
                settled = False
            if not opened and not newest.parent.exists():
                break
            if settled:
                break
            for file, _ in opened:
                os.close(file)
            opened = []
        return opened


def _opened(newest: Path) -> list[tuple[int, int]]:
    opened: list[tuple[int, int]] = []
    path, number = newest, 0
    while True:
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return opened
        opened.append((file, os.fstat(file).st_ino))
        number += 1
        path = newest.with_name(f'{newest.name}.{number}')
