# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What of the graph is shown: the switches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from roost_core.graph import vertex_ids
from roost_core.graph.build import LiveGraph, SeenNode
from roost_core.graph.findings import relevant
from roost_core.graph.model import (
    DependencyGraph,
    Edge,
    EdgeKind,
    Finding,
    RosNode,
    Vertex,
    VertexKind,
    WatchedNetwork,
)
from roost_core.graph.topology import (
    Topology,
    TopologyDeployment,
    TopologyNetwork,
    TopologyVolume,
)
from roost_core.names import suggestion


class UnknownRoot(LookupError):
    """What to start from, or the network to look at, is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What to show.

    Attributes:
        root: name or id of the deployment, network or volume to mark and to start from; empty
            for none.
        depth: with root, at most so many arrows away, in either direction; 0 for no limit.
        network: only ROS communication of this network; empty for all.
        hide_communication: dependencies only.
        hide_not_running: leave out deployments, networks and volumes that are not running, but
            not the root.
        show_infrastructure: also what every node has, Roost's own nodes, and the built-in network,
            which is otherwise there only as the root.
        open_foreign: each ROS node that belongs to no deployment by itself, not folded into one.
    """

    root: str = ''
    depth: int = 0
    network: str = ''
    hide_communication: bool = False
    hide_not_running: bool = False
    show_infrastructure: bool = False
    open_foreign: bool = False


DEFAULT = Switches()


def view(
    live: LiveGraph,
    switches: Switches = DEFAULT,
    *,
    networks: Iterable[WatchedNetwork] = (),
    findings: Iterable[Finding] = (),
) -> DependencyGraph:
    """Draw up the graph; sorted, so that equal truths give equal graphs.

    Args:
        networks: how each is watched.
        findings: those of the whole graph, in the order in which they are told.

    Raises:
        UnknownRoot: nothing has the name or id of the root, or there is no such network.
    """
    topology = live.topology
    root = _find_root(topology, switches.root) if switches.root else ''
    networks = tuple(networks)
    if switches.network:
        _check_network(live, switches.network)
    vertices = {
        vertex.id: vertex
        for vertex in _fleet(topology, switches, root)
        if vertex.running or not switches.hide_not_running or vertex.id == root
    }
    nodes = _shown_nodes(live, switches, vertices)
    _add_foreign(vertices, nodes.values())
    edges = _dependencies(topology, vertices)
    if not switches.hide_communication:
        edges |= _communication(live, switches, nodes)
    graph = DependencyGraph(
        vertices=tuple(sorted(vertices.values(), key=lambda vertex: vertex.id)),
        edges=tuple(sorted(edges)),
        nodes=tuple(sorted(nodes.values(), key=lambda node: node.id)),
        networks=tuple(each for each in networks if switches.network in ('', each.name)),
        root=root,
    )
    if root:
        graph = _around(graph, switches.depth)
    is_part = bool(root or switches.hide_not_running)
    shown = {vertex.deployment_id for vertex in graph.vertices if vertex.deployment_id}
    told = relevant(findings, network=switches.network, deployments=shown if is_part else None)
    return replace(graph, findings=told)


def _find_root(topology: Topology, root: str) -> str:
    """Find what has a name or id: a deployment, else a network, else a volume."""
    for deployment in topology.deployments:
        if root in (deployment.id, deployment.name):
            return vertex_ids.of_deployment(deployment.id)
    for network in topology.networks:
        if root in (network.id, network.name):
            return vertex_ids.of_network(network.name)
    for volume in topology.volumes:
        if root in (volume.id, volume.name):
            return vertex_ids.of_volume(volume.id)
    names = [each.name for each in topology.deployments]
    names += [each.name for each in topology.networks]
    names += [each.name for each in topology.volumes]
    hint = suggestion(root, names)
    raise UnknownRoot(
        f"there is no deployment, network or volume '{root}' now{f'; {hint}' if hint else ''}"
    )


def _check_network(live: LiveGraph, name: str) -> None:
    names = {network.name for network in live.topology.networks}
    names |= {node.network for node in live.nodes.values()}
    if name not in names:
        hint = suggestion(name, sorted(names))
        raise UnknownRoot(f"there is no network '{name}' now{f'; {hint}' if hint else ''}")


def _fleet(topology: Topology, switches: Switches, root: str) -> Iterator[Vertex]:
    """Give the vertices of what is deployed."""
    yield from map(_deployment_vertex, topology.deployments)
    yield from map(_volume_vertex, topology.volumes)
    for network in topology.networks:
        vertex = _network_vertex(network)
        # All that names no other network is on the built-in one: an arrow from everywhere.
        if network.id or switches.show_infrastructure or vertex.id == root:
            yield vertex


def _deployment_vertex(deployment: TopologyDeployment) -> Vertex:
    return Vertex(
        id=vertex_ids.of_deployment(deployment.id),
        kind=VertexKind.DEPLOYMENT,
        label=deployment.name,
        deployment_id=deployment.id,
        phase=deployment.phase,
        status=deployment.status,
        running=deployment.running,
    )


def _volume_vertex(volume: TopologyVolume) -> Vertex:
    return Vertex(
        id=vertex_ids.of_volume(volume.id),
        kind=VertexKind.VOLUME,
        label=volume.name,
        deployment_id=volume.id,
        phase=volume.phase,
        status=volume.status,
        running=volume.running,
    )


def _network_vertex(network: TopologyNetwork) -> Vertex:
    return Vertex(
        id=vertex_ids.of_network(network.name),
        kind=VertexKind.NETWORK,
        label=network.name,
        deployment_id=network.id,
        phase=network.phase,
        status=network.status,
        running=network.running,
    )


def _shown_nodes(
    live: LiveGraph, switches: Switches, deployments: dict[str, Vertex]
) -> dict[str, RosNode]:
    """Pick the nodes to show, each with the vertex that it is drawn in."""
    nodes = {}
    for seen in live.nodes.values():
        if switches.network and seen.network != switches.network:
            continue
        if seen.roost and not switches.show_infrastructure:
            continue
        place = seen.attribution.place
        if place is not None:
            vertex = vertex_ids.of_deployment(place.deployment_id)
            if vertex not in deployments:
                continue
        elif switches.hide_communication:
            continue
        else:
            vertex = vertex_ids.of_node(seen.id) if switches.open_foreign else vertex_ids.FOREIGN
        nodes[seen.id] = _ros_node(seen, vertex)
    return nodes


def _ros_node(seen: SeenNode, vertex: str) -> RosNode:
    return RosNode(
        id=seen.id,
        name=seen.name,
        namespace=seen.namespace,
        network=seen.network,
        vertex=vertex,
        attribution=seen.attribution,
    )


def _add_foreign(vertices: dict[str, Vertex], nodes: Iterable[RosNode]) -> None:
    folded: list[RosNode] = []
    for node in nodes:
        if node.vertex == vertex_ids.FOREIGN:
            folded.append(node)
        elif node.attribution.place is None:
            label = f'{node.namespace.rstrip("/")}/{node.name}' if node.name else 'unnamed'
            vertices[node.vertex] = Vertex(
                id=node.vertex, kind=VertexKind.ROS_NODE, label=label, running=True
            )
    if folded:
        # A node whose name has not been told yet may be one that is counted already.
        count = sum(1 for node in folded if node.name) or 1
        vertices[vertex_ids.FOREIGN] = Vertex(
            id=vertex_ids.FOREIGN,
            kind=VertexKind.FOREIGN,
            label=f'{count} other ROS node{"s" if count > 1 else ""}',
            running=True,
        )


def _dependencies(topology: Topology, vertices: dict[str, Vertex]) -> set[Edge]:
    """Draw an arrow to each deployment, volume and network that a deployment uses."""
    names = {network.id: network.name for network in topology.networks if network.id}
    edges = set()
    for deployment in topology.deployments:
        used = {each.network for each in deployment.components if each.network}
        used |= {names[id] for id in deployment.networks if id in names}
        targets = {
            *map(vertex_ids.of_deployment, deployment.dependencies),
            *map(vertex_ids.of_volume, deployment.volumes),
            *map(vertex_ids.of_network, used),
        }
        source = vertex_ids.of_deployment(deployment.id)
        edges |= {
            Edge(kind=EdgeKind.DEPENDENCY, source=source, target=target)
            for target in targets
            if source in vertices and target in vertices
        }
    return edges


def _communication(live: LiveGraph, switches: Switches, nodes: dict[str, RosNode]) -> set[Edge]:
    """Draw one arrow for each topic, service or action and pair of vertices; none to itself."""
    edges = set()
    for channel in live.channels:
        if channel.infrastructure and not switches.show_infrastructure:
            continue
        sources = {nodes[node].vertex for node in channel.sources if node in nodes}
        targets = {nodes[node].vertex for node in channel.targets if node in nodes}
        for source in sources:
            for target in targets:
                if source != target:
                    edges.add(
                        Edge(
                            kind=channel.kind,
                            source=source,
                            target=target,
                            label=channel.name,
                            type=channel.type,
                            network=channel.network,
                        )
                    )
    return edges


def _around(graph: DependencyGraph, depth: int) -> DependencyGraph:
    """Keep what is connected with the root, at most depth arrows away unless depth is 0."""
    neighbours: dict[str, set[str]] = {}
    for edge in graph.edges:
        neighbours.setdefault(edge.source, set()).add(edge.target)
        neighbours.setdefault(edge.target, set()).add(edge.source)
    kept = {graph.root}
    frontier = kept
    distance = 0
    while frontier and (not depth or distance < depth):
        frontier = {far for near in frontier for far in neighbours.get(near, ())} - kept
        kept = kept | frontier
        distance += 1
    return replace(
        graph,
        vertices=tuple(vertex for vertex in graph.vertices if vertex.id in kept),
        edges=tuple(edge for edge in graph.edges if edge.source in kept and edge.target in kept),
        nodes=tuple(node for node in graph.nodes if node.vertex in kept),
    )
