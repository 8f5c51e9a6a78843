# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Processes as the kernel tells of them: known by pid and start time, so never mistaken."""

from __future__ import annotations

import os
import signal


def start_time(pid: int) -> int | None:
    """Give the start of a process in clock ticks since boot; None if it is gone or a zombie."""
    fields = _stat(pid)
    return None if fields is None or fields[0] == b'Z' else int(fields[19])


def _stat(pid: int) -> list[bytes] | None:
    """Give the fields of /proc/PID/stat from the third, the state, on."""
    try:
        with open(f'/proc/{pid}/stat', 'rb') as file:
            return file.read().rpartition(b')')[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def processes() -> dict[int, tuple[int, int]]:
    """Give parent and start time of every living process."""
    found = {}
    for name in os.listdir('/proc'):
        if name.isdigit():
            fields = _stat(int(name))
            if fields is not None and fields[0] != b'Z':
                found[int(name)] = (int(fields[1]), int(fields[19]))
    return found


def descendants(root: int) -> dict[int, int]:
    """Give pid and start time of every living process below one."""
    table = processes()
    children: dict[int, list[int]] = {}
    for pid, (parent, _) in table.items():
        children.setdefault(parent, []).append(pid)
    found, pending = {}, [root]
    while pending:
        for child in children.get(pending.pop(), ()):
            found[child] = table[child][1]
            pending.append(child)
    return found


def open_process(pid: int, started: int) -> int | None:
    """Open a process by pid and start time: never another one that got its pid. None if gone."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    if start_time(pid) != started:
        os.close(descriptor)
        return None
    return descriptor


def send(pid: int, started: int, number: int) -> bool:
    """Send a signal to that very process; tell whether it was there."""
    descriptor = open_process(pid, started)
    if descriptor is None:
        return False
    try:
        signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)
    return True


def boot_id() -> str:
    """Give the id of the time since the device was switched on."""
    with open('/proc/sys/kernel/random/boot_id') as file:
        return file.read().strip()
