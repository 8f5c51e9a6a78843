# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Snapshots of networks, and the dependency graph."""

from __future__ import annotations

from builtin_interfaces.msg import Time

from roost_core.graph.attribution import Attribution, Place
from roost_core.graph.model import (
    DependencyGraph,
    Edge,
    EdgeKind,
    Finding,
    FindingKind,
    RosNode,
    Vertex,
    VertexKind,
    WatchedNetwork,
)
from roost_core.graph.snapshot import (
    Endpoint,
    EndpointKind,
    NetworkSnapshot,
    Participant,
    ParticipantSource,
    Qos,
)
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
FINDING_KINDS = {
    FindingKind.NOT_SEEN: msg.GraphFinding.KIND_NOT_SEEN,
    FindingKind.NOT_DECLARED: msg.GraphFinding.KIND_NOT_DECLARED,
    FindingKind.NO_SUBSCRIBER: msg.GraphFinding.KIND_NO_SUBSCRIBER,
    FindingKind.NO_PUBLISHER: msg.GraphFinding.KIND_NO_PUBLISHER,
    FindingKind.NO_SERVER: msg.GraphFinding.KIND_NO_SERVER,
    FindingKind.QOS: msg.GraphFinding.KIND_QOS,
    FindingKind.TYPE: msg.GraphFinding.KIND_TYPE,
    FindingKind.BLIND: msg.GraphFinding.KIND_BLIND,
}
ENDPOINT_KIND_OF = {number: kind for kind, number in ENDPOINT_KINDS.items()}
VERTEX_KIND_OF = {number: kind for kind, number in VERTEX_KINDS.items()}
EDGE_KIND_OF = {number: kind for kind, number in EDGE_KINDS.items()}
FINDING_KIND_OF = {number: kind for kind, number in FINDING_KINDS.items()}


def snapshot_message(
    snapshot: NetworkSnapshot, *, revision: int, stamp: Time
) -> msg.GraphSnapshot:
    """Write what a collector sees."""
    return msg.GraphSnapshot(
        network=snapshot.network,
        watched_from=snapshot.watched_from,
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
                deadline_sec=each.qos.deadline_sec,
                liveliness=each.qos.liveliness,
                lease_sec=each.qos.lease_sec,
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


def snapshot_of(message: msg.GraphSnapshot) -> NetworkSnapshot:
    """Read what a collector sees; of what a newer one says, what is understood."""
    sources = {str(source): source for source in ParticipantSource}
    return NetworkSnapshot(
        network=message.network,
        watched_from=message.watched_from,
        domain_id=message.domain_id,
        endpoints=tuple(
            Endpoint(
                kind=ENDPOINT_KIND_OF[each.kind],
                name=each.name,
                type=each.type,
                node_name=each.node_name,
                node_namespace=each.node_namespace,
                gid=each.gid,
                qos=Qos(
                    each.reliability,
                    each.durability,
                    each.deadline_sec,
                    each.liveliness,
                    each.lease_sec,
                ),
            )
            for each in message.endpoints
            if each.kind in ENDPOINT_KIND_OF
        ),
        participants=tuple(
            Participant(
                gid_prefix=each.gid_prefix,
                host_name=each.host_name,
                host_id=each.host_id,
                process_id=each.process_id,
                process_id_low_16_bits=each.process_id_low_16_bits,
                source=sources.get(each.source, ParticipantSource.GUID_PREFIX),
            )
            for each in message.participants
        ),
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
        networks=[
            msg.GraphNetwork(
                network=each.name,
                domain_id=each.domain_id,
                watched_from=list(each.watched_from),
                endpoints=each.endpoints,
                message=each.message,
            )
            for each in graph.networks
        ],
        findings=[_finding_message(each) for each in graph.findings],
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
        networks=tuple(
            WatchedNetwork(
                name=each.network,
                domain_id=each.domain_id,
                watched_from=tuple(each.watched_from),
                endpoints=each.endpoints,
                message=each.message,
            )
            for each in message.networks
        ),
        findings=tuple(
            _finding_of(each) for each in message.findings if each.kind in FINDING_KIND_OF
        ),
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


def _finding_message(finding: Finding) -> msg.GraphFinding:
    return msg.GraphFinding(
        kind=FINDING_KINDS[finding.kind],
        network=finding.network,
        deployment_id=finding.deployment_id,
        component=finding.component,
        name=finding.name,
        type=finding.type,
        deployment_ids=list(finding.deployment_ids),
        message=finding.message,
    )


def _finding_of(message: msg.GraphFinding) -> Finding:
    return Finding(
        kind=FINDING_KIND_OF[message.kind],
        network=message.network,
        deployment_id=message.deployment_id,
        component=message.component,
        name=message.name,
        type=message.type,
        deployment_ids=tuple(message.deployment_ids),
        message=message.message,
    )
