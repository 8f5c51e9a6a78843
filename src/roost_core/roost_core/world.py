# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What surrounds a deployment: its package, devices, dependencies and network, at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from roost_core.deployment import Condition
from roost_core.device import DeviceView
from roost_core.names import DeploymentId, DeviceName
from roost_core.network import RosNetwork
from roost_core.package import Package
from roost_core.phase import Phase
from roost_core.status import NO_REASON, Reason, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyView:
    """A dependency as its dependant sees it.

    Attributes:
        exposes: variables that it gives to its dependants.
    """

    name: str
    phase: Phase
    status: Status
    reason: Reason = NO_REASON
    deprovisioning: bool = False
    exposes: Mapping[str, str] = field(default_factory=dict)

    def meets(self, condition: Condition) -> bool:
        """Tell whether the condition holds now."""
        match condition:
            case Condition.RUNNING | Condition.READY:
                return self.phase is Phase.SUCCEEDED and self.status is Status.RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything around a deployment that its evaluation depends on.

    Attributes:
        dependants_stopping: names of dependants that are being deprovisioned too and come first.
        now: Unix time by the manager's clock.
    """

    package: Package
    devices: Mapping[DeviceName, DeviceView]
    dependencies: Mapping[DeploymentId, DependencyView]
    dependants_stopping: Sequence[str] = ()
    network: RosNetwork
    now: float
    removal_deadline_sec: float = 60.0
