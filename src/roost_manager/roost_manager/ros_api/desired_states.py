# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Desired states as they are told; what did not change since the last time is not written again.

Each is told whole. With hundreds of deployments on a device, nearly all of the work on a change of
one would be to write what stayed as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from roost_core.deployment import Deployment
from roost_core.desired import compose, Part, part_of
from roost_core.names import DeploymentId, DeviceName
from roost_interfaces.msg import Envelope
from roost_manager.fleet import Fleet
from roost_manager.secrets import Secrets
from roost_wire.envelope import seal_desired, written
from roost_wire.signing import SigningKey


@dataclass(frozen=True, slots=True)
class _Written:
    """What a deployment adds, and how the instances that it keeps are written."""

    deployment: Deployment
    part: Part
    kept: tuple[bytes, ...]


class DesiredStates:
    """Write and sign the desired state of each device of a fleet."""

    def __init__(self, fleet: Fleet, secrets: Secrets, key: SigningKey, manager_id: str) -> None:
        """Remember nothing yet."""
        self._fleet = fleet
        self._secrets = secrets
        self._key = key
        self._manager_id = manager_id
        self._written: dict[DeviceName, dict[DeploymentId, _Written]] = {}

    def envelope(self, device: DeviceName) -> Envelope:
        """Give the present desired state of a device, signed."""
        known = self._written.get(device, {})
        present = sorted(self._fleet.on_device(device), key=lambda each: each.id)
        found = {each.id: _write(each, device, known.get(each.id)) for each in present}
        self._written[device] = found
        record = self._fleet.devices[device]
        wanted = {name for each in found.values() for name in each.part.secrets}
        state = compose(
            (each.part for each in found.values()),
            device=device,
            device_key_id=record.key_id,
            manager_id=self._manager_id,
            epoch=self._fleet.epoch,
            revision=record.revision,
            owed=record.owes,
            secrets=self._secrets.sealed_for(record.key_id, wanted),
        )
        kept = [instance for each in found.values() for instance in each.kept]
        return seal_desired(state, self._key, kept=kept)

    def forget(self, device: DeviceName) -> None:
        """Let go of a device."""
        self._written.pop(device, None)


def _write(deployment: Deployment, device: DeviceName, known: _Written | None) -> _Written:
    if known is not None and known.deployment is deployment:
        return known
    part = part_of(deployment, device)
    return _Written(deployment, part, tuple(written(each) for each in part.keep))
