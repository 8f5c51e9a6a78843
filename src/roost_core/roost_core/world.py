# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What surrounds a deployment: its package, devices, dependencies and network, at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from roost_core.deployment import Condition
from roost_core.device import DeviceView
from roost_core.instance import Mount
from roost_core.names import DeploymentId, DeviceName
from roost_core.network import RosNetwork
from roost_core.package import Package
from roost_core.phase import Phase
from roost_core.resource import ResourceKind
from roost_core.status import NO_REASON, Reason, Status

# Where everything was started once; what an update that failed left running is as good.
_STARTED = (Phase.SUCCEEDED, Phase.FAILED_TO_UPDATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyView:
    """What a deployment needs, as it sees it: another deployment, a network or a volume.

    Attributes:
        exposes: variables that it gives to its dependants.
    """

    name: str
    kind: ResourceKind = ResourceKind.DEPLOYMENT
    phase: Phase
    status: Status
    reason: Reason = NO_REASON
    deprovisioning: bool = False
    exposes: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What it is called in sentences."""
        if self.kind is ResourceKind.DEPLOYMENT:
            return f'dependency {self.name}'
        return f'{self.kind.lower()} {self.name}'

    @property
    def lost(self) -> str:
        """Say that it was lost for good; empty when it may still come up."""
        return f'{self.label} {self._loss}' if self._loss else ''

    @property
    def _loss(self) -> str:
        if self.phase is Phase.DEPLOYMENT_STOPPED:
            return 'was stopped'
        if self.deprovisioning:
            return 'is being deprovisioned'
        return 'failed to start' if self.phase is Phase.FAILED_TO_START else ''

    def meets(self, condition: Condition) -> bool:
        """Tell whether the condition holds now."""
        match condition:
            case Condition.RUNNING | Condition.READY:
                return self.phase in _STARTED and self.status is Status.RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything around a deployment that its evaluation depends on.

    Attributes:
        dependants_stopping: names of dependants that are being deprovisioned too and come first.
        networks: those that its components join, by name; without one that is not known.
        volumes: those that it mounts, by name.
        configs: digest of those that it mounts, by name.
        now: Unix time by the manager's clock.
        proving_sec: what an update started must stay up for so long.
    """

    package: Package
    devices: Mapping[DeviceName, DeviceView]
    dependencies: Mapping[DeploymentId, DependencyView]
    dependants_stopping: Sequence[str] = ()
    networks: Mapping[str, RosNetwork] = field(default_factory=dict)
    volumes: Mapping[str, Mount] = field(default_factory=dict)
    configs: Mapping[str, str] = field(default_factory=dict)
    now: float
    removal_deadline_sec: float = 60.0
    proving_sec: float = 3.0
