# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The fleet as the manager knows it: the stored truth, and what was heard since the start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

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


@dataclass(slots=True)
class Presence:
    """What was heard of a device since the manager started; times are monotonic seconds.

    Attributes:
        liveness: as last judged; a change of it is an event.
        report: newest accepted report.
        rival_key_id, rival_at: another key that speaks under this name, and when it last did.
    """

    liveness: Liveness = Liveness.UNKNOWN
    heard_at: float | None = None
    reported_at: float | None = None
    leaving: bool = False
    report: DeviceReport | None = None
    instances: dict[Slot, InstanceReport] = field(default_factory=dict)
    removals: dict[DeploymentId, RemovalReport] = field(default_factory=dict)
    rival_key_id: str = ''
    rival_at: float = 0.0

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
        network: the built-in network `default`.
    """

    offline_after_sec: float
    removal_deadline_sec: float
    network: RosNetwork


class Fleet:
    """Everything in memory, with the indexes that keep a report's cost to what it touches.

    Only `UnitOfWork` changes deployments, packages and device records, after they were stored.

    Attributes:
        removing: deployments whose removal has a deadline that has not passed.
    """

    def __init__(self, rules: Rules, *, started_at: float) -> None:
        """Start empty; started_at is monotonic seconds."""
        self.rules = rules
        self.epoch = 0
        self.last_event_number = 0
        self._started_at = started_at
        self.packages: dict[PackageRef, Package] = {}
        self.versions: dict[str, list[str]] = {}
        self.deployments: dict[DeploymentId, Deployment] = {}
        self.by_name: dict[str, DeploymentId] = {}
        self.devices: dict[DeviceName, DeviceRecord] = {}
        self.presences: dict[DeviceName, Presence] = {}
        self.removing: set[DeploymentId] = set()
        self._on_device: dict[DeviceName, set[DeploymentId]] = {}
        self._bytes_on: dict[DeviceName, int] = {}
        self._dependants: dict[DeploymentId, set[DeploymentId]] = {}

    def add_package(self, package: Package) -> None:
        """Take in a package that is stored."""
        self.packages[package.ref] = package
        self.versions.setdefault(package.name, []).append(package.version)

    def put_device(self, record: DeviceRecord) -> None:
        """Take in a device record that is stored."""
        self.devices[record.name] = record
        self.presences.setdefault(record.name, Presence())

    def put_deployment(self, deployment: Deployment) -> None:
        """Take in a deployment that is stored; a stopped one leaves the indexes."""
        if deployment.stopped:
            self._drop(deployment)
            return
        if deployment.id not in self.deployments:
            self._count_bytes(deployment, 1)
        self.deployments[deployment.id] = deployment
        self.by_name[deployment.name] = deployment.id
        if deployment.removing and deployment.phase is not Phase.PARTIALLY_DEPROVISIONED:
            self.removing.add(deployment.id)
        else:
            self.removing.discard(deployment.id)
        for device in deployment.spec.devices:
            self._on_device.setdefault(device, set()).add(deployment.id)
        for dependency in deployment.dependencies:
            self._dependants.setdefault(dependency.id, set()).add(deployment.id)

    def _drop(self, deployment: Deployment) -> None:
        if self.deployments.pop(deployment.id, None) is None:
            return
        del self.by_name[deployment.name]
        self.removing.discard(deployment.id)
        self._count_bytes(deployment, -1)
        for device in deployment.spec.devices:
            self._on_device[device].discard(deployment.id)
        for dependency in deployment.dependencies:
            self._dependants[dependency.id].discard(deployment.id)

    def _count_bytes(self, deployment: Deployment, sign: int) -> None:
        package = self.packages[deployment.spec.package]
        for device, size in estimated_bytes(deployment.spec, package).items():
            self._bytes_on[device] = self._bytes_on.get(device, 0) + sign * size

    def estimated_bytes(self, device: DeviceName) -> int:
        """Estimate the size of a device's desired state."""
        return self._bytes_on.get(device, 0)

    def named(self, name: str) -> Deployment:
        """Give the deployment of this name that is not stopped."""
        return self.deployments[self.by_name[name]]

    def find(self, name_or_id: str) -> Deployment | None:
        """Find a deployment that is not stopped, by name or id."""
        by_name = self.by_name.get(name_or_id)
        return self.deployments.get(by_name or DeploymentId(name_or_id))

    def on_device(self, device: DeviceName) -> Iterator[Deployment]:
        """List the deployments that are placed on a device."""
        for id in self._on_device.get(device, ()):
            yield self.deployments[id]

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
