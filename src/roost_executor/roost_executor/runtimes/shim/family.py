# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""All that descends from this process: kept below it, heard of when it ends, and buried."""

from __future__ import annotations

from collections.abc import Collection, Iterator
import ctypes
import os
import signal
import struct

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

LIBC = ctypes.CDLL(None, use_errno=True)


def adopt_orphans() -> None:
    """Become the parent of whoever descends from this process and loses its own."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends; a change of user undoes that."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    rest = (ctypes.c_ulong(each) for each in (value, 0, 0, 0))
    if LIBC.prctl(option, *rest):
        raise OSError(ctypes.get_errno(), 'prctl')


def open_signals(numbers: Collection[int]) -> int:
    """Give a descriptor that tells of these signals, which must be blocked."""
    mask = sum(1 << (number - 1) for number in numbers)
    words = struct.pack('=16Q', mask, *([0] * 15))
    return int(LIBC.signalfd(-1, words, os.O_CLOEXEC))


def next_signal(descriptor: int) -> int:
    """Read the number of a signal that such a descriptor tells of."""
    number: int = struct.unpack_from('=I', os.read(descriptor, 128))[0]
    return number


def bury() -> Iterator[tuple[int, int]]:
    """Give pid and status of every child that has ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        yield pid, status


def has_children() -> bool:
    """Tell whether anybody is left, living or not buried yet."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def exit_code(status: int) -> int:
    """Turn the status of a process that ended into an exit code: 128 + n after signal n."""
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
