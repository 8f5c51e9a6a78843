# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Phases of a deployment and the only transitions that exist."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """How far the work on a deployment got; its health is in the status."""

    IN_PROGRESS = 'In progress'
    PROVISIONING = 'Provisioning'
    SUCCEEDED = 'Succeeded'
    FAILED_TO_START = 'Failed to start'
    FAILED_TO_UPDATE = 'Failed to update'
    PARTIALLY_DEPROVISIONED = 'Partially deprovisioned'
    DEPLOYMENT_STOPPED = 'Deployment stopped'


TRANSITIONS: dict[Phase, frozenset[Phase]] = {
    Phase.IN_PROGRESS: frozenset(
        {Phase.PROVISIONING, Phase.FAILED_TO_START, Phase.DEPLOYMENT_STOPPED}
    ),
    Phase.PROVISIONING: frozenset(
        {
            Phase.SUCCEEDED,
            Phase.FAILED_TO_UPDATE,
            Phase.DEPLOYMENT_STOPPED,
            Phase.PARTIALLY_DEPROVISIONED,
        }
    ),
    Phase.SUCCEEDED: frozenset(
        {Phase.PROVISIONING, Phase.DEPLOYMENT_STOPPED, Phase.PARTIALLY_DEPROVISIONED}
    ),
    Phase.FAILED_TO_START: frozenset({Phase.DEPLOYMENT_STOPPED}),
    Phase.FAILED_TO_UPDATE: frozenset(
        {Phase.PROVISIONING, Phase.DEPLOYMENT_STOPPED, Phase.PARTIALLY_DEPROVISIONED}
    ),
    Phase.PARTIALLY_DEPROVISIONED: frozenset({Phase.DEPLOYMENT_STOPPED}),
    Phase.DEPLOYMENT_STOPPED: frozenset(),
}


class IllegalTransition(RuntimeError):
    """A defect of ours: code asked for a phase change that the table does not have."""


def advance(current: Phase, following: Phase) -> Phase:
    """Return the following phase if the table allows it; staying is always allowed.

    Raises:
        IllegalTransition: the table has no such transition.
    """
    if following is not current and following not in TRANSITIONS[current]:
        raise IllegalTransition(f'{current} -> {following}')
    return following
