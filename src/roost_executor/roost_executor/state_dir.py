# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The folder in which an executor keeps what must outlive it; one executor at a time."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from roost_executor import durable

BOOT_ID = Path('/proc/sys/kernel/random/boot_id')

# Begins the count anew above every count that an executor reaches by starting.
_RECOUNT_FROM = 1 << 40


class StateDirTaken(Exception):
    """Another executor uses the folder; the text names it."""


class StateDir:
    """A folder, held by this process until it ends."""

    def __init__(self, path: Path) -> None:
        """Make the folder if need be, and take it.

        Raises:
            StateDirTaken: another process holds it.
            OSError: it cannot be made or used.
        """
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(path / 'lock', os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._lock, 32).decode(errors='replace').strip() or 'unknown'
            os.close(self._lock)
            raise StateDirTaken(
                f"another executor (pid {holder}) uses the state folder '{path}': "
                'end it first, or give this one another device name or state_dir'
            ) from error
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f'{os.getpid()}\n'.encode(), 0)

    def begin_incarnation(self) -> int:
        """Count this start, durably: reports of this process come after those of any before.

        A counter that cannot be read goes on far above any number that counting can have reached.
        """
        path = self.path / 'incarnation'
        try:
            last = int(path.read_text(encoding='ascii'))
        except FileNotFoundError:
            last = 0
        except ValueError:
            last = _RECOUNT_FROM + path.stat().st_mtime_ns // 1_000_000_000
        content = f'{last + 1}\n'.encode()
        try:
            durable.replace(path, content)
        except OSError as error:
            # A device whose disk is full is to say so: the count has its place on it already.
            if error.errno not in (errno.ENOSPC, errno.EDQUOT) or not path.exists():
                raise
            durable.overwrite(path, content)
        return last + 1

    def release(self) -> None:
        """Let another executor take the folder."""
        os.close(self._lock)


def read_boot_id() -> str:
    """Give the kernel's name for this boot."""
    return BOOT_ID.read_text(encoding='ascii').strip()
