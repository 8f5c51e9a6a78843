# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The fleet as admission sees it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from roost_core import bindings, brought
from roost_core.deployment import Deployment, DeploymentSpec
from roost_core.instance import Mount, MountKind
from roost_core.names import DeploymentId, DeviceName
from roost_core.network import NetworkSpec
from roost_core.package import PackageRef
from roost_core.peers import Fleet as AdmissionView
from roost_core.peers import Peer
from roost_core.phase import Phase
from roost_core.resource import ResourceKind
from roost_core.secret import SecretType
from roost_core.status import Status
from roost_core.uses import config_ref, package_ref, secret_ref
from roost_core.volume import VolumeSpec
from roost_manager.fleet import Fleet
from roost_manager.work import UnitOfWork

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


Coming = DeploymentSpec | NetworkSpec | VolumeSpec


def view_for_admission(
    work: UnitOfWork, fleet: Fleet, *, wait: bool, coming: Sequence[Coming] = ()
) -> AdmissionView:
    """Show the fleet to admission, each part of it only when it is looked at.

    Args:
        coming: what the same request asks for.
    """
    deployments = {each.name: each for each in coming if isinstance(each, DeploymentSpec)}
    networks = {each.name: each for each in coming if isinstance(each, NetworkSpec)}
    volumes = {each.name: each for each in coming if isinstance(each, VolumeSpec)}
    built_in = fleet.rules.network
    running = {} if built_in is None else {built_in.name: _built_in(built_in.name)}
    resources = work.resources
    opaque = {name for name, each in resources.secrets().items() if each.type is SecretType.OPAQUE}

    def known(kind: ResourceKind) -> Callable[[str], Peer]:
        return lambda name: _peer(fleet.named(name, kind))

    def mount(name: str) -> Mount:
        if name in volumes:
            return _mount_of(volumes[name])
        return brought.mount_source(fleet.named(name, ResourceKind.VOLUME))

    volume_names = ChainMap(volumes, fleet.ids[ResourceKind.VOLUME])  # type: ignore[arg-type]
    return AdmissionView(
        versions=work.surroundings.versions(),
        package=work.surroundings.package,
        is_leaving=lambda ref: resources.is_leaving(package_ref(ref)),
        devices=_Seen(fleet.devices, fleet.view),
        peers=_peers(deployments, fleet.by_name, known(ResourceKind.DEPLOYMENT)),
        networks=ChainMap(
            running,
            _peers(networks, fleet.ids[ResourceKind.NETWORK], known(ResourceKind.NETWORK)),  # type: ignore[arg-type]
        ),
        volumes=_peers(volumes, fleet.ids[ResourceKind.VOLUME], known(ResourceKind.VOLUME)),
        default_network='' if built_in is None else built_in.name,
        volume_sources=_Seen(volume_names, mount),
        secrets={
            name: each.keys
            for name, each in resources.secrets().items()
            if name in opaque and not resources.is_leaving(secret_ref(name))
        },
        logins={
            name
            for name in resources.secrets()
            if name not in opaque and not resources.is_leaving(secret_ref(name))
        },
        configs={
            name for name in resources.configs() if not resources.is_leaving(config_ref(name))
        },
        used_of=lambda id: _used_of(fleet, id),
        wait=wait,
    )


def _peers(
    coming: Mapping[str, Coming], ids: Mapping[str, DeploymentId], look: Callable[[str], Peer]
) -> Mapping[str, Peer]:
    def peer(name: str) -> Peer:
        return _coming_peer(coming[name]) if name in coming else look(name)

    names: Mapping[str, object] = ChainMap(coming, ids) if coming else ids  # type: ignore[arg-type]
    return _Seen(names, peer)


def _peer(deployment: Deployment) -> Peer:
    devices = deployment.spec.devices
    return Peer(
        id=deployment.id,
        name=deployment.name,
        package=deployment.spec.package,
        phase=deployment.phase,
        status=deployment.status,
        deprovisioning=deployment.deprovisioning,
        device=devices[0] if devices else DeviceName(''),
    )


def _coming_peer(spec: Coming) -> Peer:
    return Peer(
        id=None,
        name=spec.name,
        package=spec.package if isinstance(spec, DeploymentSpec) else _NO_PACKAGE,
        phase=Phase.IN_PROGRESS,
        status=Status.PENDING,
        device=DeviceName('') if isinstance(spec, DeploymentSpec) else spec.device,
    )


def _built_in(name: str) -> Peer:
    return Peer(
        id=None, name=name, package=_NO_PACKAGE, phase=Phase.SUCCEEDED, status=Status.RUNNING
    )


_NO_PACKAGE = PackageRef(name='', version='')


def _mount_of(spec: VolumeSpec) -> Mount:
    """Give what is mounted of a volume that is still to come, as far as admission looks at it."""
    kind = MountKind.HOST if spec.host_path else MountKind.VOLUME
    return Mount(kind=kind, name=spec.name, source=spec.host_path, target='')


def _used_of(fleet: Fleet, id: DeploymentId) -> dict[str, str]:
    """Say which dependant takes each variable that a deployment exposes."""
    given = fleet.deployments[id]
    exposing = bindings.exposed(given, fleet.packages[given.spec.package])
    return {
        name: dependant.name
        for dependant in fleet.dependants(id)
        if not dependant.deprovisioning
        for name in exposing
    }
