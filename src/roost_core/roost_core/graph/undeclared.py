# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Finds what nodes of deployments show and their packages do not declare."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from roost_core.graph.build import Channel, LiveGraph
from roost_core.graph.customs import carriers, customary, customary_node, hidden
from roost_core.graph.declared import EDGE_KINDS
from roost_core.graph.model import EdgeKind, Finding, FindingKind
from roost_core.graph.parties import Parties, quoted

_LISTS = {
    EdgeKind.TOPIC: 'ros.topics',
    EdgeKind.SERVICE: 'ros.services',
    EdgeKind.ACTION: 'ros.actions',
}


def not_declared(live: LiveGraph, parties: Parties) -> Iterator[Finding]:
    """Find what is seen of deployments whose packages declare others of its kind."""
    yield from _nodes(live, parties)
    yield from _interfaces(live, parties)


def _nodes(live: LiveGraph, parties: Parties) -> Iterator[Finding]:
    patterns = {
        deployment.id: {pattern for each in deployment.components for pattern in each.nodes}
        for deployment in parties.deployments.values()
    }
    found: dict[tuple[str, str, str], str] = {}
    for node in live.nodes.values():
        name = node.full_name
        if not name or node.roost or hidden(name) or customary_node(node.name):
            continue
        for deployment_id in parties.steady([node.id]):
            declared = patterns[deployment_id]
            if declared and not any(fnmatchcase(name, pattern) for pattern in declared):
                component = parties.component(deployment_id, [node.id])
                found[node.network, deployment_id, name] = component
    for (network, deployment_id, name), component in found.items():
        yield _finding(parties, network, deployment_id, component, 'node', name, '', 'ros.nodes')


def _interfaces(live: LiveGraph, parties: Parties) -> Iterator[Finding]:
    declared: dict[tuple[str, EdgeKind], set[str]] = {}
    for deployment in parties.deployments.values():
        for part in deployment.components:
            for each in part.interfaces:
                key = (deployment.id, EDGE_KINDS[each.kind])
                declared.setdefault(key, set()).add(each.name)
    carried = carriers(live.channels)
    told = set()
    for channel in live.channels:
        if _brought_along(channel) or (channel.network, channel.name) in carried:
            continue
        for deployment_id in parties.steady(channel.sources):
            names = declared.get((deployment_id, channel.kind))
            if names and channel.name not in names:
                finding = _finding(
                    parties,
                    channel.network,
                    deployment_id,
                    parties.component(deployment_id, channel.sources),
                    channel.kind,
                    channel.name,
                    channel.type,
                    _LISTS[channel.kind],
                )
                # What several collectors see is several channels.
                if finding not in told:
                    told.add(finding)
                    yield finding


def _brought_along(channel: Channel) -> bool:
    return channel.infrastructure or channel.roost or customary(channel) or hidden(channel.name)


def _finding(
    parties: Parties,
    network: str,
    deployment_id: str,
    component: str,
    kind: str,
    name: str,
    type_name: str,
    listed: str,
) -> Finding:
    owner = quoted(parties.deployments[deployment_id].name)
    return Finding(
        kind=FindingKind.NOT_DECLARED,
        network=network,
        deployment_id=deployment_id,
        component=component,
        name=name,
        type=type_name,
        deployment_ids=(deployment_id,),
        message=(
            f'{kind} {quoted(name)} of {owner} is not among what its package declares: who reads'
            f" the package does not know of it. Add it to '{listed}' if others are to use it;"
            ' otherwise nothing needs to be done.'
        ),
    )
