# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What of the live graph its owner should know.

Nothing is said of deployments that are being started, updated or stopped, nor of what every node
has. What is missing is told only where all is seen, and not while a dependency or a dependant
changes. Nodes of no deployment count as ends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum

from roost_core.graph.build import LiveGraph
from roost_core.graph.customs import customary
from roost_core.graph.declared import not_seen
from roost_core.graph.hints import Hints
from roost_core.graph.model import EdgeKind, Finding, FindingKind, WatchedNetwork
from roost_core.graph.parties import Parties, quoted
from roost_core.graph.qos_match import Mismatch, mismatches
from roost_core.graph.snapshot import Qos
from roost_core.graph.talk import Talk, talks
from roost_core.graph.undeclared import not_declared


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = 'error'
    WARNING = 'warning'
    INFORMATION = 'information'


# Worst first.
SEVERITIES = {
    FindingKind.BLIND: Severity.ERROR,
    FindingKind.TYPE: Severity.ERROR,
    FindingKind.QOS: Severity.ERROR,
    FindingKind.NO_SERVER: Severity.WARNING,
    FindingKind.NO_PUBLISHER: Severity.WARNING,
    FindingKind.NOT_SEEN: Severity.WARNING,
    FindingKind.NOT_DECLARED: Severity.INFORMATION,
    FindingKind.NO_SUBSCRIBER: Severity.INFORMATION,
}
_ORDER = {kind: place for place, kind in enumerate(SEVERITIES)}

_SOURCES = {
    EdgeKind.TOPIC: 'published by',
    EdgeKind.SERVICE: 'provided by',
    EdgeKind.ACTION: 'provided by',
}
_TARGETS = {
    EdgeKind.TOPIC: 'subscribed to by',
    EdgeKind.SERVICE: 'called by',
    EdgeKind.ACTION: 'called by',
}


def findings(live: LiveGraph, networks: Iterable[WatchedNetwork]) -> tuple[Finding, ...]:
    """Find what is wrong or odd, worst first; a function of what is given and of nothing else.

    Args:
        networks: how each is watched; of one that is not, or not wholly, nothing missing is told.
    """
    networks = tuple(networks)
    whole = {each.name for each in networks if each.watched_from and not each.message}
    parties = Parties(live)
    said = talks(live, parties)
    hints = Hints(said, parties)
    found = [*_blind(live, networks)]
    for talk in said:
        found += _types(talk, parties)
        found += _qualities(talk, parties)
        if talk.network in whole:
            found += _loose_ends(talk, parties, hints)
    found += not_seen(live, parties, whole)
    found += not_declared(live, parties)
    return tuple(sorted(found, key=rank))


def rank(finding: Finding) -> tuple[int, Finding]:
    """Order findings: worst first, then by network, deployment and name."""
    return _ORDER[finding.kind], finding


def relevant(
    found: Iterable[Finding], *, network: str = '', deployments: Collection[str] | None = None
) -> tuple[Finding, ...]:
    """Pick what concerns a part of the graph.

    Args:
        network: only of this one; empty for all.
        deployments: only what concerns one of these, by id, or none at all; None for all.
    """
    return tuple(
        each
        for each in found
        if network in ('', each.network)
        and (
            deployments is None
            or not each.deployment_ids
            or not set(deployments).isdisjoint(each.deployment_ids)
        )
    )


def _blind(live: LiveGraph, networks: Iterable[WatchedNetwork]) -> Iterator[Finding]:
    for network in networks:
        if not network.message:
            continue
        concerned = tuple(
            deployment.id
            for deployment in live.topology.deployments
            if deployment.running
            and any(component.network == network.name for component in deployment.components)
        )
        extent = 'not wholly watched' if network.watched_from else 'not watched'
        yield Finding(
            kind=FindingKind.BLIND,
            network=network.name,
            deployment_ids=concerned,
            message=(
                f'network {quoted(network.name)} (ROS domain {network.domain_id}) is {extent}:'
                f' {network.message.rstrip(".")}. What its nodes say to each other is missing in'
                ' the graph, or may be. See that its members, or a device on it, can be reached'
                ' from where introspection runs.'
            ),
        )


def _types(talk: Talk, parties: Parties) -> Iterator[Finding]:
    together: dict[int, set[str]] = {}
    for each in talk.channels:
        if each.type and parties.heard(each.sources | each.targets):
            for sight in each.sights:
                together.setdefault(sight, set()).add(each.type)
    mixed = {sight for sight, types in together.items() if len(types) > 1}
    met = [each for each in talk.channels if each.sights & mixed]
    told = []
    for type_name in talk.types:
        channels = [each for each in met if each.type == type_name]
        sources = parties.heard(node for each in channels for node in each.sources)
        targets = parties.heard(node for each in channels for node in each.targets)
        ends = []
        if sources:
            ends.append(f'{_SOURCES[talk.kind]} {parties.named(sources)}')
        if targets:
            ends.append(f'{_TARGETS[talk.kind]} {parties.named(targets)}')
        if ends:
            told.append(f'{quoted(type_name)}, {" and ".join(ends)}')
    if len(told) > 1:
        yield from _finding(
            FindingKind.TYPE,
            talk,
            parties,
            about=parties.steady(talk.targets) or parties.steady(talk.sources),
            message=(
                f'{talk.kind} {quoted(talk.name)} has several types on network'
                f' {quoted(talk.network)}: {"; ".join(told)}. Ends of different types do not'
                ' talk. Build all with one type, or give one of them another name.'
            ),
        )


def _qualities(talk: Talk, parties: Parties) -> Iterator[Finding]:
    """Find ends of a topic that cannot talk; one finding, which tells of those of one cause."""
    apart: dict[tuple[Mismatch, ...], tuple[set[str], set[str]]] = {}
    for channel in talk.channels:
        offers = _by_qos(channel.offered, talk.sources)
        requests = _by_qos(channel.requested, talk.targets)
        for offered, publishers in offers.items():
            for requested, subscribers in requests.items():
                causes = mismatches(offered, requested)
                if causes and parties.steady(publishers | subscribers):
                    ends = apart.setdefault(causes, (set(), set()))
                    ends[0].update(publishers)
                    ends[1].update(subscribers)
    if not apart:
        return
    causes, (publishers, subscribers) = min(apart.items(), key=lambda item: item[0])
    offered_words = ' and '.join(cause.offered for cause in causes)
    requested_words = ' and '.join(cause.requested for cause in causes)
    others = f' ({len(apart) - 1} more of another cause)' if len(apart) > 1 else ''
    yield from _finding(
        FindingKind.QOS,
        talk,
        parties,
        about=parties.steady(subscribers) or parties.steady(publishers),
        concerned=frozenset(node for ends in apart.values() for node in ends[0] | ends[1]),
        message=(
            f'topic {quoted(talk.name)} does not reach {parties.named(subscribers)} from'
            f' {parties.named(publishers)}{others}: the publisher offers {offered_words}, and the'
            f' subscriber asks for {requested_words}, so that nothing is delivered. Let the'
            f' publisher offer {requested_words}, or the subscriber ask for no more than'
            f' {offered_words}.'
        ),
    )


def _by_qos(ends: Iterable[tuple[str, Qos]], heard: Collection[str]) -> dict[Qos, set[str]]:
    found: dict[Qos, set[str]] = {}
    for node, qos in ends:
        if node in heard:
            found.setdefault(qos, set()).add(node)
    return found


def _loose_ends(talk: Talk, parties: Parties, hints: Hints) -> Iterator[Finding]:
    what = f'{talk.kind} {quoted(talk.name)}'
    where = f'on network {quoted(talk.network)}'
    waiting = talk.without_source
    if waiting:
        about = parties.settled(waiting)
        who = parties.named(waiting)
        hint = _out_of_reach(talk.sources, parties) or hints.of_source(talk)
        if talk.kind is EdgeKind.TOPIC:
            message = (
                f'{what} has no publisher {where}, and {who} subscribes to it: nothing arrives'
                ' there. Start what publishes it, or correct name or namespace, unless it is an'
                f' input that may stay empty.{hint}'
            )
            kind = FindingKind.NO_PUBLISHER
        else:
            message = (
                f'{what} is called by {who}, and nobody provides it {where}: calls wait in vain.'
                f' Start what provides it, or correct name or namespace.{hint}'
            )
            kind = FindingKind.NO_SERVER
        yield from _finding(kind, talk, parties, about, message, concerned=waiting)
    unheard = talk.without_listener
    if unheard and talk.kind is EdgeKind.TOPIC and not _needs_no_listener(talk):
        hint = _out_of_reach(talk.targets, parties) or hints.of_target(talk)
        message = (
            f'{what} of {parties.named(unheard)} has no subscriber {where}: what is published'
            ' reaches nobody. Nothing needs to be done, unless somebody should listen: then'
            f' compare name, namespace and network.{hint}'
        )
        about = parties.settled(unheard)
        yield from _finding(
            FindingKind.NO_SUBSCRIBER, talk, parties, about, message, concerned=unheard
        )


def _out_of_reach(others: frozenset[str], parties: Parties) -> str:
    """Tell of other ends that are on the network, and that nobody sees together with these."""
    if not others:
        return ''
    return (
        f' {parties.named(others)} has the other end, out of reach: see whether the network leads'
        ' from one device to the other.'
    )


def _needs_no_listener(talk: Talk) -> bool:
    return bool(talk.carries) or any(map(customary, talk.channels))


def _finding(
    kind: FindingKind,
    talk: Talk,
    parties: Parties,
    about: tuple[str, ...],
    message: str,
    concerned: frozenset[str] | None = None,
) -> Iterator[Finding]:
    """Give a finding, if there is a deployment that it is about."""
    if not about:
        return
    nodes = talk.sources | talk.targets if concerned is None else concerned
    yield Finding(
        kind=kind,
        network=talk.network,
        deployment_id=about[0],
        component=parties.component(about[0], nodes),
        name=talk.name,
        type=talk.types[0] if len(talk.types) == 1 else '',
        deployment_ids=parties.of(nodes),
        message=message,
    )
