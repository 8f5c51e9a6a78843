# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The state directory of one run, and the sweeping of what crashed runs left behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
import shutil
import subprocess
import tempfile

from testbed.prerequisites import require_prerequisites

ROOT = Path(tempfile.gettempdir()) / 'roost-testbed'
CGROUPS = Path('/sys/fs/cgroup')


def start_time(pid: int) -> str | None:
    """Return the start time of a process in clock ticks, or None if there is none."""
    try:
        stat = Path(f'/proc/{pid}/stat').read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return stat.rpartition(')')[2].split()[19]


class Workspace:
    """
    Own one directory, named by the process that made it.

    Machines end with their owner by themselves (see `machine.py`), even if it is killed, so a
    crashed run leaves files, mounts of small disks and empty cgroups, and nothing that runs.
    Those are removed at the next start, by the name of an owner that is no more.
    """

    def __init__(self) -> None:
        require_prerequisites()
        ROOT.mkdir(mode=0o755, exist_ok=True)
        sweep()
        pid = os.getpid()
        self.name = f'{pid}-{start_time(pid)}-{os.urandom(2).hex()}'
        self.path = ROOT / self.name
        self.path.mkdir()

    @property
    def cgroup_parent(self) -> str:
        """Name the cgroup under which all engines of this run put their containers."""
        return f'/roost-testbed-{self.name}'

    def directory(self, *names: str) -> Path:
        """Return a directory of this run, made if it is not there."""
        path = self.path.joinpath(*names)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def close(self) -> None:
        """Remove the directory with all in it; can be repeated."""
        _remove(self.path)


def sweep() -> None:
    """Remove the directories of runs whose owner is no more, one process at a time."""
    with ROOT.with_suffix('.lock').open('w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for path in ROOT.iterdir() if ROOT.is_dir() else ():
            pid, _, rest = path.name.partition('-')
            started = rest.partition('-')[0]
            if pid.isdigit() and start_time(int(pid)) != started:
                _remove(path)


def _remove(path: Path) -> None:
    mounts = [line.split()[1] for line in Path('/proc/self/mounts').read_text().splitlines()]
    for mount in reversed([m for m in mounts if m.startswith(f'{path}/')]):
        subprocess.run(['umount', '--lazy', mount], check=True)
    shutil.rmtree(path, ignore_errors=True)
    for top in (
        *CGROUPS.glob(f'*/roost-testbed-{path.name}'),
        *CGROUPS.glob(f'roost-testbed-{path.name}'),
    ):
        for group in sorted((p for p in top.rglob('*') if p.is_dir()), reverse=True):
            with contextlib.suppress(OSError):
                group.rmdir()
        with contextlib.suppress(OSError):
            top.rmdir()
