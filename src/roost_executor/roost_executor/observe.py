# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The picture of what exists on the device, kept from what the runtimes tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from roost_core.instance import Identity, Slot
from roost_core.observed import ObservedInstance
from roost_core.package import DeviceRuntime
from roost_core.reconcile import Remove, Step, Stop
from roost_executor.runtimes.contract import (
    Changed,
    Gone,
    Orphans,
    Resync,
    RuntimeEvent,
    RuntimeFault,
    Unreachable,
)


class Picture:
    """All instances, by slot and by runtime. An engine that is away takes nothing out of it.

    Not for several threads at once.
    """

    def __init__(self, kinds: Iterable[DeviceRuntime]) -> None:
        """Begin with runtimes that have not said anything yet."""
        self._instances: dict[DeviceRuntime, dict[Identity, ObservedInstance]] = {
            kind: {} for kind in kinds
        }
        self._slots: dict[Slot, dict[Identity, DeviceRuntime]] = {}
        self._faults: dict[DeviceRuntime, RuntimeFault] = {}
        self._listed: set[DeviceRuntime] = set()
        self._orphans: dict[DeviceRuntime, tuple[ObservedInstance, ...]] = {}

    @property
    def orphans(self) -> Iterator[ObservedInstance]:
        """What was created under a key that is lost: it is in no slot."""
        for instances in self._orphans.values():
            yield from instances

    @property
    def complete(self) -> bool:
        """Tell whether every runtime has said what it has, or that it cannot be asked."""
        return self._listed | self._faults.keys() >= self._instances.keys()

    def listed(self, kind: DeviceRuntime) -> bool:
        """Tell whether a runtime ever said what it has."""
        return kind in self._listed

    def fault(self, kind: DeviceRuntime) -> RuntimeFault | None:
        """Tell why a runtime cannot be used now, if it cannot."""
        return self._faults.get(kind)

    def usable(self, kind: DeviceRuntime) -> bool:
        """Tell whether a runtime answers, and what it has is known."""
        return kind in self._listed and kind not in self._faults

    def of(self, slot: Slot) -> tuple[ObservedInstance, ...]:
        """Give the instances in a slot."""
        return tuple(
            self._instances[kind][identity] for identity, kind in self._slots.get(slot, {}).items()
        )

    def kind_of(self, identity: Identity) -> DeviceRuntime:
        """Give the runtime that has an instance which is in the picture."""
        return self._slots[identity.slot][identity]

    def kind_for(self, step: Step) -> DeviceRuntime:
        """Give the runtime that a step is for."""
        if isinstance(step, Stop | Remove):
            return self.kind_of(step.instance.identity)
        return step.desired.spec.runtime

    def __iter__(self) -> Iterator[ObservedInstance]:
        """Iterate over all instances of slots."""
        for instances in self._instances.values():
            yield from instances.values()

    def tell(self, kind: DeviceRuntime, event: RuntimeEvent) -> set[Slot]:
        """Take in what a runtime tells; return the slots that it is about."""
        match event:
            case Changed(instance):
                self._put(kind, instance)
                return {instance.identity.slot}
            case Gone(identity):
                self._drop(kind, identity)
                return {identity.slot}
            case Unreachable(fault):
                self._faults[kind] = fault
                return self._slots_of(kind)
            case Orphans(instances):
                self._orphans[kind] = instances
                return set()
            case Resync(instances):
                self._orphans.pop(kind, None)
                self._faults.pop(kind, None)
                self._listed.add(kind)
                touched = self._slots_of(kind)
                for identity in tuple(self._instances[kind]):
                    self._drop(kind, identity)
                for instance in instances:
                    self._put(kind, instance)
                return touched | self._slots_of(kind)

    def _put(self, kind: DeviceRuntime, instance: ObservedInstance) -> None:
        self._instances[kind][instance.identity] = instance
        self._slots.setdefault(instance.identity.slot, {})[instance.identity] = kind

    def _drop(self, kind: DeviceRuntime, identity: Identity) -> None:
        if self._instances[kind].pop(identity, None) is None:
            return
        in_slot = self._slots[identity.slot]
        in_slot.pop(identity, None)
        if not in_slot:
            del self._slots[identity.slot]

    def _slots_of(self, kind: DeviceRuntime) -> set[Slot]:
        return {identity.slot for identity in self._instances[kind]}
