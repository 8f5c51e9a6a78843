# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Builders: a live graph, with what packages declare and how networks are watched."""

from dataclasses import replace

from graph_builders import deployment

from roost_core.graph.attribution import Attributor
from roost_core.graph.build import build
from roost_core.graph.model import WatchedNetwork
from roost_core.graph.snapshot import Qos
from roost_core.graph.topology import DeclaredInterface, InterfaceKind, TopologyComponent

WATCHED = WatchedNetwork(name='default', domain_id=1, watched_from=('here',))


def declares(
    name, *needs, nodes=(), topics=(), services=(), actions=(), network='default', **more
):
    """Give a deployment whose component 'main' declares things, by name or (name, type)."""
    interfaces = [
        DeclaredInterface(kind=kind, name=each[0], type=each[1])
        for kind, names in (
            (InterfaceKind.TOPIC, topics),
            (InterfaceKind.SERVICE, services),
            (InterfaceKind.ACTION, actions),
        )
        for each in (item if isinstance(item, tuple) else (item, '') for item in names)
    ]
    part = TopologyComponent(
        name='main', network=network, nodes=tuple(nodes), interfaces=tuple(interfaces)
    )
    return replace(deployment(name, *needs, **more), components=(part,))


def live(seen, deployed, answers=None):
    snapshots = seen if isinstance(seen, list) else [seen]
    return build(snapshots, deployed, Attributor(deployed, answers or {}))


def with_qos(endpoint, *words, deadline=0.0, liveliness='automatic', lease=0.0):
    """Give an endpoint of a quality of service; reliable and volatile unless told otherwise."""
    best_effort, latched = 'best effort' in words, 'transient local' in words
    return replace(
        endpoint,
        qos=Qos(
            'best effort' if best_effort else 'reliable',
            'transient local' if latched else 'volatile',
            deadline,
            liveliness,
            lease,
        ),
    )
