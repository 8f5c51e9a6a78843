# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What happens to a fleet. Each says what, or nothing if that was not possible."""

from __future__ import annotations

import contextlib
from pathlib import Path
import signal

import docker
import psutil

from faults.operator import Operator
from faults.soak.asking import Asking
from faults.soak.chance import Draw
from faults.soak.seeing import instances
from faults.soak.world import World
from testbed import eventually


class Hurting:
    """Hurt a fleet, and note what that may be the end of."""

    def __init__(self, operator: Operator, world: World, asking: Asking) -> None:
        self._operator = operator
        self._fleet = operator.fleet
        self._world = world
        self._asking = asking
        self._cut: set[str] = set()

    def _device(self, draw: Draw) -> str:
        return draw.of(sorted(self._fleet.devices))

    def kill_instance(self, draw: Draw) -> str:
        """Kill a container or a process, if it runs."""
        if not self._world.deployments:
            return ''
        wanted = draw.of(self._world.deployments)
        wanted.hurts()
        what = f'kill what {wanted.name} runs'
        found = instances(self._operator, wanted.device).get(wanted.slot)
        if found is None:
            return f'{what}, which is nothing'
        if wanted.native:
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(int(found.id)).kill()
        else:
            with contextlib.suppress(docker.errors.APIError):  # it has ended meanwhile
                self._fleet.devices[wanted.device].engine.client.api.kill(found.id)
        return what

    def kill_manager(self, draw: Draw) -> str:
        """Kill the manager."""
        del draw
        self._fleet.manager.kill9()
        return 'kill -9 the manager'

    def kill_executor(self, draw: Draw) -> str:
        """Kill an executor."""
        name = self._device(draw)
        self._fleet.executors[name].kill9()
        return f'kill -9 the executor of {name}'

    def kill_engine(self, draw: Draw) -> str:
        """Kill an engine; when it is back, it ends what it ran."""
        name = self._device(draw)
        self._fleet.devices[name].engine.kill9()
        self._hurt_all(name)
        return f'kill -9 the engine of {name}'

    def restart_node(self, draw: Draw) -> str:
        """End a node gracefully and start it again."""
        name = draw.of(['manager', *sorted(self._fleet.devices)])
        node = self._fleet.manager if name == 'manager' else self._fleet.executors[name]
        if node.running:
            eventually(lambda: _heeds_sigterm(node.pid), 30, f'{node} heeds signals')
            code = node.stop()
            assert code == 0, f'{node} ended with {code}'
        node.start()
        return f'restart the node of {name}'

    def restart_engine(self, draw: Draw) -> str:
        """End an engine gracefully, with what it runs, and start it again."""
        name = self._device(draw)
        self._hurt_all(name)
        self._fleet.devices[name].engine.restart()
        return f'restart the engine of {name}'

    def reboot(self, draw: Draw) -> str:
        """Cut the power of a device, and switch it on again."""
        name = self._device(draw)
        self._hurt_all(name)
        self._fleet.devices[name].reboot()
        self._cut.discard(name)  # its port is plugged in anew
        return f'cut the power of {name}, and switch it on'

    def cut_or_heal(self, draw: Draw) -> str:
        """Cut the link of a device, or heal it."""
        name = self._device(draw)
        machine = self._fleet.devices[name].machine
        if name in self._cut:
            self._cut.remove(name)
            machine.heal_link()
            return f'heal the link of {name}'
        self._cut.add(name)
        machine.cut_link()
        return f'cut the link of {name}'

    def start_again(self, draw: Draw) -> str:
        """Start whatever was killed."""
        del draw
        for name, device in sorted(self._fleet.devices.items()):
            device.engine.start()
            if not self._fleet.executors[name].running:
                self._fleet.executors[name].start()
        self._asking.need_manager()
        return 'start what was killed'

    def _hurt_all(self, device: str) -> None:
        for wanted in self._world.on(device):
            wanted.hurts()


def _heeds_sigterm(pid: int) -> bool:
    """Tell whether a process has begun to catch SIGTERM; before, Python has not read its code."""
    status = Path(f'/proc/{pid}/status').read_text()
    caught = next(line for line in status.splitlines() if line.startswith('SigCgt:'))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)
