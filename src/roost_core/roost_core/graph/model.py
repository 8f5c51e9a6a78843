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
        deployment_id, phase, status, running: of a deployment.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyGraph:
    """The dependency graph; root is the id of the vertex being viewed, or empty."""

    vertices: tuple[Vertex, ...] = ()
    edges: tuple[Edge, ...] = ()
    nodes: tuple[RosNode, ...] = ()
    root: str = ''
