# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Deployments: what was asked for, and what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from roost_core.instance import InstanceSpec
from roost_core.names import DeploymentId, DeviceName, NO_DEVICE
from roost_core.network import NetworkSpec
from roost_core.package import PackageRef, RestartPolicy
from roost_core.phase import Phase
from roost_core.resource import ResourceKind
from roost_core.status import NO_REASON, Reason, Status
from roost_core.volume import VolumeSpec


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
class VolumeMount:
    """A volume in the containers of a component.

    Attributes:
        sub_path: folder inside the volume, relative; empty for all of it.
        executables: that get it; empty for all of the component.
    """

    volume: str
    mount_path: str
    sub_path: str = ''
    read_only: bool = False
    executables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigMount:
    """A config in the containers of a component; executables is empty for all of them."""

    config: str
    mount_path: str
    executables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentSpec:
    """Placement and values of one component; restart None takes the package's policy."""

    device: DeviceName = NO_DEVICE
    cloud: str = ''
    restart: RestartPolicy | None = None
    network: str = ''
    environment: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    volumes: tuple[VolumeMount, ...] = ()
    configs: tuple[ConfigMount, ...] = ()


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
    """What a deployment needs, bound at admission to an id: a deployment, network or volume."""

    id: DeploymentId
    name: str
    kind: ResourceKind = ResourceKind.DEPLOYMENT
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
    former_generation: int = 0
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
        refresh, image_digest: see `instance.DesiredInstance`.
    """

    name: str
    spec: InstanceSpec
    sources: Mapping[str, str] = field(default_factory=dict)
    refresh: bool = False
    image_digest: str = ''


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentState:
    """One component of a deployment.

    Attributes:
        generation: the deployment's generation when this component was last created or updated.
        plan: what its device runs; empty until dependencies are met.
        dropped: executables that an update took away; what is left of them is removed.
        stopped: by choice.
        restarts: how often a restart was asked for in this generation.
    """

    name: str
    device: DeviceName
    network: str = ''
    restart: RestartPolicy
    generation: int
    plan: tuple[PlannedExecutable, ...] = ()
    dropped: tuple[str, ...] = ()
    stopped: bool = False
    restarts: int = 0


class OnFailure(StrEnum):
    """What becomes of a component whose old instance was stopped when its update fails."""

    KEEP = 'keep'  # it stays down
    ROLLBACK = 'rollback'  # what ran before is brought back


class Outcome(StrEnum):
    """How a generation ended."""

    IN_PROGRESS = 'in progress'
    SUCCEEDED = 'succeeded'
    FAILED = 'failed'
    CANCELLED = 'cancelled'
    ROLLED_BACK = 'rolled back'


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRecord:
    """One generation: the creation, or an attempt to update; times are Unix, the manager's.

    Attributes:
        finished_at: None while in progress.
        code: error code of a failure; empty otherwise.
        images: 'component/executable' -> image, with its digest once it is known.
    """

    generation: int
    began_at: float
    finished_at: float | None = None
    requested_by: str = ''
    outcome: Outcome = Outcome.IN_PROGRESS
    reason: str = ''
    code: str = ''
    package_version: str = ''
    components: tuple[str, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """An update that is under way.

    Attributes:
        components: that it touches.
        former_spec, former: what to go back to; former has the states of those components.
        ran: executables of them that ran, as 'component/executable'.
        former_states: what was known of their executables; empty in what an older version stored.
        deadline_at: Unix time by the manager's clock.
        up_since: since when all that it started is up; None while something is not.
    """

    components: tuple[str, ...]
    former_spec: DeploymentSpec
    former: tuple[ComponentState, ...]
    ran: tuple[str, ...] = ()
    former_states: tuple[ExecutableState, ...] = ()
    on_failure: OnFailure
    deadline_at: float
    up_since: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployment, whole. A network or a volume is one too, of a package that Roost brings.

    Attributes:
        network, volume: what was asked for, if it is a network or a volume.
        domain_id: of a network.
        update: under way.
        failed_update: why the last update failed, in plain words; empty when it did not.
        failed_update_code: error code of that.
        history: its generations, oldest first; the oldest are forgotten one day.
        deprovisioning: a deprovision was accepted; nothing undoes that.
        deprovision_at: when it was accepted, Unix time by the manager's clock.
        removing: its devices are told to remove it; dependants that stop too come first.
        removing_at: since when, Unix time by the manager's clock.
        removed_from: devices that have nothing of it any more: they confirmed the removal, or
            were forgotten.
        created_at: Unix time by the manager's clock.
    """

    id: DeploymentId
    spec: DeploymentSpec
    network: NetworkSpec | None = None
    volume: VolumeSpec | None = None
    domain_id: int = 0
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
    update: Update | None = None
    failed_update: str = ''
    failed_update_code: str = ''
    history: tuple[GenerationRecord, ...] = ()

    @property
    def kind(self) -> ResourceKind:
        """What it is."""
        if self.network is not None:
            return ResourceKind.NETWORK
        return ResourceKind.DEPLOYMENT if self.volume is None else ResourceKind.VOLUME

    @property
    def name(self) -> str:
        """Name, unique among those of its kind that are not stopped."""
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
