# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Deleting what manifests describe: all of it or nothing, dependants first.

What is deployed is deprovisioned. Packages, secrets and configs leave: at once if nothing uses
them, else with the last deployment that does, which must be on its way out itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from roost_core import lifecycle
from roost_core.manifest import ManifestFile, Reference, references
from roost_core.names import DeploymentId, suggestion
from roost_core.package import PackageRef
from roost_core.problem import Problem, ResultCode
from roost_core.resource import DEPLOYED, ResourceKind, ResourceRef
from roost_core.uses import package_ref
from roost_manager.deprovisioning import dependants_first, needed
from roost_manager.fleet import Fleet
from roost_manager.plan import Action, Change, Plan
from roost_manager.work import UnitOfWork

# What is used goes after what uses it.
_ORDER = (ResourceKind.CONFIG, ResourceKind.SECRET, ResourceKind.PACKAGE)


def delete(
    work: UnitOfWork,
    fleet: Fleet,
    files: Sequence[ManifestFile],
    named: Sequence[ResourceRef],
    *,
    force: bool,
) -> Plan:
    """Check what is to be deleted and stage it; with any problem, do not commit.

    What manifests describe and does not exist is no problem: it is as it was to become.

    Args:
        named: further things, which must exist.
        force: also what deployments that stay need, unless it is a volume.
    """
    described = references(files)
    if described.problems:
        return Plan(problems=described.problems)
    return _Deletion(work, fleet).carry_out(described.references, named, force=force)


class _Deletion:
    """One deletion."""

    def __init__(self, work: UnitOfWork, fleet: Fleet) -> None:
        self._work = work
        self._fleet = fleet
        self._places: dict[ResourceRef, Reference] = {}
        self._problems: list[Problem] = []

    def carry_out(
        self, described: Sequence[Reference], named: Sequence[ResourceRef], *, force: bool
    ) -> Plan:
        self._places = {each.ref: each for each in described}
        absent = [each.ref for each in described if not self._existing(each.ref)]
        asked = dict.fromkeys([*self._places, *named])
        for ref in named:
            if not self._existing(ref):
                known = ref.kind is ResourceKind.PACKAGE and ref.name in self._fleet.versions
                message = f'it has no version {ref.version}' if known else 'it does not exist'
                self._refuse(ref, ResultCode.NOT_FOUND, message, self._near(ref))
        existing = dict.fromkeys(each for ref in asked for each in self._existing(ref))
        changes = [
            *self._deprovision([ref for ref in existing if ref.kind in DEPLOYED], force=force),
            *self._let_go([ref for ref in existing if ref.kind not in DEPLOYED]),
            *(_change(ref, Action.UNCHANGED, 'does not exist') for ref in absent),
        ]
        return Plan(changes=tuple(changes), problems=tuple(self._problems))

    def _existing(self, ref: ResourceRef) -> list[ResourceRef]:
        """List what exists of what is meant; a package without a version means all of them."""
        match ref.kind:
            case ResourceKind.PACKAGE:
                versions = self._fleet.versions.get(ref.name, [])
                return [
                    package_ref(PackageRef(name=ref.name, version=version))
                    for version in versions
                    if ref.version in ('', version)
                ]
            case ResourceKind.SECRET:
                return [ref] if ref.name in self._fleet.secrets else []
            case ResourceKind.CONFIG:
                return [ref] if ref.name in self._fleet.configs else []
            case _:
                return [ref] if ref.name in self._fleet.ids[ref.kind] else []

    def _near(self, ref: ResourceRef) -> str:
        match ref.kind:
            case ResourceKind.PACKAGE if ref.name in self._fleet.versions:
                return f'it has {", ".join(self._fleet.versions[ref.name])}'
            case ResourceKind.PACKAGE:
                return suggestion(ref.name, self._fleet.versions)
            case ResourceKind.SECRET:
                return suggestion(ref.name, self._fleet.secrets)
            case ResourceKind.CONFIG:
                return suggestion(ref.name, self._fleet.configs)
            case _:
                return suggestion(ref.name, self._fleet.ids[ref.kind])

    def _deprovision(self, refs: Sequence[ResourceRef], *, force: bool) -> list[Change]:
        chosen = dependants_first([self._fleet.named(ref.name, ref.kind) for ref in refs])
        refused: set[DeploymentId] = set()
        for deployment, by in needed(self._fleet, chosen):
            in_use = deployment.kind is ResourceKind.VOLUME
            if force and not in_use:
                continue
            refused.add(deployment.id)
            remedy = 'delete these too' if in_use else 'delete these too, or use --force'
            ref = ResourceRef(deployment.kind, deployment.name)
            self._refuse(ref, ResultCode.REFUSED, f'it is needed by {by}', remedy)
        changes = []
        for deployment in chosen:
            ref = ResourceRef(deployment.kind, deployment.name)
            action, detail = Action.DELETE, ''
            if deployment.deprovisioning:
                action, detail = Action.UNCHANGED, 'is being deprovisioned'
            if deployment.id in refused:
                action = Action.REFUSE
            changes.append(_change(ref, action, detail, deployment.id))
            self._work.put_deployment(lifecycle.deprovision(deployment, now=self._work.now))
        self._work.evaluate(deployment.id for deployment in chosen)
        return changes

    def _let_go(self, refs: Sequence[ResourceRef]) -> list[Change]:
        changes = []
        for ref in sorted(refs, key=lambda each: (_ORDER.index(each.kind), each)):
            users = self._work.resources.users(ref)
            staying = [each.name for each in users if not each.deprovisioning]
            if staying:
                changes.append(_change(ref, Action.REFUSE, ''))
                self._refuse(
                    ref,
                    ResultCode.CONFLICT,
                    f'it is used by {", ".join(staying)}',
                    'delete these too',
                )
                continue
            leaving = ref in self._fleet.leaving
            last = ', '.join(each.name for each in users)
            detail = f'once these have stopped: {last}' if users else ''
            changes.append(_change(ref, Action.UNCHANGED if leaving else Action.DELETE, detail))
            self._work.resources.mark_leaving(ref)
        return changes

    def _refuse(self, ref: ResourceRef, code: ResultCode, message: str, remedy: str) -> None:
        place = self._places.get(ref) or self._places.get(ResourceRef(ref.kind, ref.name))
        self._problems.append(
            Problem(
                code=code,
                file=place.file if place else '',
                line=place.line if place else 0,
                resource=f'{ref.kind}/{ref.name}',
                message=message,
                remedy=remedy,
            )
        )


def _change(ref: ResourceRef, action: Action, detail: str, deployment_id: str = '') -> Change:
    return Change(
        kind=str(ref.kind),
        name=ref.name,
        version=ref.version,
        action=action,
        deployment_id=deployment_id,
        detail=detail,
    )
