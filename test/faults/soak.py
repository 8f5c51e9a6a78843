# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""
A long life of a fleet: much is asked of it, and all that can happen to it does, at random.

What is asked and done is chosen by a seed alone, never by what is seen, so that a finding can be
looked for again. Run as a program by `scripts/soak`; a short life is a test.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
import random
import signal
import sys
import threading
import time

import docker

from faults.operator import Instance, MANAGER, Operator, package, Slot, spec_of
from roost_core.phase import Phase, TRANSITIONS
from roost_interfaces import msg
from roost_wire.convert.states import PHASE_OF
from testbed import busybox, eventually, Fleet, Site

POLICIES = ('always', 'on-failure', 'never')

# Devices that make up their minds fast; otherwise a crash loop at its cap rules the pace.
EXECUTOR = {'restart_first_sec': 0.2, 'restart_cap_sec': 2.0, 'proving_sec': 1.0}
MANAGER_PARAMETERS = {'removal_deadline_sec': 10.0}

PAUSE_SEC = 0.6
CONVERGED_SEC = 90.0


@dataclass
class Wanted:
    """A deployment that was accepted and not asked to end.

    Attributes:
        hurt: something was done that its restart policy may make the end of it.
        seen: its container, once there was one that nothing was done to since.
    """

    id: str
    name: str
    device: str
    policy: str
    needs: str = ''
    hurt: bool = False
    seen: Instance | None = None

    @property
    def slot(self) -> Slot:
        """Return its one place."""
        return (self.id, 'main', 'main')


@dataclass
class Soak:
    """Do things to a fleet, and check after each what always holds."""

    operator: Operator
    seed: int
    say: Callable[[str], None]
    wanted: dict[str, Wanted] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Make the packages known, and listen to what the manager says."""
        self.fleet = self.operator.fleet
        self.chance = random.Random(self.seed)
        self._number = 0
        self._cut: set[str] = set()
        texts = [package(policy, restart=policy) for policy in POLICIES]
        assert self.operator.apply(*texts).result.ok
        self.heard = self.fleet.client.listen(
            msg.DeploymentEvent, f'{MANAGER}/events', latched=False, depth=1000
        )

    def run(self, operations: int) -> None:
        """Do so many things, then have everything started, and wait until all is as asked."""
        doings = {
            self.deploy: 8,
            self.deprovision: 4,
            self.kill_container: 3,
            self.kill_manager: 2,
            self.kill_executor: 3,
            self.kill_engine: 1,
            self.restart_node: 2,
            self.restart_engine: 1,
            self.reboot: 1,
            self.cut_or_heal: 3,
            self.start_again: 4,
        }
        for number in range(1, operations + 1):
            (doing,) = self.chance.choices(list(doings), weights=list(doings.values()))
            what = doing()
            if what:
                self.say(f'{number:4} {what}')
            self.check()
            threading.Event().wait(self.chance.uniform(0.0, PAUSE_SEC))
        self.say('     start and heal all, wait')
        self.operator.start_all()
        self._cut.clear()
        eventually(self.converged, CONVERGED_SEC, 'all is as asked', period_sec=0.3)
        self.check_history()

    # What is done. Each says what, or nothing if that was not possible.

    def deploy(self) -> str:
        """Ask for a deployment, maybe one that needs another."""
        self._number += 1
        name = f'd{self._number}'
        device = self.chance.choice(sorted(self.fleet.devices))
        policy = self.chance.choice(POLICIES)
        lasting = [each.name for each in self.wanted.values() if each.policy == 'always']
        needs = self.chance.choice(lasting) if lasting and self.chance.random() < 0.25 else ''
        self._need_manager()
        spec = spec_of(name, device, policy, allow_offline=True)
        spec.depends_on = [msg.DependencySpec(deployment=needs)] if needs else []
        answer = self.operator.create(spec, wait=True)
        assert answer.result.ok, answer.result
        self.wanted[name] = Wanted(answer.deployment_id, name, device, policy, needs)
        return f'deploy {name} ({policy}) on {device}' + (f', needs {needs}' if needs else '')

    def deprovision(self) -> str:
        """Ask for the end of a deployment that no other needs."""
        needed = {each.needs for each in self.wanted.values()}
        free = sorted(self.wanted.keys() - needed)
        if not free:
            return ''
        name = self.chance.choice(free)
        self._need_manager()
        answer = self.operator.deprovision(name)
        assert answer.result.ok, answer.result
        self.ended.add(self.wanted.pop(name).id)
        return f'deprovision {name}'

    def kill_container(self) -> str:
        """Kill a container, if it runs."""
        if not self.wanted:
            return ''
        each = self.wanted[self.chance.choice(sorted(self.wanted))]
        engine = self.fleet.devices[each.device].engine
        if not engine.running:
            return ''
        self._hurt(each)
        for instance in self.operator.instances(each.device):
            if instance.slot == each.slot and instance.running:
                try:
                    engine.client.api.kill(instance.id)
                except docker.errors.APIError:
                    return f'kill the container of {each.name}, which has ended'
                return f'kill the container of {each.name}'
        return f'kill the container of {each.name}, which does not run'

    def kill_manager(self) -> str:
        """Kill the manager."""
        self.fleet.manager.kill9()
        return 'kill -9 the manager'

    def kill_executor(self) -> str:
        """Kill an executor."""
        name = self.chance.choice(sorted(self.fleet.devices))
        self.fleet.executors[name].kill9()
        return f'kill -9 the executor of {name}'

    def kill_engine(self) -> str:
        """Kill an engine; when it is back, it ends what it ran."""
        name = self.chance.choice(sorted(self.fleet.devices))
        self.fleet.devices[name].engine.kill9()
        self._hurt_all(name)
        return f'kill -9 the engine of {name}'

    def restart_node(self) -> str:
        """End a node gracefully and start it again."""
        name = self.chance.choice(['manager', *sorted(self.fleet.devices)])
        node = self.fleet.manager if name == 'manager' else self.fleet.executors[name]
        if node.running:
            eventually(lambda: heeds_sigterm(node.pid), 10, f'{node} heeds signals')
            code = node.stop()
            assert code == 0, f'{node} ended with {code}'
        node.start()
        return f'restart the node of {name}'

    def restart_engine(self) -> str:
        """End an engine gracefully, with what it runs, and start it again."""
        name = self.chance.choice(sorted(self.fleet.devices))
        self._hurt_all(name)
        self.fleet.devices[name].engine.restart()
        return f'restart the engine of {name}'

    def reboot(self) -> str:
        """Cut the power of a device, and switch it on again."""
        name = self.chance.choice(sorted(self.fleet.devices))
        self._hurt_all(name)
        self.fleet.devices[name].reboot()
        self._cut.discard(name)  # its port is plugged in anew
        return f'cut the power of {name}, and switch it on'

    def cut_or_heal(self) -> str:
        """Cut the link of a device, or heal it."""
        name = self.chance.choice(sorted(self.fleet.devices))
        machine = self.fleet.devices[name].machine
        if name in self._cut:
            self._cut.remove(name)
            machine.heal_link()
            return f'heal the link of {name}'
        self._cut.add(name)
        machine.cut_link()
        return f'cut the link of {name}'

    def start_again(self) -> str:
        """Start whatever was killed."""
        fleet = self.fleet
        for name, device in sorted(fleet.devices.items()):
            device.engine.start()
            if not fleet.executors[name].running:
                fleet.executors[name].start()
        self._need_manager()
        return 'start what was killed'

    def _need_manager(self) -> None:
        if not self.fleet.manager.running:
            self.fleet.manager.start()

    def _hurt_all(self, device: str) -> None:
        for each in self.wanted.values():
            if each.device == device:
                self._hurt(each)

    def _hurt(self, each: Wanted) -> None:
        each.hurt = True
        each.seen = None

    # What is checked.

    def check(self) -> None:
        """Check that no slot holds two, and that what runs and was left alone is what it was."""
        for name, device in self.fleet.devices.items():
            if not device.engine.running:
                continue
            running = self.operator.running(name)
            for each in self.wanted.values():
                if each.device != name:
                    continue
                found = running.get(each.slot)
                if each.seen is not None:
                    assert found == each.seen, f'{each} became {found}'
                elif found is not None and not each.hurt:
                    each.seen = found

    def converged(self) -> bool:
        """Tell whether the fleet is what was asked for, and nothing else."""
        self.check()
        deployments = {each.name: each for each in self.operator.deployments()}
        assert deployments.keys() == self.wanted.keys()
        for each in self.wanted.values():
            self._check_state(each, deployments[each.name])
        assert self.operator.online()
        for name in self.fleet.devices:
            slots = {each.slot for each in self.wanted.values() if each.device == name}
            assert {each.slot for each in self.operator.instances(name)} == slots
            assert not self.operator.device(name).orphans
        return True

    def _check_state(self, each: Wanted, found: msg.Deployment) -> None:
        state = (found.phase, found.status, list(found.codes), found.reason)
        assert found.id == each.id
        assert found.phase == msg.Deployment.PHASE_SUCCEEDED, (each, state)
        runs = each.slot in self.operator.running(each.device)
        if each.policy != 'always' and each.hurt and not runs:
            assert list(found.codes) == ['DEP_E152'], (each, state)
        else:
            assert runs, (each, state)
            assert found.status == msg.Deployment.STATUS_RUNNING, (each, state)

    def check_history(self) -> None:
        """Check the events of this whole life, and the logs."""
        events = self.operator.events()
        numbers = [event.number for event in events]
        assert numbers == list(range(1, len(numbers) + 1)), 'events are missing'
        stored = {event.number: event for event in events}
        assert all(stored[event.number] == event for event in self.heard), 'told, and not stored'
        phases: dict[str, Phase] = {}
        for event in events:
            if event.kind == msg.DeploymentEvent.KIND_CREATED:
                phases[event.deployment_id] = Phase.IN_PROGRESS
            elif event.kind == msg.DeploymentEvent.KIND_PHASE:
                former, present = phases[event.deployment_id], PHASE_OF[event.phase]
                assert present in TRANSITIONS[former], f'{former} -> {present}: {event}'
                phases[event.deployment_id] = present
        assert all(phases[id] is Phase.DEPLOYMENT_STOPPED for id in self.ended)
        for node in (self.fleet.manager, *self.fleet.executors.values()):
            assert 'Traceback' not in node.log, node.log


def heeds_sigterm(pid: int) -> bool:
    """Tell whether a process has begun to catch SIGTERM; before, Python has not read its code."""
    status = Path(f'/proc/{pid}/status').read_text()
    caught = next(line for line in status.splitlines() if line.startswith('SigCgt:'))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def main(arguments: Sequence[str]) -> int:
    """Run a soak; return 0 if all held."""
    parser = argparse.ArgumentParser(prog='scripts/soak', description=__doc__)
    parser.add_argument('--operations', type=int, default=300, help='so many things happen (300)')
    parser.add_argument('--seed', type=int, help='of what is chosen (a random one)')
    parser.add_argument('--devices', type=int, default=3, help='so many devices (3)')
    parser.add_argument('--live-restore', action='store_true', help='containers outlive engines')
    args = parser.parse_args(arguments)
    seed = random.randrange(1_000_000) if args.seed is None else args.seed
    began = time.monotonic()

    def say(text: str) -> None:
        sys.stdout.write(f'{time.monotonic() - began:7.1f} s  {text}\n')
        sys.stdout.flush()

    say(f'seed {seed}')
    with Site([busybox()]) as site, fleet_of(site, args) as fleet:
        try:
            Soak(Operator(fleet).ready(), seed, say).run(args.operations)
        except AssertionError as finding:
            for process in site.processes:
                say(process.tail())
            say(f'FAILED: {finding}')
            again = f'scripts/soak --operations {args.operations} --devices {args.devices}'
            again += ' --live-restore' if args.live_restore else ''
            say(f'again: {again} --seed {seed}')
            return 1
    say('all held')
    return 0


def fleet_of(site: Site, args: argparse.Namespace) -> Fleet:
    """Make the fleet of a soak."""
    return Fleet(
        site,
        args.devices,
        live_restore=args.live_restore,
        introspection=None,
        manager_parameters=MANAGER_PARAMETERS,
        executor_parameters=EXECUTOR,
    )


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
