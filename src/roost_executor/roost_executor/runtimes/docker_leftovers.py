# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Processes of a container that its engine knows nothing of any more.

An engine that was killed while it started a container takes it for never started when it is back.
What runs of it nobody would ever end, and the next instance would be a second one beside it.
"""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path
import signal

logger = logging.getLogger(__name__)

PROC = Path('/proc')


def end(container_id: str) -> None:
    """Kill what runs of a container that its engine takes for not running.

    An executor that does not see the processes of its device finds none.
    """
    for pid in _processes(container_id):
        logger.warning("process %d of the forgotten container '%s' is ended", pid, container_id)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _processes(container_id: str, proc: Path = PROC) -> list[int]:
    found = []
    for entry in proc.iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):  # it has just ended
            if _belongs((entry / 'cgroup').read_text(), container_id):
                found.append(int(entry.name))
    return found


def _belongs(cgroups: str, container_id: str) -> bool:
    """Tell whether one of the control groups is the container's, by its id as engines write it."""
    names = (line.rpartition('/')[2] for line in cgroups.splitlines())
    return any(name in (container_id, f'docker-{container_id}.scope') for name in names)
