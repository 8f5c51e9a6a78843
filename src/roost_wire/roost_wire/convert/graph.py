# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The topology, snapshots of networks, and the dependency graph."""

from __future__ import annotations

from builtin_interfaces.msg import Time

from roost_core.graph.attribution import Attribution, Place
from roost_core.graph.model import DependencyGraph, Edge, EdgeKind, RosNode, Vertex, VertexKind
from roost_core.graph.snapshot import EndpointKind, NetworkSnapshot
from roost_core.graph.topology import (
    Topology,
    TopologyDeployment,
    TopologyDevice,
    TopologyExecutable,
)
from roost_core.package import DeviceRuntime
from roost_core.status import Status
from roost_interfaces import msg
from roost_wire.convert.states import PHASE_OF, PHASES, STATUS_OF, STATUSES

ENDPOINT_KINDS = {
    EndpointKind.PUBLISHER: msg.GraphEndpoint.KIND_PUBLISHER,
    EndpointKind.SUBSCRIPTION: msg.GraphEndpoint.KIND_SUBSCRIPTION,
    EndpointKind.SERVICE_SERVER: msg.GraphEndpoint.KIND_SERVICE_SERVER,
    EndpointKind.SERVICE_CLIENT: msg.GraphEndpoint.KIND_SERVICE_CLIENT,
    EndpointKind.ACTION_SERVER: msg.GraphEndpoint.KIND_ACTION_SERVER,
    EndpointKind.ACTION_CLIENT: msg.GraphEndpoint.KIND_ACTION_CLIENT,
}
VERTEX_KINDS = {
    VertexKind.DEPLOYMENT: msg.GraphVertex.KIND_DEPLOYMENT,
    VertexKind.VOLUME: msg.GraphVertex.KIND_VOLUME,
    VertexKind.NETWORK: msg.GraphVertex.KIND_NETWORK,
    VertexKind.ROS_NODE: msg.GraphVertex.KIND_ROS_NODE,
    VertexKind.FOREIGN: msg.GraphVertex.KIND_FOREIGN,
}
EDGE_KINDS = {
    EdgeKind.DEPENDENCY: msg.GraphEdge.KIND_DEPENDENCY,
    EdgeKind.TOPIC: msg.GraphEdge.KIND_TOPIC,
    EdgeKind.SERVICE: msg.GraphEdge.KIND_SERVICE,
    EdgeKind.ACTION: msg.GraphEdge.KIND_ACTION,
}
VERTEX_KIND_OF = {number: kind for kind, number in VERTEX_KINDS.items()}
EDGE_KIND_OF = {number: kind for kind, number in EDGE_KINDS.items()}


def topology_of(message: msg.Topology) -> Topology:
    """Read who runs what; of what a newer manager says, what is understood."""
    return Topology(
        deployments=tuple(
            TopologyDeployment(
                id=each.id,
                name=each.name,
                phase=PHASE_OF.get(each.phase),
                status=STATUS_OF.get(each.status, Status.UNKNOWN),
                dependencies=tuple(each.dependencies),
                executables=tuple(_executable_of(part) for part in each.executables),
            )
            for each in message.deployments
        ),
        devices=tuple(
            TopologyDevice(
                name=each.name,
                host_name=each.host_name,
                host_ids=tuple(each.host_ids),
                executor=each.executor,
                online=each.online,
            )
            for each in message.devices
        ),
    )


def _executable_of(message: msg.TopologyExecutable) -> TopologyExecutable:
    native = message.runtime == DeviceRuntime.PREINSTALLED
    return TopologyExecutable(
        component=message.component,
        name=message.executable,
        device=message.device,
        runtime=DeviceRuntime.PREINSTALLED if native else DeviceRuntime.DOCKER,
        host_name=message.host_name,
        running=message.running,
        nodes=tuple(message.nodes),
    )


def snapshot_message(
    snapshot: NetworkSnapshot, *, revision: int, stamp: Time
) -> msg.GraphSnapshot:
    """Write what a collector sees."""
    return msg.GraphSnapshot(
        network=snapshot.network,
        domain_id=snapshot.domain_id,
        revision=revision,
        stamp=stamp,
        endpoints=[
            msg.GraphEndpoint(
                kind=ENDPOINT_KINDS[each.kind],
                name=each.name,
                type=each.type,
                node_name=each.node_name,
                node_namespace=each.node_namespace,
                gid=each.gid,
                reliability=each.qos.reliability,
                durability=each.qos.durability,
            )
            for each in snapshot.endpoints
        ],
        participants=[
            msg.Participant(
                gid_prefix=each.gid_prefix,
                host_name=each.host_name,
                host_id=each.host_id,
                process_id=each.process_id,
                process_id_low_16_bits=each.process_id_low_16_bits,
                source=str(each.source),
            )
            for each in snapshot.participants
        ],
    )


def graph_message(graph: DependencyGraph, *, revision: int, stamp: Time) -> msg.DependencyGraph:
    """Write the graph."""
    return msg.DependencyGraph(
        revision=revision,
        stamp=stamp,
        vertices=[
            msg.GraphVertex(
                id=each.id,
                kind=VERTEX_KINDS[each.kind],
                label=each.label,
                deployment_id=each.deployment_id,
                phase=PHASES[each.phase] if each.phase else msg.Deployment.PHASE_UNKNOWN,
                status=STATUSES[each.status] if each.status else msg.Deployment.STATUS_UNKNOWN,
                running=each.running,
            )
            for each in graph.vertices
        ],
        edges=[
            msg.GraphEdge(
                kind=EDGE_KINDS[each.kind],
                source=each.source,
                target=each.target,
                label=each.label,
                type=each.type,
                network=each.network,
            )
            for each in graph.edges
        ],
        nodes=[_node_message(each) for each in graph.nodes],
        root=graph.root,
    )


def graph_of(message: msg.DependencyGraph) -> DependencyGraph:
    """Read the graph, without vertices and arrows of a kind that is not understood."""
    return DependencyGraph(
        vertices=tuple(
            Vertex(
                id=each.id,
                kind=VERTEX_KIND_OF[each.kind],
                label=each.label,
                deployment_id=each.deployment_id,
                phase=PHASE_OF.get(each.phase),
                status=STATUS_OF.get(each.status),
                running=each.running,
            )
            for each in message.vertices
            if each.kind in VERTEX_KIND_OF
        ),
        edges=tuple(
            Edge(
                kind=EDGE_KIND_OF[each.kind],
                source=each.source,
                target=each.target,
                label=each.label,
                type=each.type,
                network=each.network,
            )
            for each in message.edges
            if each.kind in EDGE_KIND_OF
        ),
        nodes=tuple(_node_of(each) for each in message.nodes),
        root=message.root,
    )


def _node_message(node: RosNode) -> msg.RosNode:
    place = node.attribution.place or Place('', '', '')
    return msg.RosNode(
        id=node.id,
        name=node.name,
        node_namespace=node.namespace,
        network=node.network,
        vertex=node.vertex,
        deployment_id=place.deployment_id,
        component=place.component,
        executable=place.executable,
        device=node.attribution.device,
        source=node.attribution.source,
    )


def _node_of(message: msg.RosNode) -> RosNode:
    place = Place(message.deployment_id, message.component, message.executable)
    return RosNode(
        id=message.id,
        name=message.name,
        namespace=message.node_namespace,
        network=message.network,
        vertex=message.vertex,
        attribution=Attribution(
            message.source, place if message.deployment_id else None, message.device
        ),
    )
