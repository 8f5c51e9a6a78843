# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What surrounds a deployment, staged changes before the fleet's, and how a change spreads."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from roost_core import bindings, brought, lifecycle
from roost_core.config import ConfigRecord
from roost_core.deployment import Deployment
from roost_core.device import DeviceRecord
from roost_core.instance import Mount
from roost_core.names import DeploymentId, DeviceName
from roost_core.network import RosNetwork
from roost_core.package import Package, PackageRef
from roost_core.resource import ResourceKind
from roost_core.world import DependencyView, World
from roost_manager.fleet import Fleet


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Builds the world of one deployment from the fleet and what a unit of work has staged."""

    fleet: Fleet
    packages: dict[PackageRef, Package]
    now: float
    monotonic: float
    staged: dict[DeploymentId, Deployment] = field(default_factory=dict)
    forgotten: dict[DeviceName, DeviceRecord] = field(default_factory=dict)
    configs: dict[str, ConfigRecord] = field(default_factory=dict)
    _dependants: dict[DeploymentId, set[DeploymentId]] = field(default_factory=dict)

    def stage(self, deployment: Deployment) -> None:
        """Put a deployment, new or changed, before the fleet's."""
        self.staged[deployment.id] = deployment
        for dependency in deployment.dependencies:
            self._dependants.setdefault(dependency.id, set()).add(deployment.id)

    def dependants(self, id: DeploymentId) -> set[DeploymentId]:
        """List the deployments that need another one directly, staged or not."""
        known = {each.id for each in self.fleet.dependants(id)}
        return known | self._dependants.get(id, set())

    def deployment(self, id: DeploymentId) -> Deployment | None:
        """Find a deployment as it is now, staged or not."""
        return self.staged.get(id) or self.fleet.deployments.get(id)

    def package(self, ref: PackageRef) -> Package:
        """Give a package that exists, staged or not."""
        return self.packages.get(ref) or self.fleet.packages[ref]

    def package_of(self, deployment: Deployment) -> Package:
        """Give the package of a deployment, network or volume."""
        return brought.package_of(deployment) or self.package(deployment.spec.package)

    def known(self, ref: PackageRef) -> Package | None:
        """Find a package, staged or not."""
        return self.packages.get(ref) or self.fleet.packages.get(ref)

    def versions(self) -> Mapping[str, list[str]]:
        """List the versions of each package, staged or not."""
        if not self.packages:
            return self.fleet.versions
        staged: dict[str, list[str]] = {}
        for ref in self.packages:
            former = staged.get(ref.name) or self.fleet.versions.get(ref.name, [])
            staged[ref.name] = [*former, ref.version]
        return ChainMap(staged, self.fleet.versions)

    def world(self, deployment: Deployment) -> World:
        """Gather what the evaluation of a deployment depends on."""
        views = {each.id: self.dependency(each.id) for each in deployment.dependencies}
        return World(
            package=self.package_of(deployment),
            devices={
                name: self.fleet.view(name, now=self.monotonic)
                for name in deployment.spec.devices
                if name in self.fleet.devices and name not in self.forgotten
            },
            dependencies={id: view for id, view in views.items() if view is not None},
            dependants_stopping=self._dependants_stopping(deployment),
            networks=self._networks(deployment),
            volumes=self._volumes(deployment),
            configs=self._digests(deployment),
            now=self.now,
            removal_deadline_sec=self.fleet.rules.removal_deadline_sec,
            proving_sec=self.fleet.rules.proving_sec,
        )

    def dependency(self, id: DeploymentId) -> DependencyView | None:
        """See a deployment as those that need it do; None once it is stopped."""
        found = self.deployment(id)
        if found is None:
            return None
        return DependencyView(
            name=found.name,
            kind=found.kind,
            phase=found.phase,
            status=found.status,
            reason=found.reason,
            deprovisioning=found.deprovisioning,
            exposes=bindings.exposed(found, self.package_of(found)),
        )

    def _needed(self, deployment: Deployment, kind: ResourceKind) -> Iterator[Deployment]:
        for dependency in deployment.dependencies:
            found = self.deployment(dependency.id) if dependency.kind is kind else None
            if found is not None:
                yield found

    def _networks(self, deployment: Deployment) -> dict[str, RosNetwork]:
        rules = self.fleet.rules
        known = {} if rules.network is None else {rules.network.name: rules.network}
        for each in self._needed(deployment, ResourceKind.NETWORK):
            network = self.network(each)
            if network is not None:
                known[each.name] = network
        return known

    def network(self, deployment: Deployment) -> RosNetwork | None:
        """Give what members of a network are told; None while that is not known."""
        assert deployment.network is not None
        device = deployment.network.device
        view = self.fleet.view(device) if device in self.fleet.devices else None
        return brought.ros_network(
            deployment, view, discovery_range=self.fleet.rules.discovery_range
        )

    def _volumes(self, deployment: Deployment) -> dict[str, Mount]:
        found = self._needed(deployment, ResourceKind.VOLUME)
        return {each.name: brought.mount_source(each) for each in found}

    def _digests(self, deployment: Deployment) -> dict[str, str]:
        wanted = {
            each.config for part in deployment.spec.components.values() for each in part.configs
        }
        records = {name: self.config(name) for name in wanted}
        return {name: record.digest for name, record in records.items() if record is not None}

    def config(self, name: str) -> ConfigRecord | None:
        """Find a config, staged or not."""
        return self.configs.get(name) or self.fleet.configs.get(name)

    def _dependants_stopping(self, deployment: Deployment) -> tuple[str, ...]:
        if not deployment.deprovisioning:
            return ()
        present = (self.deployment(each) for each in self.dependants(deployment.id))
        return tuple(
            sorted(
                each.name for each in present if each is not None and lifecycle.stops_first(each)
            )
        )


def propagate(surroundings: Surroundings, ids: Iterable[DeploymentId]) -> None:
    """Evaluate deployments, and all that depend on what changed, until nothing changes any more.

    Dependencies form no cycle, hence it ends.
    """
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
        surroundings.stage(after)
        waiting.update(dict.fromkeys(sorted(surroundings.dependants(id))))
        if after.deprovisioning:
            waiting.update(dict.fromkeys(each.id for each in after.dependencies))
