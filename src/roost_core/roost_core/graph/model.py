# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The dependency graph as it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from roost_core.graph.attribution import Attribution
from roost_core.phase import Phase
from roost_core.status import Status


class VertexKind(StrEnum):
    """What a vertex stands for."""

    DEPLOYMENT = 'deployment'
    VOLUME = 'volume'
    NETWORK = 'network'
    ROS_NODE = 'ros node'
    FOREIGN = 'other ros nodes'


class EdgeKind(StrEnum):
    """What an arrow stands for; where it leads is said by its direction."""

    DEPENDENCY = 'dependency'
    TOPIC = 'topic'
    SERVICE = 'service'
    ACTION = 'action'


@dataclass(frozen=True, slots=True, kw_only=True)
class Vertex:
    """Something that talks or is needed.

    Attributes:
        id: unique in the graph, stable over time.
        deployment_id, phase, status, running: of a deployment, network or volume; the built-in
            network has no deployment_id.
    """

    id: str
    kind: VertexKind
    label: str
    deployment_id: str = ''
    phase: Phase | None = None
    status: Status | None = None
    running: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Edge:
    """An arrow: to a dependency, a subscriber, the caller of a service, the client of an action.

    Attributes:
        source, target: ids of vertices.
        label: topic, service or action; empty for a dependency, as are type and network.
    """

    kind: EdgeKind
    source: str
    target: str
    label: str = ''
    type: str = ''
    network: str = ''


@dataclass(frozen=True, slots=True, kw_only=True)
class RosNode:
    """A ROS node, and the vertex that it is drawn in."""

    id: str
    name: str
    namespace: str
    network: str
    vertex: str
    attribution: Attribution


class FindingKind(StrEnum):
    """What a finding is about."""

    NOT_SEEN = 'declared and not seen'
    NOT_DECLARED = 'seen and not declared'
    NO_SUBSCRIBER = 'publisher without subscriber'
    NO_PUBLISHER = 'subscriber without publisher'
    NO_SERVER = 'called and not provided'
    QOS = 'QoS that cannot talk'
    TYPE = 'several types'
    BLIND = 'not watched'


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """Something about the live graph that its owner should know.

    Attributes:
        deployment_id: that it is about first; empty for none.
        name: node, topic, service or action.
        deployment_ids: all that it concerns.
        message: what it is, what it means, what to do.
    """

    kind: FindingKind
    network: str
    deployment_id: str = ''
    component: str = ''
    name: str = ''
    type: str = ''
    deployment_ids: tuple[str, ...] = ()
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedNetwork:
    """How a network is watched.

    Attributes:
        watched_from: 'here', beside introspection, and devices.
        endpoints: how many are seen on it.
        message: why it is not watched, or not wholly; empty when it is.
    """

    name: str
    domain_id: int
    watched_from: tuple[str, ...] = ()
    endpoints: int = 0
    message: str = ''


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyGraph:
    """The dependency graph; root is the id of the vertex being viewed, or empty."""

    vertices: tuple[Vertex, ...] = ()
    edges: tuple[Edge, ...] = ()
    nodes: tuple[RosNode, ...] = ()
    networks: tuple[WatchedNetwork, ...] = ()
    findings: tuple[Finding, ...] = ()
    root: str = ''
