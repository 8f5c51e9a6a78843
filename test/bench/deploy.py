# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""How long a deployment takes, from the request to Succeeded and Running at the client."""

from __future__ import annotations

from collections.abc import Iterator

from bench import client_side
from bench.figure import Figure, median
from bench.peers import Compose, find_compose, Sdk
from bench.stage import spec, stage

RUNS = 15
SIZES = (1, 20)


def measure(runs: int = RUNS) -> Iterator[Figure]:
    """Measure deploy_1 and deploy_20: medians of interleaved runs on one engine."""
    compose_argv = find_compose()
    with stage(list(SIZES)) as fleet:
        engine = fleet.devices['rover1'].engine
        folder = fleet.site.directory('bench')
        for size in SIZES:
            compose = Compose(compose_argv, engine, folder, size) if compose_argv else None
            floor = Sdk(engine, size)
            ours: list[float] = []
            theirs: list[float] = []
            floors: list[float] = []
            for run in range(runs + 1):  # the first one warms up
                name = f'bench-{size}-{run}'
                ours.append(fleet.client.run(client_side.deploy, spec(name, size), timeout_sec=60))
                fleet.client.run(client_side.deprovision, [name], timeout_sec=60)
                if compose:
                    theirs.append(compose.up())
                    compose.down()
                floors.append(floor.up())
                floor.down()
            floor.close()
            yield _figure(size, ours[1:], theirs[1:], floors[1:])


def _figure(size: int, ours: list[float], theirs: list[float], floors: list[float]) -> Figure:
    value, floor = median(ours), median(floors)
    peer = 'docker compose up -d' if theirs else 'docker SDK, 8 threads'
    peer_value = median(theirs) if theirs else floor
    return Figure(
        name=f'deploy_{size}',
        value=value,
        unit='s',
        peer=peer,
        peer_value=peer_value,
        ratio=value / peer_value,
        floor=floor,
        note='' if theirs else 'no Docker Compose 2 found: the ratio is to the floor',
    )
