# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The fleet as the manager knows it: the stored truth, and what was heard since the start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from roost_core import bindings, lifecycle
from roost_core.deployment import Deployment
from roost_core.desired import estimated_bytes
from roost_core.device import DeviceRecord, DeviceView
from roost_core.instance import Slot
from roost_core.liveness import Liveness, liveness
from roost_core.names import DeploymentId, DeviceName
from roost_core.package import Package, PackageRef
from roost_core.report import DeviceReport, InstanceReport, RemovalReport
from roost_core.world import DependencyView, World


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
    network: bindings.RosNetwork


class Fleet:
    """Everything in memory, with the indexes that keep a report's cost to what it touches.

    Only `UnitOfWork` changes deployments, packages and device records, after they were stored.
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
        self._on_device: dict[DeviceName, set[DeploymentId]] = {}
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
        self.deployments[deployment.id] = deployment
        self.by_name[deployment.name] = deployment.id
        for device in deployment.spec.devices:
            self._on_device.setdefault(device, set()).add(deployment.id)
        for dependency in deployment.dependencies:
            self._dependants.setdefault(dependency.id, set()).add(deployment.id)

    def _drop(self, deployment: Deployment) -> None:
        if self.deployments.pop(deployment.id, None) is None:
            return
        del self.by_name[deployment.name]
        for device in deployment.spec.devices:
            self._on_device[device].discard(deployment.id)
        for dependency in deployment.dependencies:
            self._dependants[dependency.id].discard(deployment.id)

    def estimated_bytes(self, device: DeviceName) -> int:
        """Estimate the size of a device's desired state."""
        return sum(
            estimated_bytes(each.spec, self.packages[each.spec.package])[device]
            for each in self.on_device(device)
        )

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

    def unhear(self, device: DeviceName) -> None:
        """Forget what was heard of a device: it could not be stored."""
        self.presences[device] = Presence()
        if device not in self.devices:
            del self.presences[device]

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
        return next((name for name in self.presences if self._is_ahead(name)), '')

    def _is_ahead(self, device: DeviceName) -> bool:
        report = self.presences[device].report
        return report is not None and report.applied > (
            self.epoch,
            self.devices[device].revision,
        )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Builds the world of one deployment from the fleet and what a unit of work has staged."""

    fleet: Fleet
    staged: dict[DeploymentId, Deployment]
    packages: dict[PackageRef, Package]
    now: float

    def deployment(self, id: DeploymentId) -> Deployment | None:
        """Find a deployment as it is now, staged or not."""
        return self.staged.get(id) or self.fleet.deployments.get(id)

    def package(self, ref: PackageRef) -> Package:
        """Find a package, staged or not."""
        return self.packages.get(ref) or self.fleet.packages[ref]

    def world(self, deployment: Deployment) -> World:
        """Gather what the evaluation of a deployment depends on."""
        known = self.fleet.devices
        dependencies = {}
        for dependency in deployment.dependencies:
            found = self.deployment(dependency.id)
            if found is not None:
                dependencies[dependency.id] = self._dependency_view(found)
        return World(
            package=self.package(deployment.spec.package),
            devices={
                name: self.fleet.view(name) for name in deployment.spec.devices if name in known
            },
            dependencies=dependencies,
            dependants_stopping=self._dependants_stopping(deployment),
            network=self.fleet.rules.network,
            now=self.now,
            removal_deadline_sec=self.fleet.rules.removal_deadline_sec,
        )

    def _dependency_view(self, found: Deployment) -> DependencyView:
        return DependencyView(
            name=found.name,
            phase=found.phase,
            status=found.status,
            reason=found.reason,
            deprovisioning=found.deprovisioning,
            exposes=bindings.exposed(found, self.package(found.spec.package)),
        )

    def _dependants_stopping(self, deployment: Deployment) -> tuple[str, ...]:
        if not deployment.deprovisioning:
            return ()
        present = (self.deployment(each.id) for each in self.fleet.dependants(deployment.id))
        return tuple(
            sorted(
                each.name for each in present if each is not None and lifecycle.stops_first(each)
            )
        )


def propagate(surroundings: Surroundings, ids: Iterable[DeploymentId]) -> None:
    """Evaluate deployments, and all that depend on what changed, until nothing changes any more.

    Dependencies form no cycle, hence it ends.
    """
    fleet, staged = surroundings.fleet, surroundings.staged
    waiting = dict.fromkeys(ids)
    while waiting:
        id = next(iter(waiting))
        del waiting[id]
        before = surroundings.deployment(id)
        if before is None:
            continue
        after = lifecycle.evaluate(before, surroundings.world(before))
        if after == before:
            continue
        staged[id] = after
        waiting.update(dict.fromkeys(each.id for each in fleet.dependants(id)))
        waiting.update(
            dict.fromkeys(other for other in staged if lifecycle.depends_on(staged[other], id))
        )
        if after.deprovisioning:
            waiting.update(dict.fromkeys(each.id for each in after.dependencies))
