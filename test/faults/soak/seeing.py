# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What runs on the devices of a fleet, seen by nobody's report."""

from __future__ import annotations

from pathlib import Path

import psutil

from faults.operator import Instance, Operator, Slot
from faults.soak.world import PROCESS
from testbed import Fleet


def instances(operator: Operator, device: str) -> dict[Slot, Instance]:
    """Give what runs on a device by its slot; fails if a slot holds two."""
    found = processes(operator.fleet, device)
    if operator.fleet.devices[device].engine.running:
        found |= operator.running(device)
    return found


def processes(fleet: Fleet, device: str) -> dict[Slot, Instance]:
    """Give the native processes of a device by their slots; fails if a slot holds two."""
    found: dict[Slot, Instance] = {}
    machine = _processes_of(fleet.devices[device].machine.pid)
    for process in psutil.process_iter():
        try:
            if tuple(process.cmdline()) != PROCESS or _processes_of(process.pid) != machine:
                continue
            environment = process.environ()
            started_at = process.create_time()
        except (psutil.Error, OSError):  # it has ended meanwhile
            continue
        if not environment:  # it is ending
            continue
        slot = (
            environment['ROOST_DEPLOYMENT_ID'],
            environment['ROOST_COMPONENT'],
            environment['ROOST_EXECUTABLE'],
        )
        assert slot not in found, f'two processes in {slot}: {found[slot].id}, {process.pid}'
        found[slot] = Instance(
            id=str(process.pid),
            deployment=slot[0],
            component=slot[1],
            executable=slot[2],
            running=True,
            started_at=str(started_at),
        )
    return found


def _processes_of(pid: int) -> int:
    """Tell the namespace of a process: each machine has its own processes."""
    return Path(f'/proc/{pid}/ns/pid').stat().st_ino
