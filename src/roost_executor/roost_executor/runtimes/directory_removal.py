# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Folders of volumes are removed whole, and never what is only mounted in them."""

from __future__ import annotations

import errno
import os
from pathlib import Path
import re
import shutil

from roost_executor import durable

# Everything that is mounted for this process (proc_pid_mountinfo(5)).
MOUNTS = Path('/proc/self/mountinfo')
MOUNT_POINT = 4
ESCAPED = re.compile(rb'\\([0-7]{3})')


def discard(folder: Path) -> None:
    """Remove a folder: at once from sight, then with all that is in it.

    Raises:
        OSError: something of it cannot be removed. Nothing is while a disk is mounted in it.
    """
    refuse_mounts(folder)
    gone = folder.with_name(f'.{folder.name}.removed')
    try:
        folder.rename(gone)
    except FileNotFoundError:
        if not gone.exists():
            return
    durable.sync_folder(folder.parent)
    finish(gone)


def finish(gone: Path) -> None:
    """Remove what `discard` took from sight; raises what that raises."""
    refuse_mounts(gone)
    shutil.rmtree(gone)


def left(volumes: Path) -> list[Path]:
    """List what was taken from sight, and is not removed yet."""
    return sorted(volumes.glob('.*.removed'))


def refuse_mounts(folder: Path) -> None:
    """Raise OSError if something is mounted at a folder or in it: its files are of elsewhere.

    The device number does not tell: a folder may be mounted in another of the same disk.
    """
    place = os.fsencode(os.path.realpath(folder))
    for line in MOUNTS.read_bytes().splitlines():
        point = ESCAPED.sub(lambda found: bytes([int(found[1], 8)]), line.split(b' ')[MOUNT_POINT])
        if point == place or point.startswith(place + b'/'):
            raise OSError(
                errno.EBUSY, f'something is mounted at {os.fsdecode(point)}: unmount it first'
            )
