# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Applying manifests: all of them, or none."""

from __future__ import annotations

from collections.abc import Sequence

from roost_core import admission
from roost_core.deployment import Deployment, DeploymentSpec
from roost_core.manifest import load, Loaded, LoadedDocument, ManifestFile
from roost_core.package import Package
from roost_core.problem import Problem, ResultCode
from roost_manager.deployments import new_id, stage, too_large, view_for_admission
from roost_manager.fleet import Fleet
from roost_manager.plan import Action, Change, Plan
from roost_manager.work import UnitOfWork


def apply(work: UnitOfWork, fleet: Fleet, files: Sequence[ManifestFile], *, by: str) -> Plan:
    """Check manifests and stage what they ask for; with any problem, do not commit."""
    loaded = load(files)
    if loaded.problems:
        return Plan(problems=loaded.problems)
    changes: dict[int, Change] = {}
    problems: list[Problem] = []
    asked: list[tuple[int, DeploymentSpec]] = []
    for index, document in enumerate(loaded.documents):
        if isinstance(document.content, Package):
            changes[index] = _apply_package(work, fleet, document, document.content, problems)
        else:
            asked.append((index, document.content))
    new = {spec.name: new_id() for _, spec in asked if spec.name not in fleet.by_name}
    problems.extend(admission.check_cycles(spec for _, spec in asked))
    view = view_for_admission(
        work, fleet, wait=True, coming=[spec for _, spec in asked if spec.name in new]
    )
    for index, spec in asked:
        if spec.name not in new:
            changes[index] = _apply_existing(fleet.named(spec.name), spec, problems)
            continue
        found = admission.admit(spec, view)
        problems.extend(found)
        if not found:
            stage(work, fleet, spec, new[spec.name], new, by=by)
        changes[index] = Change(
            kind='Deployment',
            name=spec.name,
            action=Action.REFUSE if found else Action.CREATE,
            deployment_id='' if found else new[spec.name],
            detail=_placement(spec),
        )
    if not problems:
        problems.extend(too_large(work, fleet, [spec for _, spec in asked if spec.name in new]))
    if not problems:
        work.evaluate(new.values())
    return Plan(
        changes=tuple(changes[index] for index in sorted(changes)),
        problems=tuple(_placed(loaded, problem) for problem in problems),
    )


def _placed(loaded: Loaded, problem: Problem) -> Problem:
    return problem if problem.file else loaded.placed(problem)


def _placement(spec: DeploymentSpec) -> str:
    return ', '.join(f'{name} on {part.device}' for name, part in spec.components.items())


def _apply_package(
    work: UnitOfWork,
    fleet: Fleet,
    document: LoadedDocument,
    package: Package,
    problems: list[Problem],
) -> Change:
    existing = fleet.packages.get(package.ref)
    action = Action.UNCHANGED
    if existing is None:
        work.put_package(package)
        action = Action.CREATE
    elif existing != package:
        action = Action.REFUSE
        problems.append(
            document.placed(
                Problem(
                    code=ResultCode.CONFLICT,
                    resource=document.resource,
                    path='metadata.version',
                    message=f'package {package.ref} exists with another content, and packages'
                    ' are immutable',
                    remedy='apply the change under a new version',
                )
            )
        )
    return Change(kind='Package', name=package.name, version=package.version, action=action)


def _apply_existing(existing: Deployment, spec: DeploymentSpec, problems: list[Problem]) -> Change:
    same = existing.spec == spec and not existing.deprovisioning
    if not same:
        state = 'is being deprovisioned' if existing.deprovisioning else 'differs'
        problems.append(
            Problem(
                code=ResultCode.CONFLICT,
                resource=f'Deployment/{spec.name}',
                path='metadata.name',
                message=f"deployment '{spec.name}' exists ({existing.id}) and {state}",
                remedy='deprovision it first, or choose another name',
            )
        )
    return Change(
        kind='Deployment',
        name=spec.name,
        action=Action.UNCHANGED if same else Action.REFUSE,
        deployment_id=existing.id,
        detail=f'{existing.phase}, {existing.status}',
    )
