# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Every runtime under one set of handles, so that one suite can hold them to the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import shutil
import signal
import threading
from typing import Any

import pytest

from roost_core.instance import DesiredInstance, Identity, InstanceSpec, Slot
from roost_core.names import DeploymentId
from roost_core.observed import InstanceState, ObservedInstance
from roost_core.package import DeviceRuntime, RestartPolicy
from roost_executor.runtimes.contract import (
    Changed,
    Gone,
    Resync,
    Runtime,
    RuntimeEvent,
    Unreachable,
)
from roost_executor.runtimes.directory import DirectoryRuntime
from roost_executor.runtimes.docker import DockerRuntime
from roost_executor.runtimes.fake import FakeRuntime
from roost_executor.runtimes.process import ProcessRuntime
from testbed import busybox, Device, Site

FOREVER = ('sh', '-c', 'sleep 1000 & wait')
STUBBORN = ('sh', '-c', 'trap "" TERM; echo deaf; while :; do sleep 1; done')


class Seen:
    """What a watch told, and waiting for it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.events: list[RuntimeEvent] = []

    def __call__(self, event: RuntimeEvent) -> None:
        """Take in an event."""
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait(
        self, fits: Callable[[Any], bool], what: str, *, after: int = 0, timeout_sec: float = 30.0
    ) -> Any:
        """Return the first event that fits, from the one of this number on."""
        with self._changed:
            self._changed.wait_for(lambda: any(map(fits, self.events[after:])), timeout_sec)
            found = next(filter(fits, self.events[after:]), None)
        assert found is not None, f'{what}: not told; told was {self.events[after:]}'
        return found

    def wait_for(self, kind: type, *, after: int = 0) -> Any:
        """Return the first event of a kind."""
        return self.wait(lambda event: isinstance(event, kind), kind.__name__, after=after)

    def wait_state(
        self, identity: Identity, state: InstanceState, *, after: int = 0
    ) -> ObservedInstance:
        """Return the instance from the first event that tells of it in this state."""
        event = self.wait(
            lambda event: (
                isinstance(event, Changed)
                and event.instance.identity == identity
                and event.instance.state is state
            ),
            f'{identity.slot.executable} {state}',
            after=after,
        )
        instance: ObservedInstance = event.instance
        return instance

    def wait_gone(self, identity: Identity, *, after: int = 0) -> None:
        """Wait until the instance is told to be gone."""
        self.wait(lambda event: event == Gone(identity), 'gone', after=after)

    def states(self, identity: Identity) -> list[InstanceState]:
        """List the states that were told of an instance, in order."""
        return [
            event.instance.state
            for event in list(self.events)
            if isinstance(event, Changed) and event.instance.identity == identity
        ]


class Bench:
    """A runtime that is watched, and what a test needs around it."""

    kind: DeviceRuntime

    def __init__(self, runtime: Runtime, image: str) -> None:
        self.runtime = runtime
        self.image = image
        self.seen = Seen()

    def desired(
        self,
        name: str = 'camera',
        command: tuple[str, ...] = FOREVER,
        *,
        generation: int = 1,
        **spec: Any,
    ) -> DesiredInstance:
        """Give an instance to run."""
        if self.kind is DeviceRuntime.DOCKER:
            spec = {'image': self.image, 'host_network': True, **spec}
        return DesiredInstance(
            slot=Slot(DeploymentId('dep-1'), 'vision', name),
            deployment_name='front',
            generation=generation,
            restart=RestartPolicy.NEVER,
            spec=InstanceSpec(runtime=self.kind, command=command, **spec),
        )

    def start(self, desired: DesiredInstance) -> Identity:
        """Create and start an instance."""
        self.runtime.create(desired)
        self.runtime.start(desired.identity)
        return desired.identity

    def run(self, desired: DesiredInstance) -> ObservedInstance:
        """Create and start an instance, and return it running."""
        identity = self.start(desired)
        return self.seen.wait_state(identity, InstanceState.RUNNING)

    def run_until_it_writes(self, desired: DesiredInstance) -> ObservedInstance:
        """Create and start an instance, and return it when it has done what it does first."""
        told = self.run(desired)
        reader = self.runtime.logs(told.identity)
        assert reader.read() is not None
        reader.close()
        reader.read()  # lets go of what it holds
        return told

    def run_to_end(self, desired: DesiredInstance) -> ObservedInstance:
        """Create and start an instance, and return it ended."""
        identity = self.start(desired)
        return self.seen.wait_state(identity, InstanceState.ENDED)

    def wrote(self, identity: Identity, *, after: str = '') -> tuple[list[bytes], str]:
        """Return what an instance that has ended wrote, as entries without time; and where."""
        reader, blocks = self.runtime.logs(identity, after=after), []
        while (block := reader.read()) is not None:
            blocks.append(block)
            after = block.position
        lines = b''.join(block.entries for block in blocks).split(b'\n')
        assert lines.pop() == b''
        return [line.partition(b' ')[2] for line in lines], after

    def only(self) -> ObservedInstance:
        """Return the only instance that is listed."""
        (instance,) = self.runtime.list()
        return instance

    def restarted(self) -> Runtime:
        """Return the runtime as a restarted executor has it."""
        raise NotImplementedError

    def kill(self, identity: Identity) -> None:
        """Have an instance's first process be killed by SIGKILL, from outside."""
        raise NotImplementedError

    def stop_by_hand(self, identity: Identity) -> None:
        """Stop an instance as a person does."""
        raise NotImplementedError


class DockerBench(Bench):
    """Containers of a real engine."""

    kind = DeviceRuntime.DOCKER

    def __init__(self, device: Device) -> None:
        self.device = device
        super().__init__(self.restarted(), busybox().tag)

    def restarted(self) -> DockerRuntime:
        return docker_runtime(self.device)

    def kill(self, identity: Identity) -> None:
        (instance,) = (each for each in self.runtime.list() if each.identity == identity)
        self.device.machine.run('kill', '-9', str(instance.pid))

    def stop_by_hand(self, identity: Identity) -> None:
        self.device.engine.client.containers.get(identity.token).stop()


class ProcessBench(Bench):
    """Native processes."""

    kind = DeviceRuntime.PREINSTALLED

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        super().__init__(self.restarted(), '')

    def restarted(self) -> ProcessRuntime:
        return ProcessRuntime(self.state_dir)

    def kill(self, identity: Identity) -> None:
        (instance,) = (each for each in self.runtime.list() if each.identity == identity)
        os.kill(instance.pid, signal.SIGKILL)

    def stop_by_hand(self, identity: Identity) -> None:
        (instance,) = (each for each in self.runtime.list() if each.identity == identity)
        os.kill(instance.pid, signal.SIGTERM)


class DirectoryBench(Bench):
    """Folders, which have no program."""

    kind = DeviceRuntime.DIRECTORY

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        super().__init__(self.restarted(), '')

    def desired(
        self,
        name: str = 'camera',
        command: tuple[str, ...] = (),
        *,
        generation: int = 1,
        **spec: Any,
    ) -> DesiredInstance:
        return super().desired(name, command, generation=generation, **spec)

    def restarted(self) -> DirectoryRuntime:
        return DirectoryRuntime(self.state_dir, is_removed=lambda deployment: True, look_sec=0.05)

    def kill(self, identity: Identity) -> None:
        (instance,) = (each for each in self.runtime.list() if each.identity == identity)
        shutil.rmtree(instance.instance_id)


class FakeBench(Bench):
    """The fake that stands in for a runtime in tests of what uses one."""

    kind = DeviceRuntime.DOCKER

    def __init__(self) -> None:
        self.fake = FakeRuntime()
        self.fake.images.here['fake:1'] = 'sha256:1'
        super().__init__(self.fake, 'fake:1')

    def run_until_it_writes(self, desired: DesiredInstance) -> ObservedInstance:
        return self.run(desired)

    def restarted(self) -> FakeRuntime:
        return self.fake

    def kill(self, identity: Identity) -> None:
        self.fake.end(identity, 137)

    def stop_by_hand(self, identity: Identity) -> None:
        self.fake.end(identity, 143, by_hand=True)


def docker_runtime(device: Device, key: str = 'key-1', **options: Any) -> DockerRuntime:
    """Give a runtime on the engine of a device."""
    options = {'quiet_sec': 2.0, 'call_timeout_sec': 20.0, **options}
    return DockerRuntime(device=device.name, device_key=key, url=device.engine.url, **options)


@contextmanager
def watched(bench: Bench) -> Iterator[Bench]:
    """Watch a bench's runtime, and clean up after it."""
    watch = bench.runtime.watch(bench.seen)
    try:
        # What is made before the watch has listed what there is, is in that list alone.
        bench.seen.wait(lambda event: isinstance(event, Resync | Unreachable), 'the beginning')
        yield bench
    finally:
        watch.close()
        for instance in bench.runtime.list():
            bench.runtime.remove(instance.identity)
        bench.runtime.close()


@pytest.fixture(scope='session')
def site() -> Iterator[Site]:
    """Give a site whose devices hold the busybox image."""
    with Site([busybox()]) as site:
        yield site


@pytest.fixture(scope='session')
def device(site: Site) -> Device:
    """Give a device with an engine that is never taken away."""
    return site.device('rover1')


@pytest.fixture
def docker_bench(device: Device) -> Iterator[DockerBench]:
    """Give containers."""
    with watched(DockerBench(device)) as bench:
        yield bench


@pytest.fixture
def process_bench(tmp_path: Path) -> Iterator[ProcessBench]:
    """Give native processes."""
    with watched(ProcessBench(tmp_path)) as bench:
        yield bench


@pytest.fixture
def directory_bench(tmp_path: Path) -> Iterator[DirectoryBench]:
    """Give folders."""
    with watched(DirectoryBench(tmp_path)) as bench:
        yield bench


@pytest.fixture
def fake_bench() -> Iterator[FakeBench]:
    """Give instances in memory."""
    with watched(FakeBench()) as bench:
        yield bench


@pytest.fixture(params=['docker', 'process', 'fake'])
def bench(request: pytest.FixtureRequest) -> Bench:
    """Give each runtime in turn."""
    found: Bench = request.getfixturevalue(f'{request.param}_bench')
    return found


@pytest.fixture(params=['docker', 'process', 'fake', 'directory'])
def any_bench(request: pytest.FixtureRequest) -> Bench:
    """Give each runtime in turn, that of folders too, which have no program."""
    found: Bench = request.getfixturevalue(f'{request.param}_bench')
    return found


@pytest.fixture
def forever() -> tuple[str, ...]:
    """Give a command that runs until it is ended."""
    return FOREVER


@pytest.fixture
def stubborn() -> tuple[str, ...]:
    """Give a command that SIGTERM does not end."""
    return STUBBORN


@pytest.fixture
def bench_on() -> Callable[[Device], Any]:
    """Give a way to watch the containers of further devices."""
    return lambda device: watched(DockerBench(device))
