# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A runtime in memory, for tests of what stands on the contract. It keeps the contract itself.

What an engine, a program or a person would do is done by the methods that are not the contract's:
`end`, `go_away`, `come_back`, `fail_next`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
import threading
import time

from roost_core import error_codes
from roost_core.instance import DesiredInstance, Identity
from roost_core.observed import InstanceState, ObservedInstance
from roost_core.package import DeviceRuntime
from roost_core.status import ReasonKind
from roost_executor.cancellation import Cancellation
from roost_executor.runtimes.contract import (
    Cancelled,
    Changed,
    Gone,
    RegistryAuth,
    Resync,
    RuntimeEvent,
    RuntimeFacts,
    RuntimeFault,
    Unreachable,
)
from roost_executor.runtimes.fake_images import FakeImages
from roost_executor.runtimes.fake_logs import FakeLogs
from roost_executor.runtimes.fake_program import FakeProgram
from roost_executor.runtimes.fake_watch import FakeWatch
from roost_executor.runtimes.interactive import Window
from roost_executor.runtimes.output_entries import written_time

MISSING = 127

# The command that does not end in time when it is run beside an instance.
HANGS = ('sleep', '1000')


class FakeRuntime:
    """Keeps `contract.Runtime` without an engine.

    The command `sh -c 'exit N'` ends at once, `missing` does not exist, and all others run until
    they are ended.

    Attributes:
        calls: what was called, as ('start', token), in order; a test may clear it.
        stubborn: tokens whose programs ignore SIGTERM.
        images: which images are where.
        wrote: guards what instances wrote, and tells of more, and of ends.
    """

    def __init__(self, kind: DeviceRuntime = DeviceRuntime.DOCKER) -> None:
        self.kind = kind
        self.calls: list[tuple[str, str]] = []
        self.stubborn: set[str] = set()
        self.images = FakeImages()
        self.programs: list[FakeProgram] = []
        self.images.held.set()
        self._lock = threading.RLock()
        self.wrote = threading.Condition(self._lock)
        self._written: dict[Identity, list[bytes]] = {}
        self._instances: dict[Identity, ObservedInstance] = {}
        self._output: dict[Identity, str] = {}
        self._ends_at_once: dict[Identity, int] = {}
        self._watches: list[FakeWatch] = []
        self._faults: dict[str, deque[RuntimeFault]] = {}
        self._away: RuntimeFault | None = None
        self._runs = 0

    def facts(self) -> RuntimeFacts:
        """See the contract."""
        with self._call('facts'):
            return RuntimeFacts(version='fake', disk_free_bytes=10**9)

    def list(self) -> tuple[ObservedInstance, ...]:
        """See the contract."""
        with self._call('list'):
            return tuple(self._instances.values())

    def image(self, reference: str, *, digest: str = '') -> str | None:
        """See the contract."""
        with self._call('image', reference):
            if digest:
                return digest if self.images.has(digest) else None
            return self.images.here.get(reference)

    def pull(
        self,
        reference: str,
        *,
        auth: RegistryAuth | None = None,
        progress: Callable[[float | None], None],
        cancellation: Cancellation,
    ) -> str:
        """See the contract."""
        with self._call('pull', reference):
            self.images.pulls.append(reference)
        progress(None)
        with cancellation.interrupting(self.images.held.set):
            self.images.held.wait()
        if cancellation.requested:
            raise Cancelled
        digest = self.images.registry.get(reference)
        if digest is None:
            raise RuntimeFault(
                ReasonKind.IMAGE_NOT_FOUND,
                error_codes.IMAGE_NOT_FOUND,
                f'image {reference} not found: push it, or update the deployment with another '
                'image',
            )
        progress(100.0)
        self.images.put(reference.partition('@')[0], digest)
        return digest

    def create(self, desired: DesiredInstance, *, image_digest: str = '') -> None:
        """See the contract."""
        identity = desired.identity
        docker = self.kind is DeviceRuntime.DOCKER
        with self._call('create', identity.token):
            if identity in self._instances:
                return
            here = self.images.has(image_digest) or desired.spec.image in self.images.here
            if docker and not here:
                raise RuntimeFault(
                    ReasonKind.IMAGE_NOT_FOUND,
                    error_codes.IMAGE_NOT_FOUND,
                    f'image {desired.spec.image} is not on this device: let it be pulled, or '
                    'load it',
                )
            if (code := _ends_with(desired.spec.command)) is not None:
                self._ends_at_once[identity] = code
            self._runs += 1
            self._set(
                ObservedInstance(
                    identity=identity,
                    deployment_name=desired.deployment_name,
                    instance_id=f'container-{self._runs}' if docker else '',
                    state=InstanceState.CREATED,
                    image_digest=image_digest,
                    host_name=identity.token if docker else '',
                    stop_timeout_sec=desired.spec.stop_timeout_sec,
                )
            )

    def start(self, identity: Identity) -> None:
        """See the contract."""
        with self._call('start', identity.token):
            instance = self._instances.get(identity)
            if instance is None:
                raise RuntimeFault(
                    ReasonKind.CREATE_FAILED,
                    error_codes.CREATE_FAILED,
                    'it was not created, or was removed meanwhile',
                )
            if instance.state is InstanceState.RUNNING:
                return
            self._runs += 1
            self._set(
                ObservedInstance(
                    identity=identity,
                    deployment_name=instance.deployment_name,
                    instance_id=instance.instance_id
                    if self.kind is DeviceRuntime.DOCKER
                    else f'{self._runs}@{self._runs}',
                    state=InstanceState.RUNNING,
                    started_at=time.time(),
                    image_digest=instance.image_digest,
                    host_name=instance.host_name,
                    stop_timeout_sec=instance.stop_timeout_sec,
                    pid=self._runs,
                )
            )
            code = self._ends_at_once.get(identity)
            if code is not None:
                self.end(identity, code, command_missing=code == MISSING)

    def stop(self, identity: Identity, *, timeout_sec: float) -> None:
        """See the contract."""
        with self._call('stop', identity.token):
            self.end(identity, 137 if identity.token in self.stubborn else 143)

    def remove(self, identity: Identity) -> None:
        """See the contract."""
        with self._call('remove', identity.token):
            self.end(identity, 137)
            self._ends_at_once.pop(identity, None)
            self._output.pop(identity, None)
            self._written.pop(identity, None)
            if self._instances.pop(identity, None) is not None:
                self._tell(Gone(identity))

    def exec(
        self, identity: Identity, command: Sequence[str], *, timeout_sec: float
    ) -> int | None:
        """See the contract."""
        with self._call('exec', identity.token):
            self._must_run(identity)
            if tuple(command) == HANGS:
                return None
            code = _ends_with(tuple(command))
            return 0 if code is None else code

    def open_terminal(
        self, identity: Identity, command: Sequence[str], window: Window
    ) -> FakeProgram:
        """See the contract."""
        program = self._open('open_terminal', identity, command, is_terminal=True)
        program.resize(window.columns, window.rows)
        return program

    def open_exec(self, identity: Identity, command: Sequence[str], *, stdin: bool) -> FakeProgram:
        """See the contract."""
        return self._open('open_exec', identity, command, is_terminal=False)

    def _open(
        self, call: str, identity: Identity, command: Sequence[str], *, is_terminal: bool
    ) -> FakeProgram:
        with self._call(call, identity.token):
            self._must_run(identity)
            code = _ends_with(tuple(command))
            program = FakeProgram(is_terminal=is_terminal, exit_code=code)
            self.programs.append(program)
            return program

    def address(self, identity: Identity) -> str:
        """See the contract."""
        with self._call('address', identity.token):
            self._must_run(identity)
            return '127.0.0.1'

    def _must_run(self, identity: Identity) -> None:
        instance = self._instances.get(identity)
        if instance is None or instance.state is not InstanceState.RUNNING:
            raise RuntimeFault(
                ReasonKind.CREATE_FAILED, error_codes.CREATE_FAILED, 'it does not run'
            )

    def last_output(self, identity: Identity, *, max_bytes: int = 1000) -> str:
        """See the contract."""
        return self._output.get(identity, '')[-max_bytes:]

    def logs(self, identity: Identity, *, after: str = '') -> FakeLogs:
        """See the contract."""
        return FakeLogs(self, identity, after)

    @property
    def away(self) -> RuntimeFault | None:
        """Why the engine does not answer, if it does not."""
        return self._away

    def runs(self, identity: Identity) -> bool:
        """Tell whether an instance runs."""
        with self._lock:
            instance = self._instances.get(identity)
            return instance is not None and instance.state is InstanceState.RUNNING

    def written(self, identity: Identity) -> list[bytes]:
        """Give what an instance wrote, line by line."""
        return self._written.get(identity, [])

    def write(self, identity: Identity, *lines: bytes, stream: bytes = b'stdout') -> None:
        """Have an instance write lines."""
        with self.wrote:
            for line in lines:
                moment = written_time(time.time_ns()).encode()
                entry = b'%b %b F %b\n' % (moment, stream, line)
                self._written.setdefault(identity, []).append(entry)
            self.wrote.notify_all()

    def watch(self, on_event: Callable[[RuntimeEvent], None]) -> FakeWatch:
        """See the contract."""
        with self._lock:
            watch = FakeWatch(on_event, self._forget)
            self._watches.append(watch)
            away = self._away
            watch.put(Unreachable(away) if away else Resync(tuple(self._instances.values())))
            return watch

    def close(self) -> None:
        """See the contract."""

    def end(
        self,
        identity: Identity,
        exit_code: int,
        *,
        by_hand: bool = False,
        oom_killed: bool = False,
        command_missing: bool = False,
        output: str = '',
    ) -> None:
        """Have a program end; nothing happens if it does not run."""
        with self._lock:
            instance = self._instances.get(identity)
            if instance is None or instance.state is not InstanceState.RUNNING:
                return
            self._output[identity] = output
            self._set(
                replace(
                    instance,
                    state=InstanceState.ENDED,
                    exit_code=exit_code,
                    by_hand=by_hand,
                    oom_killed=oom_killed,
                    command_missing=command_missing,
                    ended_at=time.time(),
                    pid=0,
                )
            )

    def go_away(self) -> None:
        """Have every call refused, until `come_back`; what happens meanwhile is not told."""
        with self._lock:
            self._away = RuntimeFault(
                ReasonKind.ENGINE_UNREACHABLE,
                error_codes.ENGINE_UNREACHABLE,
                'the container engine does not answer',
            )
            self.wrote.notify_all()
            for watch in self._watches:
                watch.put(Unreachable(self._away))

    def come_back(self) -> None:
        """Answer again."""
        with self._lock:
            self._away = None
            self._tell(Resync(tuple(self._instances.values())))

    def fail_next(self, call: str, fault: RuntimeFault) -> None:
        """Have the next call of this name raise a fault; may be said several times."""
        with self._lock:
            self._faults.setdefault(call, deque()).append(fault)

    @contextmanager
    def _call(self, name: str, about: str = '') -> Iterator[None]:
        with self._lock:
            self.calls.append((name, about))
            if self._away is not None:
                raise self._away
            if self._faults.get(name):
                raise self._faults[name].popleft()
            yield

    def _set(self, instance: ObservedInstance) -> None:
        self._instances[instance.identity] = instance
        self._tell(Changed(instance))

    def _tell(self, event: RuntimeEvent) -> None:
        self.wrote.notify_all()
        if self._away is None:
            for watch in self._watches:
                watch.put(event)

    def _forget(self, watch: FakeWatch) -> None:
        with self._lock:
            if watch in self._watches:
                self._watches.remove(watch)


def _ends_with(command: tuple[str, ...]) -> int | None:
    """Give the exit code of a command that ends at once, or None."""
    if command[:1] == ('missing',):
        return MISSING
    words = command[-1].split() if command[:2] == ('sh', '-c') else []
    return int(words[1]) if words[:1] == ['exit'] else None
