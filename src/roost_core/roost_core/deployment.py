# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Deployments: what was asked for, and what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from roost_core.instance import InstanceSpec
from roost_core.names import DeploymentId, DeviceName, NO_DEVICE
from roost_core.package import PackageRef, RestartPolicy
from roost_core.phase import Phase
from roost_core.status import NO_REASON, Reason, Status


class Condition(StrEnum):
    """When a dependency is good enough to start its dependant."""

    RUNNING = 'running'
    READY = 'ready'


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencySpec:
    """A dependency as asked for, by the name of a deployment."""

    deployment: str
    condition: Condition = Condition.RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentSpec:
    """Placement and values of one component; restart None takes the package's policy."""

    device: DeviceName = NO_DEVICE
    cloud: str = ''
    restart: RestartPolicy | None = None
    network: str = ''
    environment: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSpec:
    """A deployment as asked for."""

    name: str
    description: str = ''
    labels: Mapping[str, str] = field(default_factory=dict)
    package: PackageRef
    components: Mapping[str, ComponentSpec]
    depends_on: tuple[DependencySpec, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    allow_offline: bool = False

    @property
    def devices(self) -> tuple[DeviceName, ...]:
        """Devices that it is placed on, sorted, each once."""
        return tuple(sorted({part.device for part in self.components.values() if part.device}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A dependency, bound at admission to the id of a deployment."""

    id: DeploymentId
    name: str
    condition: Condition = Condition.RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutableState:
    """State of one executable, from the device's report."""

    component: str
    name: str
    device: DeviceName
    status: Status = Status.PENDING
    reason: Reason = NO_REASON
    codes: tuple[str, ...] = ()
    generation: int = 0
    started: bool = False
    restart_count: int = 0
    exit_code: int | None = None
    started_at: float | None = None
    image_digest: str = ''
    instance_id: str = ''
    host_name: str = ''


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedExecutable:
    """What a device is told to run, computed once for each component generation and stored.

    Attributes:
        sources: where the value of each environment variable came from.
    """

    name: str
    spec: InstanceSpec
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentState:
    """One component of a deployment.

    Attributes:
        generation: the deployment's generation when this component was last created or updated.
        plan: what its device runs; empty until dependencies are met.
    """

    name: str
    device: DeviceName
    network: str = ''
    restart: RestartPolicy
    generation: int
    plan: tuple[PlannedExecutable, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployment, whole.

    Attributes:
        deprovisioning: a deprovision was accepted; nothing undoes that.
        deprovision_at: when it was accepted, Unix time by the manager's clock.
        removing: its devices are told to remove it; dependants that stop too come first.
        removing_at: since when, Unix time by the manager's clock.
        removed_from: devices that confirmed the removal.
        created_at: Unix time by the manager's clock.
    """

    id: DeploymentId
    spec: DeploymentSpec
    generation: int = 1
    phase: Phase = Phase.IN_PROGRESS
    status: Status = Status.PENDING
    reason: Reason = NO_REASON
    codes: tuple[str, ...] = ()
    components: tuple[ComponentState, ...] = ()
    executables: tuple[ExecutableState, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    deprovisioning: bool = False
    deprovision_at: float = 0.0
    removing: bool = False
    removing_at: float = 0.0
    removed_from: tuple[DeviceName, ...] = ()
    created_at: float = 0.0
    created_by: str = ''

    @property
    def name(self) -> str:
        """Name, unique among deployments that are not stopped."""
        return self.spec.name

    @property
    def stopped(self) -> bool:
        """Tell whether the final phase is reached."""
        return self.phase is Phase.DEPLOYMENT_STOPPED

    @property
    def without_progress(self) -> Deployment:
        """Itself without progress and countdowns, which are published but not kept."""
        return replace(
            self,
            reason=self.reason.without_progress,
            executables=tuple(
                replace(state, reason=state.reason.without_progress) for state in self.executables
            ),
        )
