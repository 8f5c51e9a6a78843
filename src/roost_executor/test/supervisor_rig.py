# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A supervisor over runtimes in memory, and builders of what it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
import threading
import time
from typing import Any

from roost_core.desired import DesiredState, Removal
from roost_core.instance import DesiredInstance, InstanceSpec, Slot
from roost_core.names import DeploymentId, DeviceName
from roost_core.package import DeviceRuntime, ImagePullPolicy, RestartPolicy
from roost_core.report import InstanceReport
from roost_core.restart import BackOff
from roost_core.status import Status
from roost_executor.hands import Limits
from roost_executor.histories import Histories
from roost_executor.preparation import Preparation
from roost_executor.runtimes.fake import FakeRuntime
from roost_executor.supervisor import Supervisor
from roost_executor.telling import Situation
from testbed.wait import eventually

QUICK = BackOff(first_sec=0.02, cap_sec=0.05, proving_sec=0.05)
FOREVER = ('sleep', 'infinity')
# Of what comes to be all the same, the failures before it are seen for so long.
PATIENT = BackOff(first_sec=0.5, cap_sec=0.5, proving_sec=0.05)
DEADLINE_SEC = 30.0


def wanted(
    name: str,
    *,
    component: str = 'driver',
    executable: str = 'main',
    generation: int = 1,
    image: str = 'camera:1',
    command: tuple[str, ...] = FOREVER,
    restart: RestartPolicy = RestartPolicy.ALWAYS,
    pull: ImagePullPolicy = ImagePullPolicy.IF_NOT_PRESENT,
    runtime: DeviceRuntime = DeviceRuntime.DOCKER,
) -> DesiredInstance:
    """Build an instance of the deployment `name`."""
    return DesiredInstance(
        slot=Slot(DeploymentId(f'{name}-1'), component, executable),
        deployment_name=name,
        generation=generation,
        restart=restart,
        spec=InstanceSpec(
            runtime=runtime,
            image=image if runtime is DeviceRuntime.DOCKER else '',
            image_pull_policy=pull,
            command=command,
        ),
    )


def removal(name: str) -> Removal:
    """Build the removal of the deployment `name`."""
    return Removal(deployment_id=DeploymentId(f'{name}-1'), deployment_name=name)


class Line:
    """The way of one executor to a runtime, which ends when that executor is killed."""

    def __init__(self, runtime: Any) -> None:
        """Connect."""
        self.is_cut = False
        self._runtime = runtime

    def __getattr__(self, name: str) -> Any:
        """Give a call of the runtime; what is called by, or answered to, a dead one hangs."""
        if name == 'kind':
            return self._runtime.kind

        def call(*args: Any, **kwargs: Any) -> Any:
            self._hang_if_cut()
            answer = getattr(self._runtime, name)(*args, **kwargs)
            self._hang_if_cut()
            return answer

        return call

    def watch(self, on_event: Callable[[Any], None]) -> Any:
        """Watch, until the end of the executor."""
        return self._runtime.watch(lambda event: None if self.is_cut else on_event(event))

    def _hang_if_cut(self) -> None:
        if self.is_cut:
            threading.Event().wait()


class Mortal(Histories):
    """Histories of an executor that can be killed."""

    def kill(self) -> None:
        """Write nothing more."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(DEADLINE_SEC)


class Device:
    """A device with an executor's supervisor, which can be restarted.

    Attributes:
        docker: the engine; it has the image camera:1, and its registry camera:2 as well.
        complaints: what operators are told, by topic.
        situations: all that were shown.
    """

    def __init__(self, state_dir: Path, *, back_off: BackOff = QUICK) -> None:
        """Prepare; the supervisor does not run yet."""
        self._state_dir = state_dir
        self._back_off = back_off
        self._changed = threading.Condition()
        self._situation: Situation | None = None
        self._revision = 0
        self._desired: DesiredState | None = None
        self.docker = FakeRuntime()
        self.docker.images.here['camera:1'] = 'sha256:one'
        self.docker.images.registry.update({'camera:1': 'sha256:one', 'camera:2': 'sha256:two'})
        self.runtimes: dict[DeviceRuntime, Any] = {DeviceRuntime.DOCKER: self.docker}
        self.boot_id = 'boot-1'
        self.boot_order_sec = 30.0
        self.clock: Callable[[], float] = time.time
        self.complaints: dict[str, str] = {}
        self.situations: list[Situation] = []
        self.preparation: Preparation | None = None
        self._supervisor: Supervisor | None = None

    def __enter__(self) -> Device:
        """Start the supervisor."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def start(self) -> None:
        """Start the supervisor, with what was asked for last."""
        self._situation = None
        self._lines = lines = {kind: Line(each) for kind, each in self.runtimes.items()}
        self._histories = Mortal(
            self._state_dir / 'histories.json',
            complain=self.complaints.__setitem__,
            settle=self.complaints.pop,
        )
        self._supervisor = Supervisor(
            lines,
            histories=self._histories,
            boot_id=self.boot_id,
            show=lambda situation: self._show(situation, lines),
            complain=self.complaints.__setitem__,
            reached=lambda kind, answers: None,
            back_off=self._back_off,
            limits=Limits(),
            preparation=self.preparation,
            boot_order_sec=self.boot_order_sec,
            clock=self.clock,
        )
        if self._desired is not None:
            self._supervisor.ask(self._desired)
        self._supervisor.start()

    def stop(self) -> None:
        """Stop the supervisor; what runs goes on."""
        if self._supervisor is not None:
            self._supervisor.close(5.0)
            self._histories.close()
            self._supervisor = None

    def restart(self) -> None:
        """Stop the supervisor and start it again."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """Have the executor's process be killed: nothing comes of what it has not done yet."""
        for line in self._lines.values():
            line.is_cut = True
        self._histories.kill()
        self._supervisor = None

    def cut_power(self) -> None:
        """Kill the executor, have everything end, and start again in another boot."""
        self.kill()
        for instance in self.docker.list():
            self.docker.end(instance.identity, 137)
        self.boot_id += '1'
        self.start()

    def reboot(self) -> None:
        """Have everything end, and start again in another boot."""
        self.stop()
        for instance in self.docker.list():
            self.docker.end(instance.identity, 137)
        self.boot_id += '1'
        self.start()

    def ask(
        self,
        *keep: DesiredInstance,
        remove: Iterable[Removal] = (),
        remove_slots: Iterable[Slot] = (),
        wait: bool = True,
    ) -> None:
        """Ask for exactly this, and wait until the device answers to it."""
        self._revision += 1
        self._desired = DesiredState(
            device=DeviceName('rover1'),
            manager_id='manager',
            epoch=1,
            revision=self._revision,
            device_key_id='ed25519:key',
            keep=keep,
            remove=tuple(remove),
            remove_slots=tuple(remove_slots),
        )
        assert self._supervisor is not None
        self._supervisor.ask(self._desired)
        if wait:
            self.wait(lambda seen: seen.applied == (1, self._revision), 'an answer')

    def wait(self, fits: Callable[[Situation], Any], what: str) -> Situation:
        """Return the first situation that fits."""
        with self._changed:
            fitting = self._changed.wait_for(
                lambda: self._situation is not None and fits(self._situation), DEADLINE_SEC
            )
            assert fitting, f'{what}: not in time; last was {self._situation}'
            assert self._situation is not None
            return self._situation

    def wait_for(
        self, item: DesiredInstance, status: Status, *, word: str = '', code: str = ''
    ) -> InstanceReport:
        """Return the first report of an instance that has a status, a word in it, and a code."""

        def found(seen: Situation) -> InstanceReport | None:
            for report in seen.instances:
                if report.slot == item.slot and report.generation == item.generation:
                    fits = report.status is status and word in report.reason.shown()
                    return report if fits and (not code or code in report.codes) else None
            return None

        report = found(self.wait(found, f'{item.slot} {status} {word} {code}'))
        assert report is not None
        return report

    def wait_pulling(self, *items: DesiredInstance) -> None:
        """Wait until all these wait for an image that the engine was asked to pull."""
        for item in items:
            self.wait_for(item, Status.PENDING, word='pulling')
            image = item.spec.image
            eventually(lambda image=image: image in self.docker.images.pulls, what=image)

    def wait_running(self, *items: DesiredInstance) -> None:
        """Wait until all these run."""
        for item in items:
            self.wait_for(item, Status.RUNNING)

    def report_of(self, item: DesiredInstance) -> InstanceReport:
        """Return the present report of an instance."""
        assert self._situation is not None
        return next(each for each in self._situation.instances if each.slot == item.slot)

    def calls(self, name: str) -> list[str]:
        """List whom a call to the engine was about, in order."""
        return [about for called, about in tuple(self.docker.calls) if called == name]

    def changing_calls(self) -> list[tuple[str, str]]:
        """List the calls to the engine that change something, in order."""
        changing = {'create', 'start', 'stop', 'remove', 'pull'}
        return [call for call in tuple(self.docker.calls) if call[0] in changing]

    def _show(self, situation: Situation, lines: dict[DeviceRuntime, Line]) -> None:
        if lines is not self._lines or any(line.is_cut for line in lines.values()):
            return
        with self._changed:
            self._situation = situation
            self.situations.append(situation)
            self._changed.notify_all()


def updated(item: DesiredInstance, *, image: str = 'camera:2') -> DesiredInstance:
    """Give the next generation of an instance."""
    return replace(item, generation=item.generation + 1, spec=replace(item.spec, image=image))
