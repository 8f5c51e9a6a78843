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
        without_source: the targets that no source is seen together with.
        without_listener: the sources that no target is seen together with, nor one of the topics
            that carry this one in another form.
        carries: the topic that this one carries in another form; empty for none.
    """

    kind: EdgeKind
    network: str
    name: str
    channels: tuple[Channel, ...]
    sources: frozenset[str]
    targets: frozenset[str]
    without_source: frozenset[str]
    without_listener: frozenset[str]
    carries: str = ''

    @property
    def types(self) -> tuple[str, ...]:
        """List the types that its ends have, as far as they are told."""
        return tuple(sorted({channel.type for channel in self.channels if channel.type}))


def talks(live: LiveGraph, parties: Parties) -> tuple[Talk, ...]:
    """List what nodes say to each other, without infrastructure and what is hidden."""
    carried = carriers(live.channels)
    found: dict[tuple[EdgeKind, str, str], list[Channel]] = {}
    listened: dict[tuple[EdgeKind, str, str], set[int]] = {}
    for channel in live.channels:
        if channel.infrastructure or channel.roost or hidden(channel.name):
            continue
        found.setdefault((channel.kind, channel.network, channel.name), []).append(channel)
        if parties.heard(channel.targets):
            names = {channel.name}
            if channel.kind is EdgeKind.TOPIC:
                names.add(carried.get((channel.network, channel.name), ''))
            for name in names:
                key = (channel.kind, channel.network, name)
                listened.setdefault(key, set()).update(channel.sights)
    return tuple(
        _talk(
            channels,
            parties,
            listened.get(key, set()),
            carried.get((network, name), '') if kind is EdgeKind.TOPIC else '',
        )
        for key, channels in sorted(found.items())
        for kind, network, name in [key]
    )


def _talk(channels: list[Channel], parties: Parties, listened: set[int], carries: str) -> Talk:
    """Join the channels of one name; listened are the sights in which somebody listens."""
    one = channels[0]
    sources = parties.heard(node for each in channels for node in each.sources)
    targets = parties.heard(node for each in channels for node in each.targets)
    told = {sight for each in channels if each.sources & sources for sight in each.sights}
    served = {node for each in channels if each.sights & told for node in each.targets}
    heard = {node for each in channels if each.sights & listened for node in each.sources}
    return Talk(
        kind=one.kind,
        network=one.network,
        name=one.name,
        channels=tuple(channels),
        sources=sources,
        targets=targets,
        without_source=targets - served,
        without_listener=sources - heard,
        carries=carries,
    )
