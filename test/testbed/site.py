# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Computers on a network of their own: devices with engines, a registry, a place to operate."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
import contextlib
from dataclasses import dataclass, field
import hashlib
import os
from pathlib import Path
import subprocess
from types import TracebackType

from testbed.engine import Engine
from testbed.images import cached, Image
from testbed.machine import Machine, Switch
from testbed.process import NodeProcess
from testbed.registry import PORT, Registry
from testbed.workspace import Workspace


@dataclass
class Device:
    """A machine with an engine, and the programs that start when it boots."""

    machine: Machine
    engine: Engine
    services: list[NodeProcess] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return the device's name, which is its host name too."""
        return self.machine.name

    def power_off(self) -> None:
        """Cut the power: everything on the device is gone at once."""
        self.machine.power_off()

    def power_on(self) -> None:
        """Boot: the machine, its engine, then its services."""
        self.machine.power_on()
        self.engine.start()
        for service in self.services:
            service.start()

    def reboot(self) -> None:
        """Cut the power and boot again; the boot id differs, the disk is what it was."""
        self.power_off()
        self.power_on()


class Site:
    """
    Make machines on one switch, and end everything at the end.

    `images` are in the engine of every device from the start, at no cost: they are loaded once,
    and what the engine stored is linked into each device's disk. `disk` is such a store itself.
    """

    def __init__(self, images: Sequence[Image] = (), *, disk: Path | None = None) -> None:
        self._images = tuple(images)
        self._disk = disk
        self._workspace = Workspace()
        self._hosts = self._workspace.path / 'hosts'
        self._hosts.write_text('127.0.0.1 localhost\n')
        self.machines: dict[str, Machine] = {}
        self._engines: list[Engine] = []
        self.processes: list[NodeProcess] = []
        self._switch = Switch('switch', self._workspace.directory('switch'), self._hosts)
        try:
            self._switch.power_on()
        except BaseException:
            self.close()
            raise

    def directory(self, name: str) -> Path:
        """Return a directory for a machine's files; it outlives the machine's power."""
        return self._workspace.directory(name)

    def machine(self, name: str) -> Machine:
        """Return a new machine, booted and reachable from the others by its name."""
        number = len(self.machines) + 2
        address = f'10.77.{number // 250}.{number % 250}'
        machine = Machine(name, self.directory(name), self._hosts, address)
        self.machines[name] = machine
        with self._hosts.open('a') as hosts:
            hosts.write(f'{address} {name}\n')
        machine.power_on()
        self._switch.plug_in(machine)
        return machine

    def device(
        self,
        name: str,
        *,
        live_restore: bool = False,
        disk_mb: int | None = None,
        start: bool = True,
    ) -> Device:
        """
        Return a new device, booted.

        With `live_restore`, containers survive the end of their engine. With `disk_mb`, the
        engine has a disk of that size, and none of the site's images.
        """
        return self.devices([name], live_restore=live_restore, disk_mb=disk_mb, start=start)[0]

    def devices(
        self,
        names: Sequence[str],
        *,
        live_restore: bool = False,
        disk_mb: int | None = None,
        start: bool = True,
    ) -> list[Device]:
        """Return new devices, booted at the same time; see `device`."""
        made = [self._device(name, live_restore=live_restore, disk_mb=disk_mb) for name in names]
        if start:
            with ThreadPoolExecutor() as pool:
                list(pool.map(Device.power_on, made))
        return made

    def registry(self, name: str = 'registry', *, authenticated: bool = False) -> Registry:
        """Return a new registry, started, on a machine of its own."""
        registry = Registry(self.machine(name), self.directory(name), authenticated=authenticated)
        self.processes.append(registry.process)
        registry.start()
        return registry

    def process(
        self,
        name: str,
        machine: Machine,
        argv: Sequence[str],
        env: dict[str, str] | None = None,
    ) -> NodeProcess:
        """Return a program on a machine, not yet started, whose log is shown if a test fails."""
        log_path = self.directory(machine.name) / f'{name}.log'
        process = NodeProcess(argv, machine, log_path, env)
        self.processes.append(process)
        return process

    def close(self) -> None:
        """End all machines with all that runs there, and remove their files; can be repeated."""
        for engine in self._engines:
            engine.close()
        for process in self.processes:
            process.kill9()  # buries it too
        for machine in (*self.machines.values(), self._switch):
            machine.power_off()
        self._workspace.close()

    def __enter__(self) -> Site:
        """Return itself."""
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Close."""
        self.close()

    def _device(self, name: str, *, live_restore: bool, disk_mb: int | None) -> Device:
        root = self.directory(name) / 'engine'
        data = root / 'data'
        root.mkdir()
        if disk_mb:
            data.mkdir()
            subprocess.run(
                ['mount', '-t', 'tmpfs', '-o', f'size={disk_mb}m', 'tmpfs', str(data)], check=True
            )
        elif self._disk or self._images:
            copy_disk(self._disk or stored(self._images), data)
        machine = self.machine(name)
        engine = Engine(
            machine,
            root,
            cgroup_parent=self._workspace.cgroup_parent,
            live_restore=live_restore,
            insecure_registries=[f'registry:{PORT}', f'registry2:{PORT}'],
        )
        self._engines.append(engine)
        self.processes.append(engine.process)
        return Device(machine, engine)


def stored(images: Sequence[Image]) -> Path:
    """Return a folder of the cache with what an engine keeps on its disk for these images."""

    def load(target: Path) -> None:
        with Site() as site:
            device = site.device('loader')
            for image in images:
                device.engine.load(image)
            device.engine.stop()
            device.power_off()
            copy_disk(device.engine.data, target)

    key = hashlib.sha256(' '.join(image.id for image in images).encode()).hexdigest()[:16]
    return cached(f'engine-{key}', load)


def copy_disk(source: Path, target: Path) -> None:
    """Copy an engine's disk; layers, which no engine ever writes to again, by hard links."""
    subprocess.run(['rm', '-rf', str(target)], check=True)
    target.mkdir(mode=0o711)
    rest = [str(path) for path in source.iterdir() if path.name != 'overlay2']
    subprocess.run(['cp', '-a', *rest, str(target)], check=True)
    layers = ['cp', '-a', '--link', str(source / 'overlay2'), str(target)]
    if subprocess.run(layers, stderr=subprocess.DEVNULL).returncode:  # another file system
        with contextlib.suppress(FileNotFoundError):
            os.rename(target / 'overlay2', target / 'overlay2.partial')
        subprocess.run(['cp', '-a', str(source / 'overlay2'), str(target)], check=True)
