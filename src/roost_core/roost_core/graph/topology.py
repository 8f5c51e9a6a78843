# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who runs what, as the manager tells it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from roost_core.package import DeviceRuntime
from roost_core.phase import Phase
from roost_core.status import Status


class InterfaceKind(StrEnum):
    """What a component can provide."""

    TOPIC = 'topic'
    SERVICE = 'service'
    ACTION = 'action'


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredInterface:
    """A topic, service or action that a component says it provides; type may be empty."""

    kind: InterfaceKind
    name: str
    type: str = ''


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyComponent:
    """The ROS side of a component.

    Attributes:
        network: name of the network that it is on; empty for none.
        nodes: fully qualified node names or globs that the package declares.
    """

    name: str
    network: str = ''
    nodes: tuple[str, ...] = ()
    interfaces: tuple[DeclaredInterface, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyExecutable:
    """Where an executable runs.

    Attributes:
        host_name: of its container, unique in the fleet; empty for a native process.
    """

    component: str
    name: str
    device: str
    runtime: DeviceRuntime = DeviceRuntime.DOCKER
    host_name: str = ''
    running: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyDeployment:
    """A deployment that is not stopped.

    Attributes:
        phase: None when it is one that this program does not know.
        dependencies: ids of deployments.
        volumes, networks: ids of those that it uses; the built-in network has none.
    """

    id: str
    name: str
    phase: Phase | None = Phase.SUCCEEDED
    status: Status = Status.RUNNING
    dependencies: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    components: tuple[TopologyComponent, ...] = ()
    executables: tuple[TopologyExecutable, ...] = ()

    @property
    def running(self) -> bool:
        """Tell whether at least one of its executables runs."""
        return any(executable.running for executable in self.executables)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyDevice:
    """A device.

    Attributes:
        host_name: what native processes on it announce; empty when not known.
        host_ids: host ids that DDS participants on it announce. Fast DDS hashes the network
            interfaces that are up when a process starts, so a list may be short of some.
        executor: fully qualified name of its executor node.
    """

    name: str
    host_name: str = ''
    host_ids: tuple[str, ...] = ()
    executor: str = ''
    online: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyNetwork:
    """A network.

    Attributes:
        id: of its deployment; empty for the built-in one.
        discovery_range: ROS_AUTOMATIC_DISCOVERY_RANGE of its members.
        discovery_server: address and port; empty for a native network.
        device: that its server is on; empty for a native network.
        running: components can use it.
    """

    id: str = ''
    name: str
    domain_id: int
    discovery_range: str = ''
    discovery_server: str = ''
    device: str = ''
    phase: Phase | None = Phase.SUCCEEDED
    status: Status = Status.RUNNING
    running: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyVolume:
    """A volume; running: components can use it."""

    id: str
    name: str
    device: str = ''
    phase: Phase | None = Phase.SUCCEEDED
    status: Status = Status.RUNNING
    running: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """All that is not stopped, and all devices; among the networks is the built-in one."""

    deployments: tuple[TopologyDeployment, ...] = ()
    devices: tuple[TopologyDevice, ...] = ()
    networks: tuple[TopologyNetwork, ...] = ()
    volumes: tuple[TopologyVolume, ...] = ()


NO_TOPOLOGY = Topology()
