# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A fleet on this machine: manager, introspection and devices as child processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
import contextlib
import json
import os
from pathlib import Path
import selectors
import threading
import time
from typing import TYPE_CHECKING

from roost_cli.child import Child
from roost_cli.exits import Refused, RoostError, TookTooLong, Unreachable
from roost_cli.installed import executable
from roost_core.liveness import Liveness

if TYPE_CHECKING:
    from roost_cli.ros_api import Manager

END_SEC = 4.0
LOOK_SEC = 0.05


class LocalFleet:
    """Start the nodes of a fleet, and end them.

    Attributes:
        devices: their names.
        runtimes: that they offer; told, because in a container they would not offer to run
            native processes by themselves.
        domain_id: ROS domain of the control plane.
        state_dir: holds all that the nodes keep, and their logs.
    """

    def __init__(
        self, *, devices: Sequence[str], runtimes: Sequence[str], domain_id: int, state_dir: Path
    ) -> None:
        """Hold what is to be started."""
        self.devices = tuple(devices)
        self.runtimes = tuple(runtimes)
        self.domain_id = domain_id
        self.state_dir = state_dir
        self.log_dir = state_dir / 'log'
        self._children: list[Child] = []

    def environment(self) -> dict[str, str]:
        """Give the environment of a program that takes part in this fleet."""
        return {
            **os.environ,
            'ROS_DOMAIN_ID': str(self.domain_id),
            'ROS_LOG_DIR': str(self.log_dir / 'ros'),
        }

    def start(self) -> None:
        """Start all nodes at once.

        Raises:
            RoostError: a package is not installed.
        """
        self.log_dir.mkdir(parents=True, exist_ok=True)
        self._start(
            'deployment manager',
            'manager',
            executable('roost_manager', 'deployment_manager'),
            {'state_dir': str(self.state_dir / 'manager')},
        )
        for device in self.devices:
            self._start(
                f'executor of {device}',
                device,
                executable('roost_executor', 'device_executor'),
                {
                    'device': device,
                    'state_dir': str(self.state_dir / device),
                    'runtimes': self.runtimes,
                },
            )
        self._start(
            'introspection',
            'introspection',
            executable('roost_introspection', 'introspection'),
            {},
        )

    def await_ready(self, manager: Manager, timeout_sec: float) -> None:
        """Wait until the manager serves, all devices are online and introspection answers.

        Raises:
            RoostError: a node ended.
            TookTooLong: not in time.
        """
        deadline = time.monotonic() + timeout_sec
        pause = threading.Event()
        missing = 'deployment manager'
        while missing:
            self._check_alive()
            if time.monotonic() > deadline:
                raise TookTooLong(
                    f'not ready after {timeout_sec:g} s: {missing}; '
                    f"see the logs in '{self.log_dir}'"
                )
            pause.wait(LOOK_SEC)
            with contextlib.suppress(TookTooLong, Unreachable):
                missing = self._missing(manager)

    def deaths(self) -> Iterator[Child]:
        """Yield each node when it ends, until none is left."""
        with selectors.DefaultSelector() as selector:
            for child in self._children:
                selector.register(child.open_end(), selectors.EVENT_READ, child)
            while selector.get_map():
                for key, _ in selector.select():
                    selector.unregister(key.fd)
                    os.close(key.fd)
                    key.data.wait(1.0)
                    yield key.data

    def stop(self) -> None:
        """End all nodes: asked first, killed after END_SEC or at a second Ctrl-C."""
        running = [child for child in self._children if child.running]
        for child in running:
            child.ask_to_end()
        deadline = time.monotonic() + END_SEC
        try:
            for child in running:
                child.wait(deadline - time.monotonic())
        except KeyboardInterrupt:
            pass  # no patience left
        for child in running:
            if child.running:
                child.kill()

    def _start(
        self, name: str, short: str, program: Path, parameters: Mapping[str, str | Sequence[str]]
    ) -> None:
        log = self.log_dir / f'{short}.log'
        if log.exists():
            log.replace(log.with_suffix('.log.1'))
        argv = [str(program), '--ros-args']
        for key, value in parameters.items():
            argv += ['-p', f'{key}:={json.dumps(value)}']  # JSON is YAML
        self._children.append(Child(name, argv, log, self.environment()))

    def _check_alive(self) -> None:
        for child in self._children:
            if not child.running:
                raise RoostError(child.epitaph())

    def _missing(self, manager: Manager) -> str:
        found = {each.name: each for each in manager.devices()}
        absent = [
            name
            for name in self.devices
            if name not in found or found[name].liveness is not Liveness.ONLINE
        ]
        if absent:
            return f'{", ".join(absent)} not online'
        try:
            manager.graph()
        except Refused as refusal:
            return f'introspection: {refusal}'
        return ''
