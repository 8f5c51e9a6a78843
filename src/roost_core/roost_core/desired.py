# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Desired state: what the manager asks of one device, always whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from roost_core.deployment import Deployment, DeploymentSpec
from roost_core.document import ALWAYS_WRITTEN, canonical_json, to_document
from roost_core.instance import DesiredInstance, Slot
from roost_core.names import DeploymentId, DeviceName
from roost_core.package import Package
from roost_core.phase import Phase
from roost_core.secret import SealedSecret

DESIRED_SCHEMA = 1

# Phases in which a device has, or may have, something of a deployment.
PLACED = frozenset(
    {
        Phase.PROVISIONING,
        Phase.SUCCEEDED,
        Phase.FAILED_TO_UPDATE,
        Phase.PARTIALLY_DEPROVISIONED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Everything of a deployment is to be removed from the device; held until it is confirmed."""

    deployment_id: DeploymentId
    deployment_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredState:
    """What a device is to keep and to remove; what is in neither list is left alone.

    Ordered by (epoch, revision).

    Attributes:
        device_key_id: key of the device that this is for; another machine of this name is not
            meant.
        remove_slots: slots of deployments that stay, of which an update took the executable away.
        secrets: all that the instances to keep need, sealed to that key.
    """

    schema: int = field(default=DESIRED_SCHEMA, metadata=ALWAYS_WRITTEN)
    device: DeviceName
    manager_id: str
    epoch: int
    revision: int
    device_key_id: str
    keep: tuple[DesiredInstance, ...] = ()
    remove: tuple[Removal, ...] = ()
    remove_slots: tuple[Slot, ...] = ()
    secrets: tuple[SealedSecret, ...] = ()

    @property
    def order(self) -> tuple[int, int]:
        """Place among the desired states of this device."""
        return (self.epoch, self.revision)

    def named_for_removal(self) -> Callable[[Slot], bool]:
        """Give what tells whether a slot is named for removal: itself, or its deployment."""
        deployments = {item.deployment_id for item in self.remove}
        slots = {*self.remove_slots} - {item.slot for item in self.keep}
        return lambda slot: slot.deployment_id in deployments or slot in slots


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one deployment adds to the desired state of a device.

    Attributes:
        secrets: names of those that the device needs for it.
    """

    deployment_id: DeploymentId
    keep: tuple[DesiredInstance, ...]
    remove: tuple[Removal, ...]
    remove_slots: tuple[Slot, ...]
    secrets: frozenset[str]


def part_of(deployment: Deployment, device: DeviceName) -> Part:
    """Give what a deployment adds to the desired state of a device."""
    return Part(
        deployment_id=deployment.id,
        keep=keep_of(deployment, device),
        remove=removals_of(deployment, device),
        remove_slots=dropped_of(deployment, device),
        secrets=secrets_of(deployment, device),
    )


def keep_of(deployment: Deployment, device: DeviceName) -> tuple[DesiredInstance, ...]:
    """List the instances of a deployment that a device is to keep."""
    if not has_part(deployment, device) or deployment.removing:
        return ()
    return tuple(
        DesiredInstance(
            slot=Slot(deployment.id, component.name, planned.name),
            deployment_name=deployment.name,
            generation=component.generation,
            restart=component.restart,
            run=not component.stopped,
            restarts=component.restarts,
            refresh=planned.refresh,
            image_digest=planned.image_digest,
            after=tuple(dependency.id for dependency in deployment.dependencies),
            spec=planned.spec,
        )
        for component in deployment.components
        if component.device == device
        for planned in component.plan
    )


def removals_of(deployment: Deployment, device: DeviceName) -> tuple[Removal, ...]:
    """List what a device is to remove of a deployment."""
    if not has_part(deployment, device) or not deployment.removing:
        return ()
    return (removal_of(deployment),)


def removal_of(deployment: Deployment) -> Removal:
    """Name everything of a deployment for its removal."""
    return Removal(deployment_id=deployment.id, deployment_name=deployment.name)


def has_part(deployment: Deployment, device: DeviceName) -> bool:
    """Tell whether a device has, or may have, something of a deployment."""
    return (
        deployment.phase in PLACED
        and device in deployment.spec.devices
        and device not in deployment.removed_from
    )


def dropped_of(deployment: Deployment, device: DeviceName) -> tuple[Slot, ...]:
    """List the slots of a deployment that stays, which a device is to clear."""
    if not has_part(deployment, device) or deployment.removing:
        return ()
    return tuple(
        Slot(deployment.id, component.name, name)
        for component in deployment.components
        if component.device == device
        for name in component.dropped
    )


def secrets_of(deployment: Deployment, device: DeviceName) -> frozenset[str]:
    """Name the secrets that a device needs for a deployment."""
    specs = [item.spec for item in keep_of(deployment, device)]
    named = {ref.name for spec in specs for ref in spec.secret_environment.values()}
    return frozenset(named | {spec.pull_secret for spec in specs if spec.pull_secret})


def compose(
    parts: Iterable[Part],
    *,
    device: DeviceName,
    device_key_id: str,
    manager_id: str,
    epoch: int,
    revision: int,
    owed: Sequence[Removal] = (),
    secrets: Sequence[SealedSecret] = (),
) -> DesiredState:
    """Compose the desired state of a device from the parts of the deployments placed on it.

    Args:
        owed: removals of what it had when it was forgotten.
        secrets: those that the parts name, sealed for it.
    """
    ordered = sorted(parts, key=lambda part: part.deployment_id)
    return DesiredState(
        device=device,
        manager_id=manager_id,
        epoch=epoch,
        revision=revision,
        device_key_id=device_key_id,
        keep=tuple(item for part in ordered for item in part.keep),
        remove=(*owed, *(item for part in ordered for item in part.remove)),
        remove_slots=tuple(slot for part in ordered for slot in part.remove_slots),
        secrets=tuple(secrets),
    )


def estimated_bytes(spec: DeploymentSpec, package: Package) -> dict[DeviceName, int]:
    """Estimate what a deployment adds to the desired state of each of its devices, rather more."""
    sizes: dict[DeviceName, int] = {}
    shared = _bytes(spec.environment)
    for component in package.components:
        asked = spec.components.get(component.name)
        if asked is None or not asked.device:
            continue
        each = shared + _bytes(asked.environment) + _PER_EXECUTABLE
        each += sum(_bytes(to_document(entry)) for entry in component.environment)
        size = sum(each + _bytes(to_document(part)) for part in component.executables)
        sizes[asked.device] = sizes.get(asked.device, 0) + size
    return sizes


# Slot, names, policy, and the variables that are always set.
_PER_EXECUTABLE = 1000


def _bytes(document: object) -> int:
    return len(canonical_json(document))
