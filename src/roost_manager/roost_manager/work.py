# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""One unit of work: what a request, a batch of reports or a tick of the clock changes.

Changes are staged, stored in one transaction, then taken into memory, and only then told: nobody
hears of what could still be lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from roost_core import desired, event
from roost_core.deployment import Deployment
from roost_core.device import DeviceRecord
from roost_core.event import Event
from roost_core.names import DeploymentId, DeviceName
from roost_core.package import Package, PackageRef
from roost_core.resource import ResourceRef
from roost_manager.batch import Answer, Batch
from roost_manager.fleet import Fleet, Presence
from roost_manager.resources import StagedResources
from roost_manager.store import Store
from roost_manager.surroundings import propagate, Surroundings


@dataclass(slots=True)
class Effects:
    """What is to be told after a commit.

    Attributes:
        devices: devices whose desired state changed.
        forgotten: devices that are none any more.
        progressed: deployments of which only progress or a countdown changed.
        topology: whether who runs what may have changed.
    """

    events: list[Event] = field(default_factory=list)
    devices: list[DeviceName] = field(default_factory=list)
    forgotten: list[DeviceName] = field(default_factory=list)
    progressed: list[Deployment] = field(default_factory=list)
    topology: bool = False


class UnitOfWork:
    """Stage changes, then `commit` them."""

    def __init__(self, fleet: Fleet, store: Store, *, now: float, monotonic: float) -> None:
        """Begin; now is Unix time by the manager's clock, monotonic is for silences."""
        self.now = now
        self._fleet = fleet
        self._store = store
        self._heard: dict[DeviceName, Presence | None] = {}
        self._packages: dict[PackageRef, Package] = {}
        self._devices: dict[DeviceName, DeviceRecord] = {}
        self._orders: dict[DeviceName, tuple[int, int]] = {}
        self._events: list[Event] = []
        self._answers: list[Answer] = []
        self._epoch: int | None = None
        self._renewed: list[DeviceName] = []
        self.surroundings = Surroundings(fleet, self._packages, now, monotonic)
        self.resources = StagedResources(fleet, self.surroundings)

    def put_package(self, package: Package) -> None:
        """Stage a new package version."""
        self._packages[package.ref] = package

    def put_deployment(self, deployment: Deployment) -> None:
        """Stage a deployment, new or changed; `evaluate` it afterwards."""
        self.surroundings.stage(deployment)

    def presence(self, name: DeviceName) -> Presence:
        """Give what was heard of a device, to be changed; a failed commit puts back what was.

        What could not be stored was not heard: the next heartbeat asks for the report again.
        """
        if name not in self._heard:
            former = self._fleet.presences.get(name)
            self._heard[name] = replace(former) if former is not None else None
        return self._fleet.presences.setdefault(name, Presence())

    def device(self, name: DeviceName) -> DeviceRecord | None:
        """Find a device record, staged or not."""
        return self._devices.get(name) or self._fleet.devices.get(name)

    def put_device(self, record: DeviceRecord) -> None:
        """Stage a device record."""
        self._devices[record.name] = record

    def update_device(self, name: DeviceName, **changes: object) -> None:
        """Stage changes of a device record, on top of what is staged of it."""
        record = self._devices.get(name) or self._fleet.devices[name]
        self._devices[name] = replace(record, **changes)  # type: ignore[arg-type]

    def forget_device(self, record: DeviceRecord) -> None:
        """Stage that a device is none any more; the record is kept for its return."""
        self._devices.pop(record.name, None)
        self.surroundings.forgotten[record.name] = record

    def heard(self, name: DeviceName, order: tuple[int, int]) -> None:
        """Note which report of a device this is about: kept, if anything of it is."""
        self._orders[name] = order

    def raise_epoch(self, epoch: int) -> None:
        """Stage a new epoch; the desired state of every device is told again."""
        self._epoch = epoch

    def renew(self, device: DeviceName) -> None:
        """Stage that the desired state of a device is told under a new revision."""
        self._renewed.append(device)

    def note(self, happened: Event) -> None:
        """Stage an event that is no change of a deployment."""
        self._events.append(happened)

    def remember(self, request_id: str, digest: str, answer: bytes) -> None:
        """Stage the answer of a request, so that the same request is answered the same."""
        self._answers.append(Answer(request_id, digest, answer, self.now))

    def evaluate(self, ids: Iterable[DeploymentId]) -> None:
        """Evaluate deployments and all that depend on them."""
        propagate(self.surroundings, ids)

    def commit(self) -> Effects:
        """Store all, take it into memory, and say what is to be told.

        Raises:
            StoreConflict, StoreUnavailable: nothing was stored and nothing changed.
        """
        try:
            return self._commit()
        except Exception:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Forget what was staged and heard."""
        for name, former in self._heard.items():
            if former is not None:
                self._fleet.presences[name] = former
            else:
                self._fleet.presences.pop(name, None)

    def _commit(self) -> Effects:
        effects = Effects(events=list(self._events))
        kept: list[tuple[Deployment, bool]] = []
        for id, after in self.surroundings.staged.items():
            before = self._fleet.deployments.get(id)
            if before == after:
                continue
            if before is not None and before.without_progress == after.without_progress:
                effects.progressed.append(after)
                continue
            effects.events.extend(event.changes(before, after))
            package = self.surroundings.package_of(after)
            kept.append((after, package.singleton))
            self._touch_devices(before, after)
        for user in self.resources.users_of_changed_secrets():
            for device in user.spec.devices:
                if desired.has_part(user, device):
                    self._bump(device)
        for name in self._fleet.devices if self._epoch is not None else self._renewed:
            self._bump(name)
        self._number(effects)
        removed = self.resources.removed()
        forgotten = self.surroundings.forgotten
        if kept or effects.events or self._devices:
            self._keep_orders()
        effects.devices = [name for name in self._devices if self._revised(name)]
        effects.forgotten = list(forgotten)
        effects.topology = bool(kept or self._devices or forgotten)
        self._store.commit(
            Batch(
                packages=[(package, self.now) for package in self._packages.values()],
                **self.resources.rows(removed),
                deployments=kept,
                devices=list(self._devices.values()),
                forgotten=list(forgotten.values()),
                returned=self._returned(),
                events=effects.events,
                answers=self._answers,
                epoch=self._epoch,
                at=self.now,
            )
        )
        self._take_into_memory(len(effects.events), removed)
        return effects

    def _touch_devices(self, before: Deployment | None, after: Deployment) -> None:
        for device in {*after.spec.devices, *(before.spec.devices if before else ())}:
            if _asks(before, device) != _asks(after, device):
                self._bump(device)

    def _keep_orders(self) -> None:
        for name, (incarnation, sequence) in self._orders.items():
            self.update_device(name, incarnation=incarnation, sequence=sequence)

    def _returned(self) -> list[str]:
        known = self._fleet.forgotten
        return [each.key_id for each in self._devices.values() if each.key_id in known]

    def _bump(self, device: DeviceName) -> None:
        if device in self.surroundings.forgotten:
            return
        former = self._fleet.devices.get(device)
        record = self._devices.get(device) or former
        if record is None or (former is not None and record.revision > former.revision):
            return
        self._devices[device] = replace(record, revision=record.revision + 1)

    def _revised(self, device: DeviceName) -> bool:
        former = self._fleet.devices.get(device)
        return former is None or former.revision != self._devices[device].revision

    def _number(self, effects: Effects) -> None:
        number = self._fleet.last_event_number
        effects.events = [
            replace(each, number=number + index, at=self.now)
            for index, each in enumerate(effects.events, start=1)
        ]

    def _take_into_memory(self, events: int, removed: Iterable[ResourceRef]) -> None:
        fleet = self._fleet
        for package in self._packages.values():
            fleet.add_package(package)
        self.resources.take_into(fleet)
        for record in self.surroundings.forgotten.values():
            fleet.forget_device(record)
        for record in self._devices.values():
            fleet.put_device(record)
        for deployment in self.surroundings.staged.values():
            fleet.put_deployment(deployment)
        for ref in removed:
            fleet.remove(ref)
        fleet.last_event_number += events
        if self._epoch is not None:
            fleet.epoch = self._epoch


def _asks(deployment: Deployment | None, device: DeviceName) -> tuple[object, ...]:
    if deployment is None:
        return ((), (), ())
    return (
        desired.keep_of(deployment, device),
        desired.removals_of(deployment, device),
        desired.dropped_of(deployment, device),
    )
