# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A graph as large as asked for, the same for the same seed."""

import random

from roost_core.graph.model import DependencyGraph, Edge, EdgeKind, Vertex, VertexKind
from roost_core.phase import Phase
from roost_core.status import Status

# As often as they occur here: mostly topics.
KINDS = [EdgeKind.TOPIC] * 6 + [EdgeKind.SERVICE] * 3 + [EdgeKind.ACTION]
TOPIC_LENGTH = 60


def vertex(name, *, kind=VertexKind.DEPLOYMENT, running=True):
    return Vertex(
        id=f'{kind}/{name}-id',
        kind=kind,
        label=name,
        deployment_id=f'{name}-id',
        phase=Phase.SUCCEEDED if running else Phase.PROVISIONING,
        status=Status.RUNNING if running else Status.PENDING,
        running=running,
    )


def needs(source, target):
    return Edge(kind=EdgeKind.DEPENDENCY, source=source.id, target=target.id)


def large_graph(deployments, arrows, *, seed=1, long_names=False):
    """Give a graph of so many deployments and arrows, with up to four arrows of a pair."""
    chance = random.Random(seed)
    some = [
        vertex(f'robot-{number}', running=chance.random() > 0.15) for number in range(deployments)
    ]
    volume = vertex('recordings', kind=VertexKind.VOLUME)
    network = vertex('lab', kind=VertexKind.NETWORK)
    edges = set()
    for number in range(1, deployments):
        if number % 3 == 0:
            edges.add(needs(some[number], some[chance.randrange(number)]))
        if number % 5 == 0:
            edges.add(needs(some[number], network))
        if number % 7 == 0:
            edges.add(needs(some[number], volume))
    while len(edges) < arrows:
        source, target = chance.sample(some, 2)
        for _ in range(min(chance.choice((1, 1, 2, 4)), arrows - len(edges))):
            name = f'/{source.label}/topic_{len(edges)}'.replace('-', '_')
            edges.add(
                Edge(
                    kind=chance.choice(KINDS),
                    source=source.id,
                    target=target.id,
                    label=name.ljust(TOPIC_LENGTH, 'x') if long_names else name,
                    type='std_msgs/msg/String',
                    network='lab',
                )
            )
    return DependencyGraph(
        vertices=tuple(sorted((*some, volume, network), key=lambda each: each.id)),
        edges=tuple(sorted(edges)),
        root=some[0].id,
    )
