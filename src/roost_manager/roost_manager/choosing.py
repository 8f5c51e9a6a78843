# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Restart, stop and start by choice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from roost_core.deployment import Deployment
from roost_core.desired import PLACED
from roost_core.problem import ResultCode
from roost_manager.fleet import Fleet
from roost_manager.refusal import found_deployment, Refusal, refuse_stale
from roost_manager.work import UnitOfWork

Choice = Callable[[Deployment, Collection[str]], Deployment]


def choose(
    work: UnitOfWork,
    fleet: Fleet,
    name: str,
    choice: Choice,
    components: Sequence[str],
    *,
    expected_generation: int,
) -> Deployment:
    """Stage a choice of `roost_core.choices` for components, or for all if none is named.

    Raises:
        Refusal: there is no such component, or nothing is placed that it could be about.
    """
    deployment = found_deployment(fleet, name)
    refuse_stale(deployment, expected_generation)
    known = [part.name for part in deployment.components]
    for component in components:
        if component not in known:
            raise Refusal(
                ResultCode.NOT_FOUND,
                f"'{deployment.name}' has no component '{component:.70}'; it has"
                f' {", ".join(known)}',
            )
    if deployment.deprovisioning:
        raise Refusal(ResultCode.REFUSED, f"'{deployment.name}' is being deprovisioned")
    if deployment.phase not in PLACED:
        raise Refusal(
            ResultCode.REFUSED,
            f"nothing of '{deployment.name}' was started yet: {deployment.phase},"
            f' {deployment.reason.shown()}',
        )
    if deployment.update is not None:
        raise Refusal(
            ResultCode.REFUSED,
            f"'{deployment.name}' is being updated: wait for its end, or cancel the update",
        )
    chosen = choice(deployment, components or known)
    work.put_deployment(chosen)
    work.evaluate([chosen.id])
    return chosen
