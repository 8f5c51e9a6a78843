# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""How long the manager takes to accept many deployments at once, and when there are many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import sqlite3

from bench import client_side, crowd
from bench.figure import Figure, median
from bench.floor import write_rows
from testbed import eventually, Fleet, RosClient, Site

DEVICES = [f'sim_{number}' for number in range(10)]
RUNS = 5
AT_ONCE = 200
BATCH, BATCHES = 100, 10

PACKAGE = """
apiVersion: roost/v1
kind: Package
metadata: {name: bench, version: "1"}
spec:
  components:
  - name: main
    runtime: device
    environment:
    - {name: RATE, default: "10", description: in hertz}
    executables:
    - {name: main, image: "bench:1", command: [sleep, "100000"]}
"""
DEPLOYMENT = """
---
apiVersion: roost/v1
kind: Deployment
metadata:
  name: {name}
  labels: {{site: bench}}
spec:
  package: {{name: bench, version: "1"}}
  components:
    main:
      device: {device}
      environment: {{RATE: "20"}}
"""


def measure_200(runs: int = RUNS) -> Iterator[Figure]:
    """Measure accept_200: the answer to a file with so many deployments, from the sending on."""
    ours: list[float] = []
    floors: list[float] = []
    with _manager() as manager:
        for run in range(runs):
            ours.append(manager.accept(f'run{run}', AT_ONCE))
            floors.append(write_rows(manager.folder, manager.stored(f'run{run}')))
            manager.remove(f'run{run}', AT_ONCE)
    yield Figure(
        name='accept_200',
        value=median(ours),
        unit='s',
        floor=median(floors),
        note=f'{AT_ONCE} deployments in one file, {len(DEVICES)} simulated devices',
    )


def measure_growth(runs: int = RUNS) -> Iterator[Figure]:
    """Measure accept_growth: time of the last of ten files of a hundred, to that of the first."""
    ours: list[float] = []
    floors: list[float] = []
    last: list[float] = []
    for _ in range(runs):
        with _manager() as manager:
            names = [f'file{number}' for number in range(BATCHES)]
            times = [manager.accept(name, BATCH) for name in names]
            ours.append(times[-1] / times[0])
            last.append(times[-1] / BATCH * 1000.0)
            written = [write_rows(manager.folder, manager.stored(name)) for name in names]
            floors.append(written[-1] / written[0])
    yield Figure(
        name='accept_growth',
        value=median(ours),
        unit='times',
        floor=median(floors),
        note=f'of {BATCHES} files of {BATCH} deployments, the last: {median(last):.2f} ms each',
    )


class _Manager:
    """A manager with simulated devices; nothing is deployed yet, but something was before."""

    def __init__(self, fleet: Fleet, client: RosClient) -> None:
        self.folder = fleet.site.directory('manager')
        self._database = self.folder / 'manager-state' / 'manager.db'
        self._client = client
        eventually(self._is_ready, 30, 'all devices are online', period_sec=0.1)
        client.run(client_side.listen)
        client.run(client_side.apply, PACKAGE)
        # The first request of a process pays for what Python compiles when it is needed.
        self.accept('warm', BATCH)
        self.remove('warm', BATCH)

    def _is_ready(self) -> bool:
        return self._client.run(client_side.count_online) == len(DEVICES)

    def accept(self, name: str, count: int) -> float:
        """Apply a file of so many deployments; return its seconds, once all of them run."""
        documents = [
            DEPLOYMENT.format(name=f'{name}-{number}', device=DEVICES[number % len(DEVICES)])
            for number in range(count)
        ]
        seconds: float = self._client.run(client_side.apply, ''.join(documents), timeout_sec=60)
        eventually(
            lambda: self._client.run(client_side.count_coming) == 0, 60, 'all run', period_sec=0.1
        )
        return seconds

    def remove(self, name: str, count: int) -> None:
        """Deprovision what such a file brought; returns once all of it is gone."""
        names = [f'{name}-{number}' for number in range(count)]
        self._client.run(client_side.deprovision, names, timeout_sec=60)

    def stored(self, name: str) -> list[bytes]:
        """Read what the database has of the deployments of a file, a row each."""
        with _reading(self._database) as database:
            found = database.execute(
                'SELECT body FROM deployments WHERE name GLOB ?', (f'{name}-*',)
            )
            return [body.encode() for (body,) in found]


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f'file:{path}?mode=ro', uri=True)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _manager() -> Iterator[_Manager]:
    with Site() as site, Fleet(site, (), introspection=None) as fleet:
        folder = site.directory('manager')
        with (
            RosClient(fleet.manager_machine, fleet.domain_id, folder, 'crowd') as devices,
            RosClient(fleet.manager_machine, fleet.domain_id, folder, 'client') as client,
        ):
            devices.run(crowd.gather, DEVICES)
            yield _Manager(fleet, client)
