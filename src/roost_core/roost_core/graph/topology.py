# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who runs what, as the manager tells it."""

from __future__ import annotations

from dataclasses import dataclass

from roost_core.package import DeviceRuntime
from roost_core.phase import Phase
from roost_core.status import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyExecutable:
    """Where an executable runs.

    Attributes:
        host_name: of its container, unique in the fleet; empty for a native process.
        nodes: fully qualified node names or globs that the package declares.
    """

    component: str
    name: str
    device: str
    runtime: DeviceRuntime = DeviceRuntime.DOCKER
    host_name: str = ''
    running: bool = True
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyDeployment:
    """A deployment that is not stopped.

    Attributes:
        phase: None when it is one that this program does not know.
        dependencies: ids of deployments.
    """

    id: str
    name: str
    phase: Phase | None = Phase.SUCCEEDED
    status: Status = Status.RUNNING
    dependencies: tuple[str, ...] = ()
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
class Topology:
    """All deployments that are not stopped, and all devices."""

    deployments: tuple[TopologyDeployment, ...] = ()
    devices: tuple[TopologyDevice, ...] = ()


NO_TOPOLOGY = Topology()
