# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A state folder belongs to one fleet at a time."""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
import fcntl
import os
from pathlib import Path
from typing import TextIO

from roost_cli.exits import RoostError


@contextlib.contextmanager
def only_fleet_in(state_dir: Path, domain_id: int) -> Iterator[None]:
    """Hold a state folder for one fleet at a time.

    Raises:
        RoostError: another fleet runs in it, or it cannot be written.
    """
    path = state_dir / 'up.lock'
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        lock: TextIO = path.open('a+', encoding='utf-8')
    except OSError as error:
        raise RoostError(f"'{state_dir}' cannot be used: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise RoostError(
                f"a fleet runs in '{state_dir}' already ({lock.read().strip() or 'starting'}). "
                'Use that one, end it with Ctrl-C, or choose another --state-dir'
            ) from None
        lock.truncate(0)
        lock.write(f'process {os.getpid()}, ROS domain {domain_id}')
        lock.flush()
        yield
        lock.truncate(0)
