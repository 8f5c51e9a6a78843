# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Makes one sight of a network out of those of several collectors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from roost_core.graph.snapshot import (
    Endpoint,
    EndpointKind,
    NetworkSnapshot,
    Participant,
    ParticipantSource,
)

# Which of its five parts stands for an action differs with what a collector has seen of it.
_ACTIONS = (EndpointKind.ACTION_SERVER, EndpointKind.ACTION_CLIENT)


def merged(snapshots: Iterable[NetworkSnapshot]) -> tuple[NetworkSnapshot, ...]:
    """Give one snapshot for each network; what several saw counts once, as who knows most says.

    What nobody sees together does not meet, so it is kept who saw what, unless one saw all.
    Sorted, so that equal sights give equal results.
    """
    by_network: dict[str, list[NetworkSnapshot]] = {}
    for snapshot in snapshots:
        by_network.setdefault(snapshot.network, []).append(snapshot)
    return tuple(
        seen[0] if len(seen) == 1 else _merged(sorted(seen, key=lambda each: each.watched_from))
        for _, seen in sorted(by_network.items())
    )


def _merged(seen: list[NetworkSnapshot]) -> NetworkSnapshot:
    endpoints: dict[tuple[str, ...], Endpoint] = {}
    participants: dict[str, Participant] = {}
    for snapshot in seen:
        for endpoint in snapshot.endpoints:
            key = _key(endpoint)
            if key not in endpoints or not endpoints[key].node_name:
                endpoints[key] = endpoint
        for participant in snapshot.participants:
            known = participants.get(participant.gid_prefix)
            if known is None or known.source is ParticipantSource.GUID_PREFIX:
                participants[participant.gid_prefix] = participant
    sights = [
        frozenset(endpoints[_key(endpoint)].gid for endpoint in snapshot.endpoints)
        for snapshot in seen
    ]
    return replace(
        seen[0],
        endpoints=tuple(
            sorted(endpoints.values(), key=lambda each: (each.name, each.kind, each.gid))
        ),
        participants=tuple(participants[prefix] for prefix in sorted(participants)),
        sights=_telling(sights),
    )


def _telling(sights: list[frozenset[str]]) -> tuple[frozenset[str], ...]:
    """Leave out sights of which another has all; give none when one is left."""
    told: list[frozenset[str]] = []
    for sight in sorted(sights, key=len, reverse=True):
        if not any(sight <= larger for larger in told):
            told.append(sight)
    return tuple(told) if len(told) > 1 else ()


def _key(endpoint: Endpoint) -> tuple[str, ...]:
    if endpoint.kind not in _ACTIONS:
        return (endpoint.gid,)
    node = (endpoint.node_namespace, endpoint.node_name)
    return (endpoint.gid_prefix, endpoint.kind, endpoint.name, *node)
