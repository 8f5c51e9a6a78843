# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who would suffer if something stopped, directly or through others.

It is needed by who depends on it or uses it, who subscribes to what it publishes, who calls its
services and who is a client of its actions; then by who needs these, and so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from roost_core.graph import vertex_ids
from roost_core.graph.asked import Asked, find
from roost_core.graph.build import Channel, LiveGraph
from roost_core.graph.model import EdgeKind
from roost_core.graph.parties import joined, listed, quoted
from roost_core.graph.topology import Topology


class By(StrEnum):
    """What ties who needs something to what it needs."""

    DEPENDENCY = 'dependency'
    TOPIC = 'topic'
    SERVICE = 'service'
    ACTION = 'action'


# By the first part of the ids of vertices.
_WORDS = {
    'deployment': 'deployment',
    'volume': 'volume',
    'network': 'network',
    'node': 'other ROS node',
}
_BY = {EdgeKind.TOPIC: By.TOPIC, EdgeKind.SERVICE: By.SERVICE, EdgeKind.ACTION: By.ACTION}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Somebody who needs something.

    Attributes:
        vertex: id of who needs it.
        label: its name.
        deployment_id: of a deployment; empty for others.
        needs: name of what it needs directly.
        names: topics, services or actions by which; empty for a dependency.
        distance: 1 when it needs directly what was asked about, else one more than what it needs.
    """

    vertex: str
    label: str
    deployment_id: str = ''
    needs: str
    by: By
    names: tuple[str, ...] = ()
    distance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Who needs something.

    Attributes:
        found: ids of the vertices that provide it; of a device, of what is on it.
        needs: nearest first.
    """

    found: tuple[str, ...]
    summary: str
    needs: tuple[Need, ...]


# Who needs something, and how, with the names by which.
_Ties = dict[tuple[str, By], set[str]]


def who_needs(live: LiveGraph, what: str, *, network: str = '', depth: int = 0) -> Answer:
    """Find who needs something, each by its shortest ways.

    Args:
        what: a deployment, network, volume, device, node, topic, service or action, by name or
            id; see asked.find.
        network: only ROS communication of this one; empty for all.
        depth: at most so many steps away; 0 for no limit.

    Raises:
        UnknownThing: nothing has this name, or there is no such network.
    """
    asked = find(live, what, network)
    web = _Web(live, network)
    found, direct = web.begin(asked)
    needs: list[Need] = []
    done = found - {vertex for vertex, _ in direct}
    level = [(asked.name, direct)]
    distance = 1
    while level and (not depth or distance <= depth):
        further = [
            web.need(vertex, needed, by, names, distance)
            for needed, ties in level
            for (vertex, by), names in ties.items()
            if vertex not in done
        ]
        reached = {need.vertex for need in further}
        needs += further
        done |= reached
        level = [(web.labels[vertex], web.ties.get(vertex, {})) for vertex in reached]
        distance += 1
    needs.sort(key=lambda need: (need.distance, need.label, need.vertex, need.needs, need.by))
    return Answer(
        found=tuple(sorted(found)), summary=_summary(asked, found, needs), needs=tuple(needs)
    )


class _Web:
    """Who needs whom, by vertices."""

    def __init__(self, live: LiveGraph, network: str) -> None:
        topology = live.topology
        self.labels = {
            **{vertex_ids.of_deployment(each.id): each.name for each in topology.deployments},
            **{vertex_ids.of_volume(each.id): each.name for each in topology.volumes},
            **{vertex_ids.of_network(each.name): each.name for each in topology.networks},
        }
        self._vertex_of: dict[str, str] = {}
        for node in live.nodes.values():
            place = node.attribution.place
            vertex = vertex_ids.of_deployment(place.deployment_id) if place else ''
            if vertex not in self.labels:
                vertex = vertex_ids.of_node(node.id)
                self.labels[vertex] = node.full_name or 'unnamed'
            self._vertex_of[node.id] = vertex
        self._roost = {node.id for node in live.nodes.values() if node.roost}
        self._channels = [each for each in live.channels if network in ('', each.network)]
        self.ties: dict[str, _Ties] = {}
        for needed, vertex in _dependencies(live.topology):
            self.ties.setdefault(needed, {})[vertex, By.DEPENDENCY] = set()
        for channel in self._channels:
            if not (channel.infrastructure or channel.roost):
                targets = self._vertices(channel.targets)
                for source in self._vertices(channel.sources):
                    _tie(self.ties.setdefault(source, {}), targets - {source}, channel)

    def begin(self, asked: Asked) -> tuple[frozenset[str], _Ties]:
        """Give what provides it, and who needs it directly."""
        direct: _Ties = {}
        if asked.kind == 'device':
            direct = {(vertex, By.DEPENDENCY): set() for vertex in asked.vertices}
            return asked.vertices, direct
        if asked.vertices:
            for vertex in asked.vertices:
                direct |= self.ties.get(vertex, {})
            return asked.vertices, direct
        if asked.nodes:
            own = self._vertices(asked.nodes)
            for channel in self._channels:
                if channel.sources & asked.nodes and not channel.infrastructure:
                    _tie(direct, self._vertices(channel.targets) - own, channel)
            return own, direct
        found: frozenset[str] = frozenset()
        said = [
            each for each in self._channels if (each.kind, each.name) == (asked.said, asked.name)
        ]
        provided = {(each.network, each.type) for each in said if each.sources}
        for channel in said:
            # Who is out of reach of what provides it has it not, and loses nothing.
            if channel.sources or (channel.network, channel.type) not in provided:
                sources = self._vertices(channel.sources)
                targets = self._vertices(channel.targets)
                found |= sources
                # Who has it from itself alone needs nobody for it.
                _tie(direct, targets - sources if len(sources) == 1 else targets, channel)
        return found, direct

    def need(self, vertex: str, needed: str, by: By, names: Iterable[str], distance: int) -> Need:
        """Say how a vertex needs something."""
        kind, _, deployment_id = vertex.partition('/')
        return Need(
            vertex=vertex,
            label=self.labels[vertex],
            deployment_id=deployment_id if kind == 'deployment' else '',
            needs=needed,
            by=by,
            names=tuple(sorted(names)),
            distance=distance,
        )

    def _vertices(self, nodes: Iterable[str]) -> frozenset[str]:
        """Give the vertices of nodes; Roost's own listen to find out, and need nothing."""
        return frozenset(self._vertex_of[node] for node in nodes if node not in self._roost)


def _tie(ties: _Ties, vertices: Iterable[str], channel: Channel) -> None:
    for vertex in vertices:
        ties.setdefault((vertex, _BY[channel.kind]), set()).add(channel.name)


def _dependencies(topology: Topology) -> Iterator[tuple[str, str]]:
    """List what is needed, and the deployment that depends on it or uses it."""
    networks = {each.id: each.name for each in topology.networks if each.id}
    for deployment in topology.deployments:
        vertex = vertex_ids.of_deployment(deployment.id)
        for needed in deployment.dependencies:
            yield vertex_ids.of_deployment(needed), vertex
        for volume in deployment.volumes:
            yield vertex_ids.of_volume(volume), vertex
        # The built-in network has no id, and is told by its name alone.
        used = {networks[each] for each in deployment.networks if each in networks}
        used |= {component.network for component in deployment.components if component.network}
        for name in used:
            yield vertex_ids.of_network(name), vertex


def _summary(asked: Asked, found: frozenset[str], needs: list[Need]) -> str:
    if not needs:
        nobody = '' if found or asked.kind == 'device' else ', and nobody provides it'
        return f'nobody needs {asked.title}{nobody}'
    direct = _labels(need for need in needs if need.distance == 1)
    others = _labels(need for need in needs if need.distance > 1)
    through = f'; through them, {listed(others)}' if others else ''
    return f'{_counted(needs)} would suffer if {asked.title} stopped: {listed(direct)}{through}'


def _labels(needs: Iterable[Need]) -> list[str]:
    """List who needs something: deployments first, each once."""
    found = {need.vertex: (not need.deployment_id, need.label) for need in needs}
    return [quoted(label) for _, label in sorted(found.values())]


def _counted(needs: Iterable[Need]) -> str:
    counts: dict[str, set[str]] = {}
    for need in needs:
        counts.setdefault(need.vertex.partition('/')[0], set()).add(need.vertex)
    return joined(
        f'{len(counts[kind])} {word}{"s" if len(counts[kind]) > 1 else ""}'
        for kind, word in _WORDS.items()
        if kind in counts
    )
