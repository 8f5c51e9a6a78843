# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who stands behind ROS nodes, and whether anything can be said of them now."""

from __future__ import annotations

from collections.abc import Iterable

from roost_core.graph.attribution import Place
from roost_core.graph.build import LiveGraph, SeenNode
from roost_core.graph.label import shown
from roost_core.graph.topology import TopologyDeployment
from roost_core.phase import Phase
from roost_core.status import Status

_STEADY_PHASES = frozenset({Phase.SUCCEEDED, Phase.FAILED_TO_UPDATE})
_CHANGING_PHASES = frozenset(
    {Phase.IN_PROGRESS, Phase.PROVISIONING, Phase.PARTIALLY_DEPROVISIONED}
)
_STEADY_STATUSES = frozenset({Status.RUNNING, Status.ERROR})

_NAMED_AT_MOST = 4


class Parties:
    """Knows the deployments of a live graph and their nodes."""

    def __init__(self, live: LiveGraph) -> None:
        self._nodes = live.nodes
        self._roost = frozenset(id for id, node in live.nodes.items() if node.roost)
        self.deployments = {each.id: each for each in live.topology.deployments}
        self._steady = {each.id for each in live.topology.deployments if steady(each)}
        changing = {each.id for each in live.topology.deployments if _changing(each)}
        self._beside_change = {
            one
            for each in live.topology.deployments
            for other in each.dependencies
            for one, neighbour in ((each.id, other), (other, each.id))
            if neighbour in changing
        }

    def heard(self, nodes: Iterable[str]) -> frozenset[str]:
        """Leave out nodes of Roost: it listens to find out, and for nothing else."""
        return frozenset(nodes) - self._roost

    def node(self, node: str) -> SeenNode:
        """Give a node by its id."""
        return self._nodes[node]

    def place(self, node: str) -> Place | None:
        """Give the executable of a node; None for a node of no deployment that is known."""
        place = self._nodes[node].attribution.place
        return place if place is not None and place.deployment_id in self.deployments else None

    def of(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """List the ids of the deployments of nodes, by name."""
        found = {place.deployment_id for node in nodes if (place := self.place(node))}
        return tuple(sorted(found, key=lambda id: (self.deployments[id].name, id)))

    def steady(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """List the ids of those that run and are neither started, updated nor stopped now."""
        return tuple(id for id in self.of(nodes) if id in self._steady)

    def settled(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """List the ids of steady ones beside which nothing changes.

        While a dependency or a dependant is started, updated or stopped, what one does not find
        there is no news.
        """
        return tuple(id for id in self.steady(nodes) if id not in self._beside_change)

    def runs(self, deployment: TopologyDeployment, component: str) -> bool:
        """Tell whether a component of a steady deployment runs, with all of its executables."""
        executables = [each for each in deployment.executables if each.component == component]
        return (
            deployment.id in self._steady
            and bool(executables)
            and all(each.running for each in executables)
        )

    def component(self, deployment_id: str, nodes: Iterable[str]) -> str:
        """Give the component of a deployment that nodes are of; empty when they are of several."""
        found = {
            place.component
            for node in nodes
            if (place := self.place(node)) and place.deployment_id == deployment_id
        }
        return found.pop() if len(found) == 1 else ''

    def named(self, nodes: Iterable[str]) -> str:
        """Name who nodes are of: deployments, then nodes of none; not endlessly many."""
        nodes = set(nodes)
        names = [quoted(self.deployments[id].name) for id in self.of(nodes)]
        strangers = {self._nodes[node].full_name for node in nodes if self.place(node) is None}
        names += [f'node {quoted(name)}' if name else 'a ROS node' for name in sorted(strangers)]
        return listed(names)


def steady(deployment: TopologyDeployment) -> bool:
    """Tell whether a deployment runs, and is neither started, updated nor stopped now."""
    return (
        deployment.running
        and deployment.phase in _STEADY_PHASES
        and deployment.status in _STEADY_STATUSES
    )


def quoted(name: str) -> str:
    """Quote a name; those of ROS come from the network, where anything can be one."""
    return f"'{shown(name)}'"


def listed(names: list[str]) -> str:
    """Join names to words, the first few of many."""
    if len(names) > _NAMED_AT_MOST:
        return f'{", ".join(names[:_NAMED_AT_MOST])} and {len(names) - _NAMED_AT_MOST} more'
    return joined(names)


def joined(names: Iterable[str]) -> str:
    """Join names to words."""
    *first, last = names
    return f'{", ".join(first)} and {last}' if first else last


def _changing(deployment: TopologyDeployment) -> bool:
    return deployment.phase in _CHANGING_PHASES or deployment.status is Status.PENDING
