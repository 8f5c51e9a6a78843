# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What can be asked of the manager: apply, create, deprovision, recover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
import uuid

from roost_core import admission, error_codes, lifecycle
from roost_core.deployment import Dependency, Deployment, DeploymentSpec
from roost_core.desired import estimated_bytes
from roost_core.manifest import load, Loaded, LoadedDocument, ManifestFile
from roost_core.names import DeploymentId, DeviceName, suggestion
from roost_core.package import Package
from roost_core.phase import Phase
from roost_core.problem import Problem, ResultCode
from roost_core.selector import MalformedSelector, parse, Selector
from roost_core.status import Status
from roost_manager.fleet import Fleet
from roost_manager.work import UnitOfWork

# Room for what the estimate does not see, below the wire's limit of 1 MiB.
MAX_DESIRED_BYTES = 900_000


class Refusal(Exception):
    """A request that is not accepted; nothing of it was or will be stored."""

    def __init__(self, code: str, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.problems = tuple(problems)


def refusal_of(problems: Sequence[Problem]) -> Refusal:
    """Make one refusal of several problems."""
    first = problems[0]
    more = f' (and {len(problems) - 1} more)' if len(problems) > 1 else ''
    return Refusal(first.code, f'{first}{more}', problems)


class Action(StrEnum):
    """What an apply does with one document."""

    CREATE = 'create'
    UNCHANGED = 'unchanged'
    REFUSE = 'refuse'


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an apply does, or would do, with one document."""

    kind: str
    name: str
    version: str = ''
    action: Action
    deployment_id: str = ''
    detail: str = ''


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Outcome of checking manifests: changes for all documents, and every problem."""

    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()


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
    new = {
        spec.name: DeploymentId(_new_id()) for _, spec in asked if spec.name not in fleet.by_name
    }
    problems.extend(admission.check_cycles(spec for _, spec in asked))
    view = _admission_view(
        work, fleet, wait=True, coming=[spec for _, spec in asked if spec.name in new]
    )
    for index, spec in asked:
        existing = fleet.find(spec.name) if spec.name in fleet.by_name else None
        if existing is not None:
            changes[index] = _apply_existing(existing, spec, problems)
            continue
        found = admission.admit(spec, view)
        problems.extend(found)
        if not found:
            _stage(work, fleet, spec, new[spec.name], new, by=by)
        changes[index] = Change(
            kind='Deployment',
            name=spec.name,
            action=Action.REFUSE if found else Action.CREATE,
            deployment_id='' if found else new[spec.name],
            detail=_placement(spec),
        )
    if not problems:
        problems.extend(_too_large(work, fleet, [spec for _, spec in asked if spec.name in new]))
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


def create(
    work: UnitOfWork, fleet: Fleet, spec: DeploymentSpec, *, wait: bool, by: str
) -> DeploymentId:
    """Stage one deployment and give its id.

    Raises:
        Refusal: with every reason.
    """
    problems = [
        *admission.admit(spec, _admission_view(work, fleet, wait=wait)),
        *_too_large(work, fleet, [spec]),
    ]
    if problems:
        raise refusal_of(problems)
    id = DeploymentId(_new_id())
    _stage(work, fleet, spec, id, {}, by=by)
    work.evaluate([id])
    return id


def _stage(
    work: UnitOfWork,
    fleet: Fleet,
    spec: DeploymentSpec,
    id: DeploymentId,
    new: dict[str, DeploymentId],
    *,
    by: str,
) -> None:
    dependencies = [
        Dependency(
            id=new.get(wanted.deployment) or fleet.by_name[wanted.deployment],
            name=wanted.deployment,
            condition=wanted.condition,
        )
        for wanted in spec.depends_on
    ]
    work.put_deployment(
        lifecycle.create(
            id,
            spec,
            work.surroundings.package(spec.package),
            dependencies=dependencies,
            network=fleet.rules.network.name,
            created_at=work.now,
            created_by=by,
        )
    )


def _new_id() -> str:
    return uuid.uuid4().hex


def _admission_view(
    work: UnitOfWork, fleet: Fleet, *, wait: bool, coming: Sequence[DeploymentSpec] = ()
) -> admission.Fleet:
    peers = {
        each.name: admission.Peer(
            id=each.id,
            name=each.name,
            package=each.spec.package,
            phase=each.phase,
            status=each.status,
            deprovisioning=each.deprovisioning,
        )
        for each in fleet.deployments.values()
    }
    for spec in coming:
        peers[spec.name] = admission.Peer(
            id=None,
            name=spec.name,
            package=spec.package,
            phase=Phase.IN_PROGRESS,
            status=Status.PENDING,
        )
    versions = {name: list(known) for name, known in fleet.versions.items()}
    for ref in work.surroundings.packages:
        versions.setdefault(ref.name, []).append(ref.version)
    return admission.Fleet(
        versions=versions,
        package=work.surroundings.package,
        devices={name: fleet.view(name) for name in fleet.devices},
        peers=peers,
        networks=frozenset({fleet.rules.network.name}),
        wait=wait,
    )


def _too_large(work: UnitOfWork, fleet: Fleet, specs: Sequence[DeploymentSpec]) -> list[Problem]:
    """Refuse what would make the desired state of a device larger than the wire carries."""
    sizes: dict[DeviceName, int] = {}
    for spec in specs:
        if spec.package not in fleet.packages and spec.package not in work.surroundings.packages:
            continue
        package = work.surroundings.package(spec.package)
        for device, size in estimated_bytes(spec, package).items():
            sizes[device] = sizes.get(device, 0) + size
    problems = []
    for device, size in sizes.items():
        present = fleet.estimated_bytes(device)
        if present + size > MAX_DESIRED_BYTES:
            problems.append(
                Problem(
                    code=error_codes.DESIRED_STATE_TOO_LARGE,
                    resource=f'Deployment/{specs[-1].name}',
                    path='spec',
                    message=f'{device} would be asked for {present + size} bytes of deployments,'
                    f' at most {MAX_DESIRED_BYTES} are possible',
                    remedy='spread the deployments over more devices',
                )
            )
    return problems


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
            if wanted.matches(deployment.spec.labels):
                chosen[deployment.id] = deployment
    return _dependants_first(list(chosen.values()))


def selector_of(text: str) -> Selector:
    """Read a selector.

    Raises:
        Refusal: it is malformed.
    """
    try:
        return parse(text)
    except MalformedSelector as error:
        raise Refusal(ResultCode.INVALID, str(error)) from error


def _dependants_first(deployments: list[Deployment]) -> list[Deployment]:
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


def _refuse_needed(fleet: Fleet, chosen: Sequence[Deployment]) -> None:
    leaving = {deployment.id for deployment in chosen}
    problems = []
    for deployment in chosen:
        staying = sorted(
            each.name
            for each in fleet.dependants(deployment.id)
            if each.id not in leaving and not each.deprovisioning
        )
        if staying:
            problems.append(
                Problem(
                    code=ResultCode.REFUSED,
                    resource=f'Deployment/{deployment.name}',
                    message=f"'{deployment.name}' is needed by {', '.join(staying)}",
                    remedy='deprovision these too, or force it',
                )
            )
    if problems:
        raise refusal_of(problems)


def recover(work: UnitOfWork, fleet: Fleet) -> int:
    """Stage an epoch above all that any device has applied; return it."""
    reports = (presence.report for presence in fleet.presences.values())
    applied = [report.applied[0] for report in reports if report is not None]
    epoch = max([fleet.epoch, *applied]) + 1
    work.raise_epoch(epoch)
    return epoch
