# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A database that was restored from a backup, and how its manager takes its fleet over."""

from __future__ import annotations

from roost_manager.fleet import Fleet
from roost_manager.work import UnitOfWork


def behind_text(device: str) -> str:
    """Say that the database is older than what a device has applied, and what to do."""
    return (
        f'{device} has applied a newer desired state than this database knows of: was the'
        ' database restored from a backup? `roost manager recover` takes the fleet over'
    )


def recover(work: UnitOfWork, fleet: Fleet) -> int:
    """Stage an epoch above all that any device has applied; return it."""
    reports = (presence.report for presence in fleet.presences.values())
    applied = [report.applied[0] for report in reports if report is not None]
    epoch = max([fleet.epoch, *applied]) + 1
    for name, record in fleet.devices.items():
        if record.ahead:
            work.update_device(name, ahead=False)
    work.raise_epoch(epoch)
    return epoch
