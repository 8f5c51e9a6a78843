# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Joins what is seen with what is deployed; linear in what all collectors see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from roost_core.graph.attribution import Attribution, Attributor
from roost_core.graph.dds_names import participant_from_prefix
from roost_core.graph.model import EdgeKind
from roost_core.graph.snapshot import Endpoint, EndpointKind, NetworkSnapshot, Participant, Qos
from roost_core.graph.topology import Topology

ROOST_NAMESPACE = '/roost'

_KINDS = {
    EndpointKind.PUBLISHER: (EdgeKind.TOPIC, True),
    EndpointKind.SUBSCRIPTION: (EdgeKind.TOPIC, False),
    EndpointKind.SERVICE_SERVER: (EdgeKind.SERVICE, True),
    EndpointKind.SERVICE_CLIENT: (EdgeKind.SERVICE, False),
    EndpointKind.ACTION_SERVER: (EdgeKind.ACTION, True),
    EndpointKind.ACTION_CLIENT: (EdgeKind.ACTION, False),
}

# All is seen together.
_ONE_SIGHT = frozenset({0})

# Nodes, each with the quality of service of an endpoint of its.
_Ends = set[tuple[str, Qos]]
_FrozenEnds = frozenset[tuple[str, Qos]]

_INFRASTRUCTURE_TOPICS = frozenset({'/rosout', '/parameter_events'})
_INFRASTRUCTURE_PACKAGES = ('rcl_interfaces/srv/', 'type_description_interfaces/srv/')


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenNode:
    """A ROS node of a network; two of one name are one only if they are in one participant.

    Attributes:
        only_with_roost: all that it was seen to talk about is Roost's, or what every node has.
    """

    id: str
    name: str
    namespace: str
    network: str
    attribution: Attribution
    only_with_roost: bool = False

    @property
    def gid_prefix(self) -> str:
        """Identify the participant that it is in."""
        return self.id.removeprefix(f'{self.network}/').partition('/')[0]

    @property
    def full_name(self) -> str:
        """Give its fully qualified name; empty while its name is not told."""
        return f'{self.namespace.rstrip("/")}/{self.name}' if self.name else ''

    @property
    def roost(self) -> bool:
        """Tell whether it is a node of Roost itself, or a client of its whose name is not told."""
        named = f'{self.namespace}/'.startswith(f'{ROOST_NAMESPACE}/')
        return named or (not self.name and self.only_with_roost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A topic, service or action of one type, with the ids of the nodes at its two ends.

    The ends are seen together. Where no collector sees a whole network there are several of one
    name and type, and ends that are in none together do not meet.

    Attributes:
        sights: numbers of those of its network that show just these ends.
        offered, requested: of a topic, each quality of service that a node publishes with, and
            that a node subscribes with; empty for services and actions.
    """

    kind: EdgeKind
    network: str
    name: str
    type: str
    sources: frozenset[str]
    targets: frozenset[str]
    offered: _FrozenEnds = frozenset()
    requested: _FrozenEnds = frozenset()
    sights: frozenset[int] = _ONE_SIGHT

    @property
    def infrastructure(self) -> bool:
        """Tell whether every node has it, so that it says nothing about who needs whom."""
        if self.kind is EdgeKind.TOPIC:
            return self.name in _INFRASTRUCTURE_TOPICS
        return self.type.startswith(_INFRASTRUCTURE_PACKAGES)

    @property
    def roost(self) -> bool:
        """Tell whether it is Roost's own."""
        return self.name.startswith(f'{ROOST_NAMESPACE}/')


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveGraph:
    """All that is known, before any of it is left out."""

    topology: Topology
    nodes: Mapping[str, SeenNode]
    channels: tuple[Channel, ...]


def build(
    snapshots: Iterable[NetworkSnapshot], topology: Topology, attributor: Attributor
) -> LiveGraph:
    """Join snapshots and topology; what two collectors of one network both saw counts once."""
    nodes: dict[str, SeenNode] = {}
    ends: dict[tuple[EdgeKind, str, str, str], dict[int, tuple[_Ends, _Ends]]] = {}
    for snapshot in snapshots:
        participants = participants_of(snapshot)
        seen_in = _sights_by_endpoint(snapshot)
        processes = {
            prefix: attributor.process(participant) for prefix, participant in participants.items()
        }
        for endpoint in snapshot.endpoints:
            prefix = endpoint.gid_prefix
            name = node_name(endpoint)
            node_id = f'{snapshot.network}/{prefix}{name}'
            if node_id not in nodes:
                nodes[node_id] = SeenNode(
                    id=node_id,
                    name=endpoint.node_name,
                    namespace=endpoint.node_namespace,
                    network=snapshot.network,
                    attribution=attributor.node(name, participants[prefix], processes[prefix]),
                )
            kind, is_source = _KINDS[endpoint.kind]
            key = (kind, snapshot.network, endpoint.name, endpoint.type)
            in_sights = ends.setdefault(key, {})
            for sight in seen_in.get(endpoint.gid, _ONE_SIGHT):
                sources, targets = in_sights.setdefault(sight, (set(), set()))
                (sources if is_source else targets).add((node_id, endpoint.qos))
    channels = tuple(
        Channel(
            kind=kind,
            network=network,
            name=name,
            type=type_name,
            sources=frozenset(node for node, _ in sources),
            targets=frozenset(node for node, _ in targets),
            offered=sources if kind is EdgeKind.TOPIC else frozenset(),
            requested=targets if kind is EdgeKind.TOPIC else frozenset(),
            sights=frozenset(sights),
        )
        for (kind, network, name, type_name), in_sights in ends.items()
        for (sources, targets), sights in _by_ends(in_sights).items()
    )
    elsewhere = {
        node
        for channel in channels
        if not (channel.roost or channel.infrastructure)
        for node in channel.sources | channel.targets
    }
    seen = {
        id: node if id in elsewhere else replace(node, only_with_roost=True)
        for id, node in nodes.items()
    }
    return LiveGraph(topology=topology, nodes=seen, channels=channels)


def _sights_by_endpoint(snapshot: NetworkSnapshot) -> dict[str, list[int]]:
    """Give the numbers of the sights that each endpoint is in; nothing where there is one."""
    found: dict[str, list[int]] = {}
    for number, gids in enumerate(snapshot.sights):
        for gid in gids:
            found.setdefault(gid, []).append(number)
    return found


def _by_ends(
    in_sights: Mapping[int, tuple[_Ends, _Ends]],
) -> dict[tuple[_FrozenEnds, _FrozenEnds], list[int]]:
    """Put together the sights that show the same ends."""
    found: dict[tuple[_FrozenEnds, _FrozenEnds], list[int]] = {}
    for sight, (sources, targets) in in_sights.items():
        found.setdefault((frozenset(sources), frozenset(targets)), []).append(sight)
    return found


def participants_of(snapshot: NetworkSnapshot) -> dict[str, Participant]:
    """Give the participant of each endpoint, out of its GUID prefix where nobody told of it."""
    found = {participant.gid_prefix: participant for participant in snapshot.participants}
    for endpoint in snapshot.endpoints:
        prefix = endpoint.gid_prefix
        if prefix not in found:
            found[prefix] = participant_from_prefix(prefix)
    return found


def node_name(endpoint: Endpoint) -> str:
    """Give the fully qualified name of the node that owns an endpoint."""
    return f'{endpoint.node_namespace.rstrip("/")}/{endpoint.node_name}'
