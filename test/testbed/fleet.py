# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A whole fleet of real processes: manager, introspection, and an executor on each device."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
import itertools
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any

from testbed.process import NodeProcess
from testbed.registry import Registry
from testbed.ros_client import ros_environment, RosClient
from testbed.site import Device, Site
from testbed.wait import eventually

# Of the domains whose ports lie below the ephemeral ones, those that networks rarely get.
_domains = itertools.cycle(range(100, 60, -1))

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Program:
    """A node's executable, and the ROS parameters that every fleet starts it with."""

    package: str
    executable: str
    parameters: Callable[[str, Path], Parameters]

    def argv(self, name: str, state: Path, more: Parameters) -> list[str]:
        """Return the command line for the node that has the state directory to itself."""
        argv = [str(find_executable(self.package, self.executable)), '--ros-args']
        for key, value in {**self.parameters(name, state), **more}.items():
            argv += ['-p', f'{key}:={json.dumps(value)}']  # JSON is YAML
        return argv


MANAGER = Program(
    'roost_manager', 'deployment_manager', lambda _, state: {'state_dir': str(state)}
)
EXECUTOR = Program(
    'roost_executor',
    'device_executor',
    lambda name, state: {'device': name, 'state_dir': str(state)},
)
INTROSPECTION = Program('roost_introspection', 'introspection', lambda _name, _state: {})


class Fleet:
    """
    Hold `manager`, `introspection`, `devices` by name, `executors` by name, `registry`, `client`.

    The manager has a machine of its own, which the client shares. Constructing boots the
    machines; `start` starts the nodes, and each executor starts at every boot of its device.
    Without `executor` or `introspection`, there is none.
    """

    def __init__(
        self,
        site: Site,
        devices: int | Sequence[str] = 1,
        *,
        manager_parameters: Parameters | None = None,
        executor_parameters: Parameters | None = None,
        introspection_parameters: Parameters | None = None,
        live_restore: bool = False,
        manager: Program = MANAGER,
        executor: Program | None = EXECUTOR,
        introspection: Program | None = INTROSPECTION,
    ) -> None:
        self.site = site
        self.domain_id = next(_domains)
        self.registry: Registry = site.registry()
        self.manager_machine = site.machine('manager')
        names = (
            [f'rover{i}' for i in range(1, devices + 1)] if isinstance(devices, int) else devices
        )
        self.devices: dict[str, Device] = {
            device.name: device for device in site.devices(names, live_restore=live_restore)
        }
        self.manager = self._node('manager', manager, 'manager', manager_parameters)
        self.introspection = introspection and self._node(
            'manager', introspection, 'introspection', introspection_parameters
        )
        self.executors: dict[str, NodeProcess] = {}
        for name, device in self.devices.items() if executor else ():
            process = self._node(name, executor, 'executor', executor_parameters)
            self.executors[name] = process
            device.services.append(process)
        self._client: RosClient | None = None

    def start(self) -> Fleet:
        """Start all nodes at once; does not wait for them to find each other."""
        self.manager.start()
        for executor in self.executors.values():
            executor.start()
        if self.introspection:
            self.introspection.start()
        return self

    def add_device(
        self, name: str, *, disk_mb: int | None = None, executor_parameters: Parameters
    ) -> Device:
        """Return one more device, booted, with an executor that was started; see `Site.device`."""
        device = self.devices[name] = self.site.device(name, disk_mb=disk_mb)
        process = self._node(name, EXECUTOR, 'executor', executor_parameters)
        self.executors[name] = process
        device.services.append(process)
        process.start()
        return device

    def wait_online(self, *names: str, timeout_sec: float = 30.0) -> None:
        """Wait until these devices, or all, are known to the manager and online."""
        wanted = set(names or self.devices)
        # Not at the top: scripts/check reads this package without ROS.
        from roost_interfaces import msg
        from roost_interfaces.srv import ListDevices

        request = ListDevices.Request(livenesses=[msg.Device.LIVENESS_ONLINE])

        def online() -> bool:
            answer = self.client.call(
                ListDevices, '/roost/deployment_manager/list_devices', request, every_sec=2.0
            )
            return wanted <= {device.name for device in answer.devices}

        eventually(online, timeout_sec, f'{", ".join(sorted(wanted))} online')

    @property
    def client(self) -> RosClient:
        """Return a ROS node beside the manager, made at first use."""
        if self._client is None:
            self._client = RosClient(
                self.manager_machine, self.domain_id, self.site.directory('manager')
            )
            self.site.processes.append(self._client.process)
        return self._client

    def environment(self) -> dict[str, str]:
        """Return the variables for a program that takes part in this fleet's control plane."""
        return ros_environment(self.domain_id)

    def roost(self, *arguments: str, timeout_sec: float = 30.0, check: bool = True) -> str:
        """Run the `roost` command beside the manager, in this directory; return its output."""
        argv = [str(find_executable('roost_cli', 'roost')), *arguments]
        done = self.manager_machine.run(
            *argv, env=self.environment(), cwd=Path.cwd(), timeout_sec=timeout_sec, check=check
        )
        return done.stdout

    def close(self) -> None:
        """Let go of the client; everything else ends with the site."""
        if self._client is not None:
            self._client.close()

    def __enter__(self) -> Fleet:
        """Start."""
        return self.start()

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Close."""
        self.close()

    def _node(
        self, machine: str, program: Program, name: str, parameters: Parameters | None
    ) -> NodeProcess:
        state = self.site.directory(machine) / f'{name}-state'
        state.mkdir()
        where = self.devices[machine].machine if machine != 'manager' else self.manager_machine
        argv = program.argv(machine, state, parameters or {})
        env = {**self.environment(), 'ROS_LOG_DIR': str(state)}
        return self.site.process(name, where, argv, env)


def find_executable(package: str, executable: str) -> Path:
    """Return the path of a ROS package's executable, as `ros2 run` or the shell would find it."""
    prefixes = [Path(p) for p in os.environ.get('AMENT_PREFIX_PATH', '').split(':') if p]
    for prefix in prefixes:
        for path in (prefix / 'lib' / package / executable, prefix / 'bin' / executable):
            if path.exists():
                return path
    raise FileNotFoundError(
        f'{executable} of {package} is in none of {[str(p) for p in prefixes]}: '
        'run scripts/setup, then . scripts/env'
    )
