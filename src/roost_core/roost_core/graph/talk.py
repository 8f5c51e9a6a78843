# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""All that goes by one name on one network, whatever the types of its ends."""

from __future__ import annotations

from dataclasses import dataclass

from roost_core.graph.build import Channel, LiveGraph
from roost_core.graph.customs import carriers, hidden
from roost_core.graph.model import EdgeKind
from roost_core.graph.parties import Parties


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A topic, service or action.

    Attributes:
        sources, targets: ids of nodes, without Roost's.
        listeners: targets, and those of the topics that carry this one in another form.
        carries: the topic that this one carries in another form; empty for none.
    """

    kind: EdgeKind
    network: str
    name: str
    channels: tuple[Channel, ...]
    sources: frozenset[str]
    targets: frozenset[str]
    listeners: frozenset[str]
    carries: str = ''

    @property
    def types(self) -> tuple[str, ...]:
        """List the types that its ends have, as far as they are told."""
        return tuple(sorted({channel.type for channel in self.channels if channel.type}))


def talks(live: LiveGraph, parties: Parties) -> tuple[Talk, ...]:
    """List what nodes say to each other, without infrastructure and what is hidden."""
    carried = carriers(live.channels)
    found: dict[tuple[EdgeKind, str, str], list[Channel]] = {}
    listeners: dict[tuple[str, str], set[str]] = {}
    for channel in live.channels:
        if channel.infrastructure or channel.roost or hidden(channel.name):
            continue
        found.setdefault((channel.kind, channel.network, channel.name), []).append(channel)
        if channel.kind is EdgeKind.TOPIC:
            for name in {channel.name, carried.get((channel.network, channel.name), '')}:
                listeners.setdefault((channel.network, name), set()).update(channel.targets)
    return tuple(
        Talk(
            kind=kind,
            network=network,
            name=name,
            channels=tuple(channels),
            sources=parties.heard(node for each in channels for node in each.sources),
            targets=parties.heard(node for each in channels for node in each.targets),
            listeners=parties.heard(listeners.get((network, name), ()))
            if kind is EdgeKind.TOPIC
            else frozenset(),
            carries=carried.get((network, name), '') if kind is EdgeKind.TOPIC else '',
        )
        for (kind, network, name), channels in sorted(found.items())
    )
