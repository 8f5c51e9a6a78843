# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Ending what was run beside the program of a container: the engine has no call for that.

Each such program has a mark in its environment, and so has all that comes of it.
"""

from __future__ import annotations

from collections.abc import Callable
import logging
from pathlib import Path
import signal
import threading
import time

from roost_executor.runtimes.interactive import GRACE_SEC, KILL_SEC
from roost_executor.runtimes.shim import kernel

logger = logging.getLogger(__name__)

VARIABLE = 'ROOST_SHELL'

LOOK_SEC = 0.02

# For an executor that does not see the processes of its device: the same from within a container,
# as far as that has a shell. Its arguments are the mark and a signal.
SCRIPT = """
for each in /proc/[0-9]*; do
  if tr '\\0' '\\n' <"$each/environ" 2>/dev/null | grep -q "^$1"; then
    found="$found ${each#/proc/}"
  fi
done
test -n "$found" && kill -"$2" $found
"""

Family = dict[int, int]


def bearers(mark: str) -> Family:
    """Give pid and start time of all that are seen to bear a mark which begins like this."""
    return _having(f'{VARIABLE}={mark}')


def sees(container: str) -> bool:
    """Tell whether processes of a container can be seen from here, by its name."""
    return bool(_having(f'HOSTNAME={container}'))


def _having(sign: str) -> Family:
    processes = kernel.processes().items()
    return {pid: started for pid, (_, started) in processes if _has(pid, sign.encode())}


def _has(pid: int, sign: bytes) -> bool:
    try:
        environment = Path(f'/proc/{pid}/environ').read_bytes()
    except OSError:
        return False
    return any(each.startswith(sign) for each in environment.split(b'\0'))


def end(find: Callable[[], Family]) -> bool:
    """End all that are found, by SIGHUP and after a moment by SIGKILL; tell whether they ended."""
    began = time.monotonic()
    asked: set[tuple[int, int]] = set()
    while found := find():
        waited = time.monotonic() - began
        if waited > GRACE_SEC + KILL_SEC:
            return False
        for process in found.items():
            if waited > GRACE_SEC:
                kernel.send(*process, signal.SIGKILL)
            elif process not in asked:
                asked.add(process)
                kernel.send(*process, signal.SIGHUP)
                kernel.send(*process, signal.SIGCONT)  # what is stopped has to go on to end
        time.sleep(LOOK_SEC)
    return True


def end_later(mark: str) -> None:
    """End all that bear a mark now, and do not wait for that."""
    found = bearers(mark)

    def left() -> Family:
        return {pid: at for pid, at in found.items() if kernel.start_time(pid) == at}

    if found:
        logger.warning('%d processes that an executor before left are ended', len(found))
        threading.Thread(target=lambda: end(left), name='left programs', daemon=True).start()
