# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Deprovisioning: which deployments go, in which order, and whether they may."""

from __future__ import annotations

from collections.abc import Sequence

from roost_core import lifecycle
from roost_core.deployment import Deployment
from roost_core.names import DeploymentId, suggestion
from roost_core.problem import Problem, ResultCode
from roost_core.resource import ResourceKind
from roost_manager.fleet import Fleet
from roost_manager.refusal import Refusal, refusal_of, selector_of
from roost_manager.work import UnitOfWork


def deprovision(
    work: UnitOfWork,
    fleet: Fleet,
    names: Sequence[str],
    *,
    selector: str,
    force: bool,
    expected_generation: int,
) -> list[Deployment]:
    """Stage the deprovision of deployments; return them, dependants first.

    Raises:
        Refusal: with every reason.
    """
    chosen = _choose(fleet, names, selector)
    if expected_generation and [each.generation for each in chosen] != [expected_generation]:
        have = ', '.join(f"'{each.name}' is at {each.generation}" for each in chosen)
        raise Refusal(
            ResultCode.STALE, f'generation {expected_generation} was expected, and {have}'
        )
    if not force:
        _refuse_needed(fleet, chosen)
    for deployment in chosen:
        work.put_deployment(lifecycle.deprovision(deployment, now=work.now))
    work.evaluate(deployment.id for deployment in chosen)
    return chosen


def _choose(fleet: Fleet, names: Sequence[str], selector: str) -> list[Deployment]:
    if not names and not selector.strip():
        raise Refusal(ResultCode.INVALID, 'name at least one deployment, or give a selector')
    chosen: dict[DeploymentId, Deployment] = {}
    problems = []
    for name in names:
        found = fleet.find(name)
        if found is None:
            near = suggestion(name, fleet.by_name)
            problems.append(
                Problem(
                    code=ResultCode.NOT_FOUND,
                    resource=f'Deployment/{name}',
                    message=f"there is no deployment '{name}' that is not stopped",
                    remedy=near,
                )
            )
        else:
            chosen[found.id] = found
    if problems:
        raise refusal_of(problems)
    if selector.strip():
        wanted = selector_of(selector)
        for deployment in fleet.deployments.values():
            is_one = deployment.kind is ResourceKind.DEPLOYMENT
            if is_one and wanted.matches(deployment.spec.labels):
                chosen[deployment.id] = deployment
    return dependants_first(list(chosen.values()))


def dependants_first(deployments: Sequence[Deployment]) -> list[Deployment]:
    """Order deployments so that what needs another one comes before it."""
    ordered: list[Deployment] = []
    left = sorted(deployments, key=lambda each: each.name)
    while left:
        free = [
            each
            for each in left
            if not any(lifecycle.depends_on(other, each.id) for other in left)
        ]
        ordered.extend(free)
        left = [each for each in left if each not in free]
    return ordered


def needed(fleet: Fleet, chosen: Sequence[Deployment]) -> list[tuple[Deployment, str]]:
    """List what is needed by deployments that stay, with the names of those."""
    leaving = {deployment.id for deployment in chosen}
    found = []
    for deployment in chosen:
        staying = sorted(
            each.name
            for each in fleet.dependants(deployment.id)
            if each.id not in leaving and not each.deprovisioning
        )
        if staying:
            found.append((deployment, ', '.join(staying)))
    return found


def _refuse_needed(fleet: Fleet, chosen: Sequence[Deployment]) -> None:
    problems = [
        Problem(
            code=ResultCode.REFUSED,
            resource=f'{deployment.kind}/{deployment.name}',
            message=f"'{deployment.name}' is needed by {by}",
            remedy='deprovision these too, or use --force',
        )
        for deployment, by in needed(fleet, chosen)
    ]
    if problems:
        raise refusal_of(problems)
