# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Which executable runs a ROS node, and how that is known.

Looked for in this order:

1. its participant announces the host name of a container;
2. its participant announces the host of a device, whose executor was asked for the process;
3. likewise, with host and process read out of its GUID prefix;
4. it has a name that a package declares, and nothing speaks against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import fnmatch
import re

from roost_core.graph.snapshot import Participant, ParticipantSource
from roost_core.graph.topology import Topology, TopologyDevice, TopologyExecutable
from roost_core.package import DeviceRuntime

HOST_NAME = 'container host name'
PROCESS_TREE = 'process tree'
GUID_PREFIX = 'guid prefix'
DECLARED = 'declared nodes'


@dataclass(frozen=True, slots=True)
class Place:
    """An executable of a deployment."""

    deployment_id: str
    component: str
    executable: str


@dataclass(frozen=True, slots=True)
class Attribution:
    """Where a node belongs; place and device are None and empty when it belongs to no deployment.

    Attributes:
        source: how this is known, or why it is not.
    """

    source: str
    place: Place | None = None
    device: str = ''


@dataclass(frozen=True, slots=True)
class Question:
    """Asks the executor of a device which of its executables a process belongs to."""

    gid_prefix: str
    process_id: int
    low_16_bits: bool


# What executors answered: by GUID prefix, by device; None where the process is none of Roost's.
Answers = Mapping[str, Mapping[str, Place | None]]


class Attributor:
    """Attributes nodes by one topology and what executors answered."""

    def __init__(self, topology: Topology, answers: Answers) -> None:
        self._answers = answers
        self._devices_by_host_id: dict[str, list[TopologyDevice]] = {}
        self._devices_by_host_name: dict[str, list[TopologyDevice]] = {}
        self._devices = {device.name: device for device in topology.devices}
        self._device_of: dict[Place, str] = {}
        self._containers: dict[str, list[Place]] = {}
        self._declared: dict[str, list[tuple[Place, TopologyExecutable]]] = {}
        self._asked_about: set[str] = set()
        for device in topology.devices:
            for host_id in device.host_ids:
                self._devices_by_host_id.setdefault(host_id, []).append(device)
            if device.host_name:
                self._devices_by_host_name.setdefault(device.host_name, []).append(device)
        for deployment in topology.deployments:
            declared = {part.name: part.nodes for part in deployment.components}
            for executable in deployment.executables:
                place = Place(deployment.id, executable.component, executable.name)
                self._add(place, executable, declared.get(executable.component, ()))
        self._globs = {
            pattern: re.compile(fnmatch.translate(pattern))
            for pattern in self._declared
            if any(sign in pattern for sign in '*?[')
        }

    def _add(self, place: Place, executable: TopologyExecutable, nodes: tuple[str, ...]) -> None:
        self._device_of[place] = executable.device
        if executable.host_name:
            self._containers.setdefault(executable.host_name, []).append(place)
        if executable.runtime is DeviceRuntime.PREINSTALLED:
            self._asked_about.add(executable.device)
        for pattern in nodes:
            self._declared.setdefault(pattern, []).append((place, executable))

    def questions(self, participants: Iterable[Participant]) -> dict[str, tuple[Question, ...]]:
        """List, for each device, what its executor should be asked and has not answered."""
        asked: dict[str, list[Question]] = {}
        for participant in participants:
            if not participant.process_id or participant.host_name in self._containers:
                continue
            answered = self._answers.get(participant.gid_prefix, {})
            for device in self._hosts(participant):
                if (
                    device.online
                    and device.name in self._asked_about
                    and device.name not in answered
                ):
                    asked.setdefault(device.name, []).append(
                        Question(
                            participant.gid_prefix,
                            participant.process_id,
                            participant.process_id_low_16_bits,
                        )
                    )
        return {device: tuple(questions) for device, questions in asked.items()}

    def process(self, participant: Participant) -> Attribution:
        """Attribute a process, and with it all nodes in it."""
        places = self._containers.get(participant.host_name, []) if participant.host_name else []
        if len(places) == 1:
            return Attribution(HOST_NAME, places[0], self._device_of[places[0]])
        if places:
            return Attribution(f"several executables have the host name '{participant.host_name}'")
        hosts = self._hosts(participant)
        if not hosts:
            named = participant.host_name or participant.host_id
            return Attribution(
                f"host '{named}' is no device" if named else 'nothing is known of its process'
            )
        answered = self._answers.get(participant.gid_prefix, {})
        found = {
            (device.name, place)
            for device in hosts
            if (place := answered.get(device.name)) in self._device_of
        }
        if len(found) == 1:
            device_name, place = found.pop()
            by_prefix = participant.source is ParticipantSource.GUID_PREFIX
            return Attribution(GUID_PREFIX if by_prefix else PROCESS_TREE, place, device_name)
        if found:
            return Attribution(f'known to several devices: {_listed(name for name, _ in found)}')
        waiting = [
            device.name
            for device in hosts
            if device.name in self._asked_about and device.name not in answered
        ]
        if waiting:
            return Attribution(f'not answered yet by {_listed(waiting)}')
        return Attribution(f'no executable of {_listed(device.name for device in hosts)}')

    def node(self, name: str, participant: Participant, process: Attribution) -> Attribution:
        """Attribute a node of a process: as the process, else by its fully qualified name."""
        if process.place is not None:
            return process
        found = {
            place: executable.device
            for place, executable in self._declaring(name)
            if executable.running and self._may_run(executable, participant)
        }
        if len(found) == 1:
            place, device = found.popitem()
            return Attribution(DECLARED, place, device)
        if found:
            return Attribution(f'{process.source}; declared by {len(found)} executables')
        return process

    def _hosts(self, participant: Participant) -> list[TopologyDevice]:
        """List the devices that a participant may be on, by host id, else by host name.

        Another host name on a device's host id is a container.
        """
        by_id = [
            device
            for device in self._devices_by_host_id.get(participant.host_id, [])
            if not (device.host_name and participant.host_name)
            or device.host_name == participant.host_name
        ]
        return by_id or self._devices_by_host_name.get(participant.host_name, [])

    def _declaring(self, name: str) -> list[tuple[Place, TopologyExecutable]]:
        found = list(self._declared.get(name, []))
        for pattern, expression in self._globs.items():
            if pattern != name and expression.match(name):
                found.extend(self._declared[pattern])
        return found

    def _may_run(self, executable: TopologyExecutable, participant: Participant) -> bool:
        """Tell whether nothing that is known speaks against it."""
        known_host = participant.host_name or participant.host_id
        if not known_host:
            return True
        if executable.host_name:
            # Its container would announce that name, if names are told at all.
            return not participant.host_name
        device = self._devices.get(executable.device)
        if device is None or not (device.host_name or device.host_ids):
            return True
        answered = self._answers.get(participant.gid_prefix, {})
        return device in self._hosts(participant) and device.name not in answered


def _listed(names: Iterable[str]) -> str:
    return ', '.join(f"'{name}'" for name in sorted(set(names)))
