# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""New deployments: admitted with all that is known, staged, and given an id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
import uuid

from roost_core import admission, error_codes, lifecycle, planning
from roost_core.deployment import Dependency, Deployment, DeploymentSpec
from roost_core.desired import estimated_bytes, secrets_of
from roost_core.manifest import problems_of
from roost_core.names import DeploymentId, DeviceName
from roost_core.package import Package
from roost_core.problem import Problem
from roost_core.resource import ResourceKind
from roost_core.uses import secrets_named
from roost_manager.admitting import view_for_admission
from roost_manager.fleet import Fleet
from roost_manager.refusal import refusal_of
from roost_manager.work import UnitOfWork

# Room for what the estimate does not see, below the wire's limit of 1 MiB.
MAX_DESIRED_BYTES = 900_000

# Ids of what one request asks for, by kind and name.
NewIds = Mapping[tuple[ResourceKind, str], DeploymentId]


def create(
    work: UnitOfWork, fleet: Fleet, spec: DeploymentSpec, *, wait: bool, by: str
) -> DeploymentId:
    """Stage one deployment and give its id.

    Raises:
        Refusal: with every reason.
    """
    problems = problems_of(spec) or (
        *admission.admit(spec, view_for_admission(work, fleet, wait=wait)),
        *too_large(work, fleet, [spec]),
    )
    if problems:
        raise refusal_of(problems)
    id = new_id()
    stage(work, fleet, spec, id, {}, by=by)
    work.evaluate([id])
    return id


def stage(
    work: UnitOfWork,
    fleet: Fleet,
    spec: DeploymentSpec,
    id: DeploymentId,
    new: NewIds,
    *,
    by: str,
) -> None:
    """Stage a deployment that was admitted.

    Args:
        new: ids of what the same request asks for.
    """
    package = work.surroundings.package(spec.package)
    work.put_deployment(
        lifecycle.create(
            id,
            spec,
            package,
            dependencies=tuple(_dependencies(fleet, spec, package, new)),
            default_network=fleet.default_network,
            created_at=work.now,
            created_by=by,
        )
    )


def _dependencies(
    fleet: Fleet, spec: DeploymentSpec, package: Package, new: NewIds
) -> Iterator[Dependency]:
    """Bind everything that a deployment needs to ids: deployments, networks, volumes.

    Args:
        new: ids of what the same request asks for.
    """
    default = fleet.default_network
    for wanted in spec.depends_on:
        name = wanted.deployment
        id = new.get((ResourceKind.DEPLOYMENT, name)) or fleet.by_name[name]
        yield Dependency(id=id, name=name, condition=wanted.condition)
    networks = (planning.network_of(part, spec, default) for part in package.components)
    volumes = (each.volume for part in spec.components.values() for each in part.volumes)
    needed = [(ResourceKind.NETWORK, name) for name in networks if name and name != default]
    needed += [(ResourceKind.VOLUME, name) for name in volumes]
    for kind, name in dict.fromkeys(needed):
        id = new.get((kind, name)) or fleet.ids[kind][name]
        yield Dependency(id=id, name=name, kind=kind)


def new_id() -> DeploymentId:
    """Give an id that no deployment ever had."""
    return DeploymentId(uuid.uuid4().hex)


def too_large(
    work: UnitOfWork,
    fleet: Fleet,
    specs: Sequence[DeploymentSpec],
    *,
    instead_of: Sequence[Deployment] = (),
) -> list[Problem]:
    """Refuse what would make the desired state of a device larger than the wire carries."""
    sizes: dict[DeviceName, int] = {}
    last: dict[DeviceName, str] = {}
    needed: dict[DeviceName, set[str]] = {}
    secrets = {name: len(each.sealed) for name, each in work.resources.secrets().items()}
    for former in instead_of:
        package = work.surroundings.package(former.spec.package)
        for device, size in estimated_bytes(former.spec, package).items():
            sizes[device] = sizes.get(device, fleet.estimated_bytes(device)) - size
    for spec in specs:
        package = work.surroundings.known(spec.package)
        if package is None:
            continue
        for device, size in estimated_bytes(spec, package).items():
            sizes[device] = sizes.get(device, fleet.estimated_bytes(device)) + size
            last[device] = spec.name
            for name in secrets_named(package):
                needed.setdefault(device, set()).add(name)
    for device in last if secrets else ():
        names = needed.get(device, set())
        for deployment in fleet.on_device(device):
            names |= secrets_of(deployment, device)
        sizes[device] += sum(secrets.get(name, 0) for name in names)
    return [
        Problem(
            code=error_codes.DESIRED_STATE_TOO_LARGE,
            resource=f'Deployment/{last[device]}',
            path='spec',
            message=f'{device} would be asked for {size} bytes of deployments,'
            f' at most {MAX_DESIRED_BYTES} are possible',
            remedy='spread the deployments over more devices',
        )
        for device, size in sizes.items()
        if size > MAX_DESIRED_BYTES and device in last
    ]
