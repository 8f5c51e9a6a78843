# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The fleet as the manager knows it: the stored truth, and what was heard since the start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from roost_core.config import ConfigRecord
from roost_core.deployment import Deployment
from roost_core.desired import estimated_bytes
from roost_core.device import DeviceRecord, DeviceView
from roost_core.instance import Slot
from roost_core.liveness import Liveness, liveness
from roost_core.names import DeploymentId, DeviceName
from roost_core.network import RosNetwork
from roost_core.package import Package, PackageRef
from roost_core.phase import Phase
from roost_core.report import DeviceReport, InstanceReport, RemovalReport
from roost_core.resource import DEPLOYED, ResourceKind, ResourceRef
from roost_core.secret import SecretRecord
from roost_core.uses import config_ref, configs_held, secret_ref
from roost_manager.users import Users


@dataclass(slots=True)
class Presence:
    """What was heard of a device since the manager started; times are monotonic seconds.

    Attributes:
        liveness: as last judged; a change of it is an event.
        report: newest accepted report.
        uptime_sec, uptime_at: uptime of its executor, and when that was heard.
        rival_key_id, rival_at: another key that speaks under this name, and when it last did.
    """

    liveness: Liveness = Liveness.UNKNOWN
    heard_at: float | None = None
    reported_at: float | None = None
    uptime_sec: float | None = None
    uptime_at: float = 0.0
    leaving: bool = False
    report: DeviceReport | None = None
    instances: dict[Slot, InstanceReport] = field(default_factory=dict)
    removals: dict[DeploymentId, RemovalReport] = field(default_factory=dict)
    rival_key_id: str = ''
    rival_at: float = 0.0

    def uptime(self, *, now: float) -> float | None:
        """Give how long its executor has been running, by that executor's clock, if known."""
        return None if self.uptime_sec is None else self.uptime_sec + now - self.uptime_at

    def take(self, report: DeviceReport, *, now: float) -> set[DeploymentId]:
        """Replace the report; return the deployments of which it says something new."""
        instances = {each.slot: each for each in report.instances}
        removals = {each.deployment_id: each for each in report.removals}
        touched = {
            slot.deployment_id
            for slot in self.instances.keys() | instances.keys()
            if self.instances.get(slot) != instances.get(slot)
        }
        touched.update(
            id
            for id in self.removals.keys() | removals.keys()
            if self.removals.get(id) != removals.get(id)
        )
        if self.report is None or report.incarnation != self.report.incarnation:
            self.uptime_sec = None
        self.report, self.instances, self.removals = report, instances, removals
        self.heard_at = self.reported_at = now
        self.leaving = report.leaving
        return touched


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Parameters of judging.

    Attributes:
        offline_after_sec: a device that is silent for longer is offline.
        removal_deadline_sec: a removal that takes longer makes Partially deprovisioned.
        proving_sec: what an update started must stay up for so long.
        update_timeout_sec: deadline of updates that name none.
        network: the built-in one; None when it is switched off.
        discovery_range: of native networks.
        control_domain_id: ROS domain of the control plane; no network gets it by itself.
        server_image: with the discovery server, for devices that have containers only.
    """

    offline_after_sec: float
    removal_deadline_sec: float
    network: RosNetwork | None
    discovery_range: str = 'SUBNET'
    control_domain_id: int = 0
    server_image: str = ''
    proving_sec: float = 3.0
    update_timeout_sec: float = 300.0


class Fleet:
    """Everything in memory, with the indexes that keep a report's cost to what it touches.

    Only `UnitOfWork` changes deployments, packages and device records, after they were stored.

    Attributes:
        leaving: what goes when the last deployment that uses it has stopped.
        ids: of what is not stopped, by kind and name.
        forgotten: devices that were forgotten, by key.
        removing: deployments whose removal has a deadline that has not passed.
        updating: deployments that are being updated.
    """

    def __init__(self, rules: Rules, *, started_at: float) -> None:
        """Start empty; started_at is monotonic seconds."""
        self.rules = rules
        self.epoch = 0
        self.last_event_number = 0
        self._started_at = started_at
        self.packages: dict[PackageRef, Package] = {}
        self.versions: dict[str, list[str]] = {}
        self.leaving: set[ResourceRef] = set()
        self.secrets: dict[str, SecretRecord] = {}
        self.configs: dict[str, ConfigRecord] = {}
        self.deployments: dict[DeploymentId, Deployment] = {}
        self.ids: dict[ResourceKind, dict[str, DeploymentId]] = {kind: {} for kind in DEPLOYED}
        self.devices: dict[DeviceName, DeviceRecord] = {}
        self.forgotten: dict[str, DeviceRecord] = {}
        self.presences: dict[DeviceName, Presence] = {}
        self.removing: set[DeploymentId] = set()
        self.updating: set[DeploymentId] = set()
        self._on_device: dict[DeviceName, set[DeploymentId]] = {}
        self._bytes_on: dict[DeviceName, int] = {}
        self._dependants: dict[DeploymentId, set[DeploymentId]] = {}
        self._users = Users()

    def add_package(self, package: Package) -> None:
        """Take in a package that is stored."""
        self.packages[package.ref] = package
        self.versions.setdefault(package.name, []).append(package.version)

    def put_secret(self, record: SecretRecord) -> None:
        """Take in a secret that is stored."""
        self.secrets[record.name] = record
        self.mark(secret_ref(record.name), leaving=record.deleting)

    def put_config(self, record: ConfigRecord) -> None:
        """Take in a config that is stored."""
        self.configs[record.name] = record
        self.mark(config_ref(record.name), leaving=record.deleting)

    def mark(self, ref: ResourceRef, *, leaving: bool) -> None:
        """Take in whether something goes when the last deployment that uses it has stopped."""
        if leaving:
            self.leaving.add(ref)
        else:
            self.leaving.discard(ref)

    def remove(self, ref: ResourceRef) -> None:
        """Let go of a package version, secret or config that was removed."""
        self.leaving.discard(ref)
        match ref.kind:
            case ResourceKind.SECRET:
                del self.secrets[ref.name]
            case ResourceKind.CONFIG:
                del self.configs[ref.name]
            case ResourceKind.PACKAGE:
                package = PackageRef(name=ref.name, version=ref.version)
                del self.packages[package]
                self.versions[ref.name].remove(ref.version)
                if not self.versions[ref.name]:
                    del self.versions[ref.name]

    def put_device(self, record: DeviceRecord) -> None:
        """Take in a device record that is stored."""
        self.devices[record.name] = record
        self.presences.setdefault(record.name, Presence())
        self.forgotten.pop(record.key_id, None)

    def forget_device(self, record: DeviceRecord) -> None:
        """Let go of a device; only its record is kept, by its key."""
        self.devices.pop(record.name, None)
        self.presences.pop(record.name, None)
        self.forgotten[record.key_id] = record

    def put_deployment(self, deployment: Deployment) -> None:
        """Take in a deployment that is stored; a stopped one leaves the indexes."""
        if deployment.stopped:
            self._drop(deployment)
            return
        former = self.deployments.get(deployment.id)
        if former is None or former.spec is not deployment.spec:
            if former is not None:
                self._count_bytes(former, -1)
            self._count_bytes(deployment, 1)
        self.deployments[deployment.id] = deployment
        self.ids[deployment.kind][deployment.name] = deployment.id
        self._users.put(deployment, self.packages.get(deployment.spec.package))
        if deployment.removing and deployment.phase is not Phase.PARTIALLY_DEPROVISIONED:
            self.removing.add(deployment.id)
        else:
            self.removing.discard(deployment.id)
        if deployment.update is not None:
            self.updating.add(deployment.id)
        else:
            self.updating.discard(deployment.id)
        for device in deployment.spec.devices:
            self._on_device.setdefault(device, set()).add(deployment.id)
        for dependency in deployment.dependencies:
            self._dependants.setdefault(dependency.id, set()).add(deployment.id)

    def _drop(self, deployment: Deployment) -> None:
        former = self.deployments.pop(deployment.id, None)
        if former is None:
            return
        del self.ids[deployment.kind][deployment.name]
        self._users.drop(deployment.id)
        self.removing.discard(deployment.id)
        self.updating.discard(deployment.id)
        self._count_bytes(former, -1)
        for device in deployment.spec.devices:
            self._on_device[device].discard(deployment.id)
        for dependency in deployment.dependencies:
            self._dependants[dependency.id].discard(deployment.id)

    def _count_bytes(self, deployment: Deployment, sign: int) -> None:
        package = self.packages.get(deployment.spec.package)
        if package is None:  # a network's or a volume's, which takes next to nothing
            return
        for device, size in estimated_bytes(deployment.spec, package).items():
            self._bytes_on[device] = self._bytes_on.get(device, 0) + sign * size

    def estimated_bytes(self, device: DeviceName) -> int:
        """Estimate the size of a device's desired state."""
        return self._bytes_on.get(device, 0)

    @property
    def by_name(self) -> dict[str, DeploymentId]:
        """The deployments that are not stopped, by name; without networks and volumes."""
        return self.ids[ResourceKind.DEPLOYMENT]

    @property
    def default_network(self) -> str:
        """Name of the built-in network; empty when it is switched off."""
        return self.rules.network.name if self.rules.network is not None else ''

    def named(self, name: str, kind: ResourceKind = ResourceKind.DEPLOYMENT) -> Deployment:
        """Give what has this name among its kind and is not stopped."""
        return self.deployments[self.ids[kind][name]]

    def find(
        self, name_or_id: str, kind: ResourceKind = ResourceKind.DEPLOYMENT
    ) -> Deployment | None:
        """Find what is not stopped, by name or id."""
        by_name = self.ids[kind].get(name_or_id)
        found = self.deployments.get(by_name or DeploymentId(name_or_id))
        return found if found is not None and found.kind is kind else None

    def on_device(self, device: DeviceName) -> Iterator[Deployment]:
        """List what is placed on a device, and was neither removed from it nor forgotten with it.

        Networks and volumes are among them.
        """
        for id in self._on_device.get(device, ()):
            deployment = self.deployments[id]
            if device not in deployment.removed_from:
                yield deployment

    def users(self, ref: ResourceRef) -> list[Deployment]:
        """List what uses a package version, secret or config and is not stopped, by name."""
        found = [self.deployments[id] for id in self._users.of(ref)]
        return sorted(found, key=lambda each: each.name)

    def stopped_needed(self) -> set[DeploymentId]:
        """List what is stopped although something that is not depends on it."""
        needed = {id for id, needing in self._dependants.items() if needing}
        return needed - self.deployments.keys()

    def configs_held(self) -> set[str]:
        """List the digests of the configs that devices may have to fetch."""
        return {digest for each in self.deployments.values() for digest in configs_held(each)}

    def dependants(self, id: DeploymentId) -> Iterator[Deployment]:
        """List the deployments that need another one directly."""
        for dependant in self._dependants.get(id, ()):
            yield self.deployments[dependant]

    def judge(self, device: DeviceName, *, now: float) -> Liveness:
        """Tell the liveness of a device; now is monotonic seconds."""
        presence = self.presences[device]
        return liveness(
            heard_at=presence.heard_at,
            leaving=presence.leaving,
            manager_started_at=self._started_at,
            now=now,
            offline_after_sec=self.rules.offline_after_sec,
        )

    def view(self, device: DeviceName, *, now: float | None = None) -> DeviceView:
        """See a device as an evaluation does; now is monotonic seconds, for the silence."""
        presence = self.presences[device]
        silent = None
        if now is not None and presence.heard_at is not None:
            silent = now - presence.heard_at
        return DeviceView(
            name=device,
            liveness=presence.liveness,
            silent_sec=silent,
            leaving=presence.leaving,
            facts=self.devices[device].facts,
            instances=presence.instances,
            removals=presence.removals,
        )

    def behind(self) -> str:
        """Name a device that applied more than this database knows of; empty when none did."""
        return next((name for name in self.devices if self.is_ahead(name)), '')

    def is_ahead(self, device: DeviceName) -> bool:
        """Tell whether a device had applied more than this database knew of."""
        return self.devices[device].ahead
