# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Finds what packages declare and nobody sees."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase

from roost_core.graph.build import Channel, LiveGraph
from roost_core.graph.model import EdgeKind, Finding, FindingKind
from roost_core.graph.parties import Parties, quoted
from roost_core.graph.topology import DeclaredInterface, InterfaceKind, TopologyComponent

EDGE_KINDS = {
    InterfaceKind.TOPIC: EdgeKind.TOPIC,
    InterfaceKind.SERVICE: EdgeKind.SERVICE,
    InterfaceKind.ACTION: EdgeKind.ACTION,
}


def not_seen(live: LiveGraph, parties: Parties, networks: Collection[str]) -> Iterator[Finding]:
    """Find what components declare that run, and that does not show on their network.

    What is seen there and cannot be attributed may be theirs, and counts for them.

    Args:
        networks: names of those that are wholly watched.
    """
    seen = _Seen(live, parties)
    for deployment in parties.deployments.values():
        for component in deployment.components:
            if component.network in networks and parties.runs(deployment, component.name):
                nodes = seen.nodes(deployment.id, component)
                owner = f'component {quoted(component.name)} of {quoted(deployment.name)}'
                for name, type_name, message in seen.missing(component, nodes, owner):
                    yield Finding(
                        kind=FindingKind.NOT_SEEN,
                        network=component.network,
                        deployment_id=deployment.id,
                        component=component.name,
                        name=name,
                        type=type_name,
                        deployment_ids=(deployment.id,),
                        message=message,
                    )


class _Seen:
    """What is seen, by where components would be looked for."""

    def __init__(self, live: LiveGraph, parties: Parties) -> None:
        self._live = live
        self._nodes: dict[tuple[str, str, str], set[str]] = {}
        for node in live.nodes.values():
            place = parties.place(node.id)
            owner = (place.deployment_id, place.component) if place else ('', '')
            self._nodes.setdefault((node.network, *owner), set()).add(node.id)
        self._channels: dict[tuple[str, EdgeKind, str], list[Channel]] = {}
        for channel in live.channels:
            key = (channel.network, channel.kind, channel.name)
            self._channels.setdefault(key, []).append(channel)

    def nodes(self, deployment_id: str, component: TopologyComponent) -> set[str]:
        """List the nodes that are, or may be, of a component."""
        own = self._nodes.get((component.network, deployment_id, component.name), set())
        return own | self._nodes.get((component.network, '', ''), set())

    def missing(
        self, component: TopologyComponent, nodes: set[str], owner: str
    ) -> Iterator[tuple[str, str, str]]:
        """List name, type and message of what is declared and not among nodes."""
        names = {self._live.nodes[node].full_name for node in nodes}
        if '' not in names:
            for pattern in component.nodes:
                if not any(fnmatchcase(name, pattern) for name in names):
                    yield pattern, '', _node_message(pattern, component.network, owner)
        for declared in component.interfaces:
            key = (component.network, EDGE_KINDS[declared.kind], declared.name)
            channels = self._channels.get(key, [])
            message = _message(declared, component.network, channels, nodes, owner)
            if message:
                yield declared.name, declared.type, message


def _node_message(pattern: str, network: str, owner: str) -> str:
    return (
        f'node {quoted(pattern)} is declared by {owner}, which runs, and is not seen on network'
        f' {quoted(network)}: it did not start, has another name, or is on another network. Read'
        " the logs of the deployment, or correct 'ros.nodes' of its package."
    )


def _message(
    declared: DeclaredInterface,
    network: str,
    channels: list[Channel],
    nodes: set[str],
    owner: str,
) -> str:
    """Say what is wrong with something declared; empty when nothing is."""
    what = f'{declared.kind} {quoted(declared.name)}'
    listed = f"'ros.{declared.kind}s' of its package"
    types = {channel.type for channel in channels if channel.sources & nodes}
    if types & {declared.type, ''} or (types and not declared.type):
        return ''
    if types:
        return (
            f'{what} is declared as {quoted(declared.type)} by {owner}, and seen as'
            f' {quoted(min(types))}: who builds on what is declared cannot talk to it. Correct'
            f' its type in {listed}, or in the program.'
        )
    if any(channel.targets & nodes for channel in channels):
        return (
            f'{what} is declared by {owner}, which takes it and does not provide it: what is'
            f' declared is what others may count on. Take it out of {listed}, or look for why it'
            ' is not provided.'
        )
    return (
        f'{what} is declared by {owner}, which runs, and does not provide it on network'
        f' {quoted(network)}: who counts on it waits in vain. Read the logs of the deployment,'
        f' look whether the name is another one at run time, or correct {listed}.'
    )
