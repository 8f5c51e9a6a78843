# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What admission looks at: the fleet as far as a request can meet it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from roost_core.device import DeviceView
from roost_core.instance import Mount
from roost_core.names import DeploymentId, DeviceName, NO_DEVICE
from roost_core.package import Package, PackageRef
from roost_core.phase import Phase
from roost_core.status import Status

_NEVER_AGAIN = frozenset(
    {Phase.FAILED_TO_START, Phase.PARTIALLY_DEPROVISIONED, Phase.DEPLOYMENT_STOPPED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A deployment, network or volume that is not stopped, or that the same request asks for.

    Attributes:
        id: None for one of the same request, and for the built-in network.
        device: of a volume or of the server of a network.
    """

    id: DeploymentId | None
    name: str
    package: PackageRef
    phase: Phase
    status: Status
    deprovisioning: bool = False
    device: DeviceName = NO_DEVICE

    @property
    def is_lost(self) -> bool:
        """Tell whether it will never run again."""
        return self.deprovisioning or self.phase in _NEVER_AGAIN

    @property
    def runs(self) -> bool:
        """Tell whether it can be used now."""
        return not self.is_lost and self.status is Status.RUNNING and self.phase in _STARTED

    @property
    def state(self) -> str:
        """Say how it is, as the end of a sentence."""
        if self.deprovisioning:
            return 'is being deprovisioned'
        if self.phase in _NEVER_AGAIN:
            return f'is in {self.phase}'
        return f'{self.phase}, {self.status}'


_STARTED = (Phase.SUCCEEDED, Phase.FAILED_TO_UPDATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What admission looks at.

    Attributes:
        versions: versions of each package that exists.
        package: gives a package version that exists.
        is_leaving: tells whether a package version is being deleted.
        peers: deployments, by name.
        networks, volumes: by name; the built-in network too.
        default_network: name of the built-in network; empty when it is switched off.
        volume_sources: what is mounted of each volume.
        secrets: names of the values of each opaque secret.
        logins: names of docker secrets.
        configs: names of configs.
        used_of: gives what dependants of a deployment take of it: variable -> dependant.
        wait: what is not running yet is waited for, not refused.
    """

    versions: Mapping[str, Sequence[str]]
    package: Callable[[PackageRef], Package]
    is_leaving: Callable[[PackageRef], bool] = lambda _: False
    devices: Mapping[DeviceName, DeviceView]
    peers: Mapping[str, Peer]
    networks: Mapping[str, Peer] = field(default_factory=dict)
    volumes: Mapping[str, Peer] = field(default_factory=dict)
    default_network: str = 'default'
    volume_sources: Mapping[str, Mount] = field(default_factory=dict)
    secrets: Mapping[str, Collection[str]] = field(default_factory=dict)
    logins: Collection[str] = ()
    configs: Collection[str] = ()
    used_of: Callable[[DeploymentId], Mapping[str, str]] = lambda _: {}
    wait: bool = False

    def known(self, ref: PackageRef) -> Package | None:
        """Find a package version, if it exists."""
        return self.package(ref) if ref.version in self.versions.get(ref.name, ()) else None
