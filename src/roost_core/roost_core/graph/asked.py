# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a word means of which somebody asks who needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from roost_core.graph import vertex_ids
from roost_core.graph.build import LiveGraph
from roost_core.graph.model import EdgeKind
from roost_core.graph.parties import quoted
from roost_core.names import suggestion


class UnknownThing(LookupError):
    """Nothing that is deployed or seen has the name or id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked about: deployments and the like, or else nodes, or else something said.

    Attributes:
        kind, name: for people.
        vertices: ids of deployments, networks or volumes; of a device, of what is on it.
        nodes: ids of ROS nodes.
        said: kind of topic, service or action.
    """

    kind: str
    name: str
    vertices: frozenset[str] = frozenset()
    nodes: frozenset[str] = frozenset()
    said: EdgeKind | None = None

    @property
    def title(self) -> str:
        """Name it to people."""
        return f'{self.kind} {quoted(self.name)}'


def find(live: LiveGraph, what: str, network: str = '') -> Asked:
    """Find what has a name or an id: the first of a deployment, network, volume, device, ...

    Args:
        what: may begin with the kind, such as 'topic /pose', to choose between equal names.
        network: only ROS communication of this one; empty for all.

    Raises:
        UnknownThing: nothing has, or there is no such network; with what may have been meant.
    """
    if network:
        _check_network(live, network)
    searches = {
        'deployment': _deployments,
        'network': _networks,
        'volume': _volumes,
        'device': _devices,
        'node': _nodes,
        **{str(kind): _said(kind) for kind in _SAID},
    }
    kind, _, name = what.strip().partition(' ')
    if kind in searches and name:
        searches = {kind: searches[kind]}
    else:
        name = what.strip()
    known: list[str] = []
    for search in searches.values():
        for names, asked in search(live, network):
            if name and name in names:
                return asked
            known.append(asked.name)
    kinds = _either(list(searches))
    raise UnknownThing(f'no {kinds} {quoted(name)}{_hint(name, known)}')


# Names and ids of each thing of a kind, and the thing.
_Things = Iterator[tuple[tuple[str, ...], Asked]]
_SAID = (EdgeKind.TOPIC, EdgeKind.SERVICE, EdgeKind.ACTION)


def _deployments(live: LiveGraph, network: str) -> _Things:
    for each in live.topology.deployments:
        vertex = vertex_ids.of_deployment(each.id)
        asked = Asked(kind='deployment', name=each.name, vertices=frozenset({vertex}))
        yield (each.name, each.id, vertex), asked


def _networks(live: LiveGraph, network: str) -> _Things:
    for each in live.topology.networks:
        vertex = vertex_ids.of_network(each.name)
        asked = Asked(kind='network', name=each.name, vertices=frozenset({vertex}))
        yield (each.name, each.id, vertex), asked


def _volumes(live: LiveGraph, network: str) -> _Things:
    for each in live.topology.volumes:
        vertex = vertex_ids.of_volume(each.id)
        asked = Asked(kind='volume', name=each.name, vertices=frozenset({vertex}))
        yield (each.name, each.id, vertex), asked


def _devices(live: LiveGraph, network: str) -> _Things:
    on_device: dict[str, set[str]] = {}
    for deployment in live.topology.deployments:
        for part in deployment.executables:
            vertex = vertex_ids.of_deployment(deployment.id)
            on_device.setdefault(part.device, set()).add(vertex)
    for volume in live.topology.volumes:
        on_device.setdefault(volume.device, set()).add(vertex_ids.of_volume(volume.id))
    for each in live.topology.networks:
        on_device.setdefault(each.device, set()).add(vertex_ids.of_network(each.name))
    for device in live.topology.devices:
        vertices = frozenset(on_device.get(device.name, ()))
        yield (device.name,), Asked(kind='device', name=device.name, vertices=vertices)


def _nodes(live: LiveGraph, network: str) -> _Things:
    by_name: dict[str, set[str]] = {}
    for node in live.nodes.values():
        if network in ('', node.network):
            asked = Asked(kind='node', name=node.full_name, nodes=frozenset({node.id}))
            yield (node.id, vertex_ids.of_node(node.id)), asked
            if node.name:
                by_name.setdefault(node.full_name, set()).add(node.id)
    for name, nodes in by_name.items():
        yield (name,), Asked(kind='node', name=name, nodes=frozenset(nodes))


def _said(kind: EdgeKind) -> Callable[[LiveGraph, str], _Things]:
    def search(live: LiveGraph, network: str) -> _Things:
        for channel in live.channels:
            if channel.kind is kind and network in ('', channel.network):
                yield (channel.name,), Asked(kind=str(kind), name=channel.name, said=kind)

    return search


def _check_network(live: LiveGraph, name: str) -> None:
    names = {each.name for each in live.topology.networks}
    names |= {node.network for node in live.nodes.values()}
    if name not in names:
        raise UnknownThing(f'no network {quoted(name)}{_hint(name, sorted(names))}')


def _hint(name: str, known: list[str]) -> str:
    hint = suggestion(name, known)
    return f'; {hint}' if hint else ''


def _either(kinds: list[str]) -> str:
    return ' or '.join(filter(None, (', '.join(kinds[:-1]), kinds[-1])))
