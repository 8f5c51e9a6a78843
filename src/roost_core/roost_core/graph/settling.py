# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Which findings have held long enough to be told.

Nodes start one after the other and see each other later still: what holds for a moment only is no
finding. What no longer holds is gone at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from roost_core.graph.model import Finding, FindingKind

# Kind, network, name, and deployment and component where the finding is of these alone.
_Subject = tuple[FindingKind, str, str, str, str]

Since = Mapping[_Subject, float]

_OF_ONE_DEPLOYMENT = frozenset({FindingKind.NOT_SEEN, FindingKind.NOT_DECLARED})


@dataclass(frozen=True, slots=True)
class Settled:
    """What is told now.

    Attributes:
        told: findings that have held for long enough, in the order given.
        since: when each that holds began to; to be given back next time.
        due_sec: after so many seconds the next one is to be told; None when all are.
    """

    told: tuple[Finding, ...]
    since: Since
    due_sec: float | None


def settle(found: Iterable[Finding], since: Since, *, now: float, settle_sec: float) -> Settled:
    """Pick what has held for settle_sec; now is of any clock that never goes back."""
    found = tuple(found)
    began = {subject: since.get(subject, now) for subject in map(_subject, found)}
    waits = {subject: start + settle_sec - now for subject, start in began.items()}
    return Settled(
        told=tuple(each for each in found if waits[_subject(each)] <= 0),
        since=began,
        due_sec=min((wait for wait in waits.values() if wait > 0), default=None),
    )


def _subject(finding: Finding) -> _Subject:
    alone = finding.kind in _OF_ONE_DEPLOYMENT
    return (
        finding.kind,
        finding.network,
        finding.name,
        finding.deployment_id if alone else '',
        finding.component if alone else '',
    )
