# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Which publishers and subscriptions talk: OMG DDS 1.4, section 2.2.3, requested versus offered.

What is offered has to be at least as strict as what is requested. Otherwise nothing is delivered,
and neither end fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from roost_core.graph.snapshot import Qos

RELIABLE = 'reliable'
BEST_EFFORT = 'best effort'
VOLATILE = 'volatile'
TRANSIENT_LOCAL = 'transient local'
AUTOMATIC = 'automatic'
MANUAL_BY_TOPIC = 'manual by topic'

# Vendors tell fractions of a second in parts of their own; what differs by less is equal.
_TOLERANCE_SEC = 1e-6


@dataclass(frozen=True, slots=True, order=True)
class Mismatch:
    """Why two ends do not talk, in words that follow 'offers' and 'asks for'."""

    offered: str
    requested: str


def mismatches(offered: Qos, requested: Qos) -> tuple[Mismatch, ...]:
    """List what keeps two ends apart; what is not told of either keeps nothing apart."""
    return tuple(_mismatches(offered, requested))


def _mismatches(offered: Qos, requested: Qos) -> Iterator[Mismatch]:
    if offered.reliability == BEST_EFFORT and requested.reliability == RELIABLE:
        yield Mismatch(BEST_EFFORT, RELIABLE)
    if offered.durability == VOLATILE and requested.durability == TRANSIENT_LOCAL:
        yield Mismatch(VOLATILE, TRANSIENT_LOCAL)
    if not (offered.liveliness and requested.liveliness):
        # Times are told together with the liveliness, and 0 would mean that there is no limit.
        return
    if _longer(offered.deadline_sec, requested.deadline_sec):
        yield Mismatch(
            _time('deadline', offered.deadline_sec), _time('deadline', requested.deadline_sec)
        )
    if offered.liveliness == AUTOMATIC and requested.liveliness == MANUAL_BY_TOPIC:
        yield Mismatch('automatic liveliness', 'liveliness that is manual by topic')
    if _longer(offered.lease_sec, requested.lease_sec):
        yield Mismatch(
            _time('liveliness lease', offered.lease_sec),
            _time('liveliness lease', requested.lease_sec),
        )


def _longer(offered_sec: float, requested_sec: float) -> bool:
    """Tell whether a time that is offered is longer than the one requested; 0 is endless."""
    if not requested_sec:
        return False
    return not offered_sec or offered_sec > requested_sec + _TOLERANCE_SEC


def _time(what: str, seconds: float) -> str:
    return f'a {what} of {seconds:g} s' if seconds else f'no {what}'
