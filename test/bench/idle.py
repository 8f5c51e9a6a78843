# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What manager and executor use while 20 deployments run and nothing happens."""

from __future__ import annotations

from collections.abc import Iterator

import psutil

from bench import client_side
from bench.figure import Figure
from bench.stage import spec, stage
from testbed.wait import eventually

DEPLOYMENTS = 20
SETTLE_SEC = 30.0
SETTLED_PERCENT = 10.0
WINDOW_SEC = 20.0


def measure() -> Iterator[Figure]:
    """Measure idle_manager and idle_executor: percent of a core, PSS in the note."""
    with stage([1]) as fleet:
        for index in range(DEPLOYMENTS):
            fleet.client.run(client_side.deploy, spec(f'idle-{index}', 1), timeout_sec=60)
        watched = {
            'idle_manager': psutil.Process(fleet.manager.pid),
            'idle_executor': psutil.Process(fleet.executors['rover1'].pid),
        }
        eventually(
            lambda: all(each.cpu_percent(1.0) < SETTLED_PERCENT for each in watched.values()),
            SETTLE_SEC,
            'what deploying left to do is done',
        )
        before = {name: _cpu(process) for name, process in watched.items()}
        machine = psutil.cpu_percent(interval=WINDOW_SEC)
        for name, process in watched.items():
            percent = (_cpu(process) - before[name]) / WINDOW_SEC * 100.0
            pss = process.memory_full_info().pss / 1e6
            yield Figure(
                name=name,
                value=percent,
                unit='% of core',
                note=f'{DEPLOYMENTS} deployments, PSS {pss:.0f} MB, machine {machine:.0f} % busy',
            )


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
