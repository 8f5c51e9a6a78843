# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""How long a container's end takes from the engine's event to a subscriber."""

from __future__ import annotations

from collections.abc import Iterator
import threading

import docker

from bench import client_side
from bench.figure import Figure, median, percentile
from bench.stage import spec, stage
from testbed import eventually
from testbed.engine import Engine

ENDS = 50


def measure(ends: int = ENDS) -> Iterator[Figure]:
    """Measure status_latency: p99 of so many killed containers."""
    with stage([1]) as fleet:
        engine = fleet.devices['rover1'].engine
        latencies = []
        for index in range(ends):
            # A deployment of its own each time: repeated ends of one would be a crash loop.
            name = f'victim-{index}'
            fleet.client.run(client_side.deploy, spec(name, 1), timeout_sec=60)
            start = fleet.client.run(client_side.mark)
            died_at = _kill(engine, name)
            heard_at = fleet.client.run(client_side.arrival_of_end, name, start, timeout_sec=30)
            latencies.append((heard_at - died_at) * 1000.0)
            fleet.client.run(client_side.deprovision, [name], timeout_sec=60)
        yield Figure(
            name='status_latency',
            value=percentile(latencies, 99),
            unit='ms',
            note=f'p99 of {ends}, median {median(latencies):.1f} ms, from the die event',
        )


def _kill(engine: Engine, deployment: str) -> float:
    """Kill the container of a deployment; return the time of its die event."""
    client = docker.DockerClient(base_url=engine.url, version='1.41', timeout=60)
    found = client.containers.list(filters={'label': f'roost.deployment-name={deployment}'})
    assert len(found) == 1, found
    died: list[float] = []
    listening = threading.Event()
    stream = client.api.events(decode=True, filters={'container': found[0].id, 'event': ['die']})

    def listen() -> None:
        listening.set()
        for event in stream:
            died.append(event['timeNano'] / 1e9)
            return

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    listening.wait()
    found[0].kill()
    at: float = eventually(lambda: died and died[0], 10, 'the die event')
    stream.close()
    client.close()
    return at
