# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""New deployments: admitted with all that is known, staged, and given an id."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar
import uuid

from roost_core import admission, error_codes, lifecycle
from roost_core.deployment import Dependency, Deployment, DeploymentSpec
from roost_core.desired import estimated_bytes
from roost_core.manifest import problems_of
from roost_core.names import DeploymentId, DeviceName
from roost_core.phase import Phase
from roost_core.problem import Problem
from roost_core.status import Status
from roost_manager.fleet import Fleet
from roost_manager.refusal import refusal_of
from roost_manager.work import UnitOfWork

# Room for what the estimate does not see, below the wire's limit of 1 MiB.
MAX_DESIRED_BYTES = 900_000


K = TypeVar('K', bound=str)
S = TypeVar('S')
T = TypeVar('T')


class _Seen(Mapping[K, T]):
    """A mapping whose values are looked at one by one, when they are asked for."""

    def __init__(self, source: Mapping[K, S], look: Callable[[K], T]) -> None:
        self._source = source
        self._look = look

    def __getitem__(self, key: K) -> T:
        if key not in self._source:
            raise KeyError(key)
        return self._look(key)

    def __iter__(self) -> Iterator[K]:
        return iter(self._source)

    def __len__(self) -> int:
        return len(self._source)


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
    new: Mapping[str, DeploymentId],
    *,
    by: str,
) -> None:
    """Stage a deployment that was admitted.

    Args:
        new: ids of the deployments that the same request asks for, by name.
    """
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


def new_id() -> DeploymentId:
    """Give an id that no deployment ever had."""
    return DeploymentId(uuid.uuid4().hex)


def view_for_admission(
    work: UnitOfWork, fleet: Fleet, *, wait: bool, coming: Sequence[DeploymentSpec] = ()
) -> admission.Fleet:
    """Show the fleet to admission, each part of it only when it is looked at.

    Args:
        coming: what the same request asks for.
    """
    asked = {spec.name: spec for spec in coming}

    def peer(name: str) -> admission.Peer:
        return _coming_peer(asked[name]) if name in asked else _peer(fleet.named(name))

    return admission.Fleet(
        versions=work.surroundings.versions(),
        package=work.surroundings.package,
        devices=_Seen(fleet.devices, fleet.view),
        peers=_Seen(ChainMap(asked, fleet.by_name) if asked else fleet.by_name, peer),
        networks=frozenset({fleet.rules.network.name}),
        wait=wait,
    )


def _peer(deployment: Deployment) -> admission.Peer:
    return admission.Peer(
        id=deployment.id,
        name=deployment.name,
        package=deployment.spec.package,
        phase=deployment.phase,
        status=deployment.status,
        deprovisioning=deployment.deprovisioning,
    )


def _coming_peer(spec: DeploymentSpec) -> admission.Peer:
    return admission.Peer(
        id=None,
        name=spec.name,
        package=spec.package,
        phase=Phase.IN_PROGRESS,
        status=Status.PENDING,
    )


def too_large(work: UnitOfWork, fleet: Fleet, specs: Sequence[DeploymentSpec]) -> list[Problem]:
    """Refuse what would make the desired state of a device larger than the wire carries."""
    sizes: dict[DeviceName, int] = {}
    last: dict[DeviceName, str] = {}
    for spec in specs:
        package = work.surroundings.known(spec.package)
        if package is None:
            continue
        for device, size in estimated_bytes(spec, package).items():
            sizes[device] = sizes.get(device, fleet.estimated_bytes(device)) + size
            last[device] = spec.name
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
        if size > MAX_DESIRED_BYTES
    ]
