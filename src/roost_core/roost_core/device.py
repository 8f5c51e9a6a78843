# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Devices as the manager knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from roost_core.desired import Removal
from roost_core.instance import Slot
from roost_core.liveness import Liveness
from roost_core.names import DeploymentId, DeviceName
from roost_core.report import DeviceFacts, InstanceReport, RemovalReport


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRecord:
    """What is stored of a device.

    Attributes:
        key_id: public key that its reports are signed with; fixed at first contact.
        facts: of the newest accepted report.
        incarnation: of that report.
        sequence: of the report that something was last stored for.
        revision: revision of the desired state that the manager wants there now.
        ahead: it had applied a newer desired state than this database knew of; until the fleet is
            taken over, it is told nothing.
        forgotten: an operator had it forgotten; it is kept, by its key, only for its return.
        owes: what it is to remove, since it was forgotten with it.
    """

    name: DeviceName
    key_id: str
    facts: DeviceFacts
    incarnation: int = 0
    sequence: int = 0
    revision: int = 0
    ahead: bool = False
    forgotten: bool = False
    owes: tuple[Removal, ...] = ()

    @property
    def order(self) -> tuple[int, int]:
        """Place of the last report that something was stored for."""
        return (self.incarnation, self.sequence)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView:
    """A device as an evaluation sees it.

    Attributes:
        silent_sec: since it was last heard; None when not heard since the manager started.
        leaving: it said that it shuts down.
    """

    name: DeviceName
    liveness: Liveness
    silent_sec: float | None = None
    leaving: bool = False
    facts: DeviceFacts | None = None
    instances: Mapping[Slot, InstanceReport] = field(default_factory=dict)
    removals: Mapping[DeploymentId, RemovalReport] = field(default_factory=dict)

    def why_silent(self) -> str:
        """Say in plain words why nothing is heard from it."""
        return f'{self.name} was shut down' if self.leaving else f'{self.name} is silent'
