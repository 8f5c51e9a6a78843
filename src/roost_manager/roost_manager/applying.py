# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Applying manifests: all of them, or none.

Everything of one request may need everything else of it, in any order: what is new is admitted
against the fleet with the request in it, and the lifecycle orders the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from roost_core import admission
from roost_core.config import ConfigSpec
from roost_core.deployment import Deployment, DeploymentSpec, OnFailure
from roost_core.manifest import Folders, load, Loaded, LoadedDocument, ManifestFile
from roost_core.names import DeploymentId
from roost_core.network import NetworkSpec
from roost_core.package import Package
from roost_core.problem import Problem, ResultCode
from roost_core.resource import ResourceKind
from roost_core.uses import config_ref, package_ref
from roost_core.volume import VolumeSpec
from roost_manager import configs, networks, updates
from roost_manager.admitting import view_for_admission
from roost_manager.deployments import new_id, stage, too_large
from roost_manager.fleet import Fleet
from roost_manager.plan import Action, Change, Plan
from roost_manager.work import UnitOfWork

_KINDS = {
    DeploymentSpec: ResourceKind.DEPLOYMENT,
    NetworkSpec: ResourceKind.NETWORK,
    VolumeSpec: ResourceKind.VOLUME,
}


def apply(
    work: UnitOfWork,
    fleet: Fleet,
    files: Sequence[ManifestFile],
    *,
    by: str,
    folders: Folders | None = None,
    on_failure: OnFailure = OnFailure.ROLLBACK,
) -> Plan:
    """Check manifests and stage what they ask for; with any problem, do not commit.

    Args:
        folders: what is in the folders that the files name.
        on_failure: of the updates that it makes.
    """
    loaded = load(files, folders=folders)
    if loaded.problems:
        return Plan(problems=loaded.problems)
    return _Application(work, fleet, loaded, by, on_failure).plan()


class _Application:
    """One application of manifests to a fleet."""

    def __init__(
        self, work: UnitOfWork, fleet: Fleet, loaded: Loaded, by: str, on_failure: OnFailure
    ) -> None:
        """Prepare to apply what was loaded without problems."""
        self._work = work
        self._fleet = fleet
        self._loaded = loaded
        self._by = by
        self._on_failure = on_failure
        self._problems: list[Problem] = []
        self._changes: dict[int, Change] = {}

    def plan(self) -> Plan:
        """Stage everything that is asked for; say what that changes, and every problem."""
        deployed = []
        for index, document in enumerate(self._loaded.documents):
            match document.content:
                case Package() as package:
                    self._changes[index] = self._package(document, package)
                case ConfigSpec() as config:
                    self._changes[index] = configs.apply(self._work, config)
                case DeploymentSpec() | NetworkSpec() | VolumeSpec() as spec:
                    deployed.append((index, spec))
        self._deploy(deployed)
        if not self._problems:
            self._update_users_of_configs()
        return Plan(
            changes=tuple(self._changes[index] for index in sorted(self._changes)),
            problems=tuple(self._placed(problem) for problem in self._problems),
        )

    def _placed(self, problem: Problem) -> Problem:
        return problem if problem.file else self._loaded.placed(problem)

    def _package(self, document: LoadedDocument, package: Package) -> Change:
        existing = self._fleet.packages.get(package.ref)
        action = Action.UNCHANGED
        if existing is None:
            self._work.put_package(package)
            action = Action.CREATE
        elif existing != package:
            action = Action.REFUSE
            self._problems.append(
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
        elif self._work.resources.is_leaving(package_ref(package.ref)):
            self._work.resources.mark_leaving(package_ref(package.ref), leaving=False)
            action = Action.UPDATE
        return Change(kind='Package', name=package.name, version=package.version, action=action)

    def _deploy(
        self, asked: Sequence[tuple[int, DeploymentSpec | NetworkSpec | VolumeSpec]]
    ) -> None:
        specs = [spec for _, spec in asked]
        known = self._fleet.ids
        new = {
            (kind, spec.name): new_id()
            for spec in specs
            if spec.name not in known[kind := _KINDS[type(spec)]]
        }
        coming = [spec for spec in specs if (_KINDS[type(spec)], spec.name) in new]
        deployments = [spec for spec in specs if isinstance(spec, DeploymentSpec)]
        self._problems.extend(admission.check_cycles(deployments))
        view = view_for_admission(self._work, self._fleet, wait=True, coming=coming)
        for index, spec in asked:
            if not isinstance(spec, DeploymentSpec):
                id = new.get((_KINDS[type(spec)], spec.name), DeploymentId(''))
                self._changes[index] = networks.apply(
                    self._work, self._fleet, spec, id, view, self._problems, by=self._by
                )
        for index, spec in asked:
            if not isinstance(spec, DeploymentSpec):
                continue
            id = new.get((ResourceKind.DEPLOYMENT, spec.name), DeploymentId(''))
            if not id:
                self._changes[index] = self._existing(self._fleet.named(spec.name), spec, view)
                continue
            found = admission.admit(spec, view)
            self._problems.extend(found)
            if not found:
                stage(self._work, self._fleet, spec, id, new, by=self._by)
            self._changes[index] = Change(
                kind='Deployment',
                name=spec.name,
                action=Action.REFUSE if found else Action.CREATE,
                deployment_id='' if found else id,
                detail=_placement(spec),
            )
        if not self._problems:
            fresh = [spec for spec in deployments if spec in coming]
            self._problems.extend(too_large(self._work, self._fleet, fresh))
        if not self._problems:
            self._work.evaluate(new.values())

    def _existing(
        self, existing: Deployment, spec: DeploymentSpec, view: admission.Fleet
    ) -> Change:
        action, detail = Action.UNCHANGED, f'{existing.phase}, {existing.status}'
        if existing.deprovisioning:
            self._refuse(existing, 'is being deprovisioned', 'apply it again when it has stopped')
            action = Action.REFUSE
        elif existing.spec != spec:
            action, detail = self._change(existing, spec, view)
        return Change(
            kind='Deployment',
            name=spec.name,
            action=action,
            deployment_id=existing.id,
            detail=detail,
        )

    def _change(
        self, existing: Deployment, spec: DeploymentSpec, view: admission.Fleet
    ) -> tuple[Action, str]:
        found = list(admission.admit_change(spec, existing, view))
        found += too_large(self._work, self._fleet, [spec], instead_of=[existing])
        package = self._work.surroundings.known(spec.package)
        names: tuple[str, ...] = ()
        if not found and package is not None:
            names = updates.touched(self._work, existing, spec)
            found.extend(updates.refused_components(package, names))
            if names or spec.package != existing.spec.package:
                found.extend(updates.why_not_now(existing))
        if found:
            resource = f'Deployment/{spec.name}'
            self._problems.extend(replace(each, resource=resource) for each in found)
            return Action.REFUSE, f'{existing.phase}, {existing.status}'
        if names or spec.package != existing.spec.package:
            self._begin(existing, spec, names)
            return Action.UPDATE, f'{", ".join(names) or "package"} anew'
        self._work.put_deployment(_with_policies(replace(existing, spec=spec), package))
        self._work.evaluate([existing.id])
        return Action.UPDATE, 'in place, nothing is started anew'

    def _begin(self, existing: Deployment, spec: DeploymentSpec, names: tuple[str, ...]) -> None:
        updates.begin(
            self._work,
            self._fleet,
            existing,
            spec,
            names,
            on_failure=self._on_failure,
            timeout_sec=0.0,
            by=self._by,
        )

    def _update_users_of_configs(self) -> None:
        """Update what uses a config that changed, unless that was begun already."""
        for name in self._work.resources.changed_configs():
            for user in self._work.resources.users(config_ref(name)):
                if user.deprovisioning:
                    continue
                names = updates.touched(self._work, user, user.spec)
                if not names:
                    continue
                found = updates.why_not_now(user)
                self._problems.extend(found)
                if not found:
                    self._begin(user, user.spec, names)
                    self._note_update(user, name, names)

    def _note_update(self, user: Deployment, config: str, names: tuple[str, ...]) -> None:
        """Say in the plan that a changed config updates a deployment."""
        change = Change(
            kind='Deployment',
            name=user.name,
            action=Action.UPDATE,
            deployment_id=user.id,
            detail=f'{", ".join(names)} anew: config {config} changed',
        )
        for index, each in self._changes.items():
            if (each.kind, each.name) == (change.kind, change.name):
                self._changes[index] = change
                return
        self._changes[len(self._loaded.documents) + len(self._changes)] = change

    def _refuse(self, existing: Deployment, state: str, remedy: str) -> None:
        self._problems.append(
            Problem(
                code=ResultCode.CONFLICT,
                resource=f'Deployment/{existing.name}',
                path='metadata.name',
                message=f"deployment '{existing.name}' exists ({existing.id}) and {state}",
                remedy=remedy,
            )
        )


def _with_policies(deployment: Deployment, package: Package | None) -> Deployment:
    """Take restart policies over, which need no new instance."""
    assert package is not None
    parts = []
    for part in deployment.components:
        component = package.component(part.name)
        assert component is not None
        policy = deployment.spec.components[part.name].restart or component.restart
        parts.append(replace(part, restart=policy))
    return replace(deployment, components=tuple(parts))


def _placement(spec: DeploymentSpec) -> str:
    return ', '.join(f'{name} on {part.device}' for name, part in spec.components.items())
