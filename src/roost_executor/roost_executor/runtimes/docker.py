# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Instances as containers of a local engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
import os
from pathlib import Path
import time
from typing import Any

import docker
import requests

from roost_core.instance import DesiredInstance, Identity
from roost_core.observed import ObservedInstance
from roost_core.package import DeviceRuntime
from roost_executor.cancellation import Cancellation
from roost_executor.runtimes import docker_container as container
from roost_executor.runtimes import (
    docker_exec,
    docker_images,
    docker_leftovers,
    docker_marks,
    docker_mounts,
    docker_pull,
    docker_terminal,
    mounts,
)
from roost_executor.runtimes import docker_faults as faults
from roost_executor.runtimes.contract import (
    RegistryAuth,
    RuntimeEvent,
    RuntimeFacts,
    SecretEnvironment,
    without_secrets,
)
from roost_executor.runtimes.docker_endings import OwnEndings, TakenAlong
from roost_executor.runtimes.docker_engine import Engine
from roost_executor.runtimes.docker_logs import DockerLogs
from roost_executor.runtimes.docker_terminal import DockerProgram
from roost_executor.runtimes.docker_watch import DockerWatch
from roost_executor.runtimes.interactive import Window

DEFAULT_URL = 'unix:///var/run/docker.sock'
DEFAULT_STATE_DIR = Path('/var/lib/roost')

# How long the kernel may take to end what was sent SIGKILL.
KILL_SEC = 10.0

# Between looks at a container that the engine is still making or removing.
LOOK_SEC = 0.05

OUTPUT_LINES = 50

LOOPBACK = '127.0.0.1'

# The engine notes the time of a start after it: the first output is older than that.
START_SLACK_SEC = 1.0


class DockerRuntime:
    """Run instances as containers; keeps the contract of `contract.Runtime`."""

    kind = DeviceRuntime.DOCKER

    def __init__(
        self,
        *,
        device: str,
        device_key: str,
        url: str = DEFAULT_URL,
        state_dir: Path = DEFAULT_STATE_DIR,
        secrets: SecretEnvironment = without_secrets,
        call_timeout_sec: float = 60.0,
        stall_sec: float = 120.0,
        quiet_sec: float = 15.0,
    ) -> None:
        """Prepare; the engine need not be there yet.

        Args:
            device: name of the device.
            device_key: of the device; containers of another one are not seen.
            state_dir: the executor's own; its volumes and configs are mounted out of it.
            secrets: gives the secret variables of an instance.
            call_timeout_sec: for one answer of the engine.
            stall_sec: a pull in which nothing moves for so long has failed.
            quiet_sec: an event stream in which nothing comes for so long is opened anew, which
                shows whether the engine still answers.
        """
        self._maker = container.Maker(device=device, device_key=device_key, state_dir=state_dir)
        self._secrets = secrets
        self._call_timeout_sec = call_timeout_sec
        self._stall_sec = stall_sec
        self._quiet_sec = quiet_sec
        self._engine = Engine(url, call_timeout_sec=call_timeout_sec)
        self._own = OwnEndings()
        self._taken = TakenAlong()
        self._mounting_nothing: set[Identity] = set()
        self._refused: set[Identity] = set()  # at the last start, for an unknown cause

    def facts(self) -> RuntimeFacts:
        """See the contract."""
        with faults.told():
            info = self._engine.api.info()
        try:
            disk = os.statvfs(info['DockerRootDir'])
        except OSError:  # an engine whose files are not in sight
            return RuntimeFacts(version=info['ServerVersion'])
        return RuntimeFacts(
            version=info['ServerVersion'], disk_free_bytes=disk.f_bavail * disk.f_frsize
        )

    def list(self) -> tuple[ObservedInstance, ...]:
        """See the contract."""
        seen = self._listed(self._maker.made)
        return tuple(self._taken.veiled(each) for each in seen)

    def _listed(
        self, of_interest: Callable[[Mapping[str, str]], bool]
    ) -> tuple[ObservedInstance, ...]:
        """List instances, by their labels."""
        of_roost = {'label': [container.DEVICE_KEY]}
        with faults.told():
            summaries = self._engine.api.containers(all=True, filters=of_roost)
            ids = [each['Id'] for each in summaries if of_interest(each['Labels'])]
            seen = [self._look(each) for each in ids]
        return tuple(each for each in seen if each is not None)

    def image(self, reference: str, *, digest: str = '') -> str | None:
        """See the contract."""
        with faults.told(reference):
            return docker_images.find(self._engine, reference, digest=digest)

    def pull(
        self,
        reference: str,
        *,
        auth: RegistryAuth | None = None,
        progress: Callable[[float | None], None],
        cancellation: Cancellation,
    ) -> str:
        """See the contract."""
        return docker_pull.pull(
            self._engine,
            reference,
            auth=auth,
            progress=progress,
            cancellation=cancellation,
            stall_sec=self._stall_sec,
        )

    def create(self, desired: DesiredInstance, *, image_digest: str = '') -> None:
        """See the contract."""
        digest = image_digest or self.image(desired.spec.image) or ''
        marks = container.labels(desired, self._maker, digest=digest)
        binds = mounts.binds(desired.spec, self._maker.state_dir)
        if not binds:
            self._mounting_nothing.add(desired.identity)
        body = container.request(desired, marks, secrets=self._secrets(desired.spec), binds=binds)
        images = (
            docker_images.names_of(desired.spec.image, digest) if digest else [desired.spec.image]
        )
        deadline = time.monotonic() + self._call_timeout_sec
        name = {'name': desired.identity.token}
        with faults.told(desired.spec.image):
            while True:
                body['Image'] = images[0]
                try:
                    self._engine.request('POST', '/containers/create', params=name, body=body)
                    return
                except docker.errors.ImageNotFound:
                    if len(images) == 1:
                        raise
                    del images[0]
                except docker.errors.APIError as error:
                    if not faults.is_status(error, 409):
                        raise
                    if self._exists(desired.identity):
                        return
                    if time.monotonic() > deadline:
                        raise faults.busy(desired.identity.token) from error

    def start(self, identity: Identity) -> None:
        """See the contract."""
        name = identity.token
        with faults.told():
            may_move = identity not in self._mounting_nothing
            if may_move and (moved := docker_mounts.moved(self._engine, name)):
                self.remove(identity)
                raise faults.moved(name, moved)
            try:
                self._engine.api.start(name)
            except docker.errors.APIError as error:
                if faults.left_behind(error):
                    self._sweep(identity)
                    raise faults.made_anew(name) from error
                if faults.is_unexplained(error):
                    if identity in self._refused:  # the cause may be the container itself
                        self._sweep(identity)
                    else:
                        self._refused.add(identity)
                raise
        self._refused.discard(identity)

    def stop(self, identity: Identity, *, timeout_sec: float) -> None:
        """See the contract."""
        name = identity.token
        with faults.told(), self._own.during(name):
            # Not the engine's stop: it would tell of it as it does when a person calls it.
            if not self._signal(name, 'SIGTERM') or self._ended(name, timeout_sec):
                return
            if not self._signal(name, 'SIGKILL') or self._ended(name, KILL_SEC):
                return
        raise faults.not_ended(f'container {name}', f'it runs {KILL_SEC:g} s after SIGKILL')

    def remove(self, identity: Identity) -> None:
        """See the contract."""
        name = identity.token
        self._mounting_nothing.discard(identity)
        self._refused.discard(identity)
        deadline = time.monotonic() + self._call_timeout_sec
        with faults.told(), self._own.during(name):
            while True:
                try:
                    self._engine.api.remove_container(name, v=True, force=True)
                    return
                except docker.errors.APIError as error:
                    if faults.is_status(error, 404):
                        return
                    # 409: somebody else removes it just now.
                    if not faults.is_status(error, 409) or time.monotonic() > deadline:
                        raise faults.not_ended(f'container {name}', faults.said(error)) from error
                time.sleep(LOOK_SEC)

    def exec(
        self, identity: Identity, command: Sequence[str], *, timeout_sec: float
    ) -> int | None:
        """See the contract."""
        with faults.told():
            return docker_exec.run(self._engine, identity.token, command, timeout_sec=timeout_sec)

    def open_terminal(
        self, identity: Identity, command: Sequence[str], window: Window
    ) -> DockerProgram:
        """See the contract. It ends with the container."""
        return self._open(identity, command, window=window, stdin=True)

    def open_exec(
        self, identity: Identity, command: Sequence[str], *, stdin: bool
    ) -> DockerProgram:
        """See the contract. It ends with the container."""
        return self._open(identity, command, window=None, stdin=stdin)

    def end_left_programs(self) -> None:
        """End what an executor that was killed left running beside programs of containers.

        To be called before anything is opened. It finds what this process can see: an executor in
        a container finds none. It does not wait for the end.
        """
        docker_marks.end_later(docker_terminal.mark_of(self._engine.url, self._maker.device_key))

    def address(self, identity: Identity) -> str:
        """See the contract."""
        name = identity.token
        with faults.told():
            details = self._engine.api.inspect_container(name)
        if not details['State']['Running']:
            raise faults.not_running(name)
        if details['HostConfig']['NetworkMode'] == 'host':
            return LOOPBACK
        for network in details['NetworkSettings']['Networks'].values():
            if network['IPAddress']:
                return str(network['IPAddress'])
        raise faults.create_failed(f'container {name} has no network')

    def mounts(self, folder: Path) -> bool:
        """Tell whether any container has a folder, or something in it, mounted."""
        with faults.told():
            return docker_mounts.mounts(self._engine, folder)

    def last_output(self, identity: Identity, *, max_bytes: int = 1000) -> str:
        """See the contract."""
        name = identity.token
        try:
            details = self._engine.api.inspect_container(name)
            started_at = container.unix_time(details['State']['StartedAt']) or 0.0
            since = max(started_at - START_SLACK_SEC, 0.0)
            for stderr in (True, False):
                output: bytes = self._engine.api.logs(
                    name, stdout=not stderr, stderr=stderr, tail=OUTPUT_LINES, since=since
                )
                if output.strip():
                    return output[-max_bytes:].decode(errors='replace').strip()
        except faults.ENGINE_ERRORS:
            return ''
        return ''

    def logs(self, identity: Identity, *, after: str = '') -> DockerLogs:
        """See the contract."""
        return DockerLogs(
            self._engine, identity.token, after=after, call_timeout_sec=self._call_timeout_sec
        )

    def watch(self, on_event: Callable[[RuntimeEvent], None]) -> DockerWatch:
        """See the contract."""
        return DockerWatch(
            self._engine,
            on_event,
            maker=self._maker,
            listing=self.list,
            orphans=lambda: self._listed(self._maker.made_before),
            own=self._own,
            taken=self._taken,
            quiet_sec=self._quiet_sec,
        )

    def close(self) -> None:
        """See the contract."""
        self._engine.close()

    def _open(
        self, identity: Identity, command: Sequence[str], *, window: Window | None, stdin: bool
    ) -> DockerProgram:
        with faults.told():
            return docker_terminal.open_program(
                self._engine,
                identity.token,
                command,
                window=window,
                stdin=stdin,
                mark=docker_terminal.mark_of(self._engine.url, self._maker.device_key),
                timeout_sec=min(self._call_timeout_sec, docker_terminal.ANSWER_SEC),
            )

    def _look(self, container_id: str) -> ObservedInstance | None:
        """Look at one container; None when it is going, or not an instance."""
        try:
            details: dict[str, Any] = self._engine.api.inspect_container(container_id)
        except docker.errors.APIError as error:
            if faults.is_status(error, 404, 409):
                return None
            raise
        if details['State']['Status'] == 'removing':
            return None
        return container.observed(details)

    def _sweep(self, identity: Identity) -> None:
        """Remove a container that does not start, and what its engine has forgotten of it."""
        docker_leftovers.end(self._engine.api.inspect_container(identity.token)['Id'])
        self.remove(identity)

    def _exists(self, identity: Identity) -> bool:
        """Tell whether a container of our name is the instance; False to create it again.

        Raises:
            RuntimeFault: it is somebody else's.
        """
        name = identity.token
        try:
            details = self._engine.api.inspect_container(name)
        except docker.errors.NotFound:
            time.sleep(LOOK_SEC)  # the engine is still making it, or has just removed it
            return False
        marks = details['Config'].get('Labels') or {}
        if not self._maker.made(marks) or container.identity_of(marks) != identity:
            raise faults.create_failed(
                f'container {name} is in the way and was not made for this device: remove it'
            )
        if details['State']['Status'] in ('removing', 'dead'):
            self.remove(identity)
            return False
        return True

    def _signal(self, name: str, signal: str) -> bool:
        """Send a signal; tell whether there was somebody to get it."""
        try:
            self._engine.api.kill(name, signal)
        except docker.errors.APIError as error:
            if faults.is_status(error, 404, 409):
                return False
            raise
        return True

    def _ended(self, name: str, timeout_sec: float) -> bool:
        """Wait for the end of a container; tell whether it came in time."""
        if timeout_sec <= 0:
            return False
        try:
            self._engine.request('POST', f'/containers/{name}/wait', answer_sec=timeout_sec)
        except docker.errors.NotFound:
            return True
        except (requests.Timeout, requests.ConnectionError) as error:
            if faults.timed_out(error):
                return False
            raise
        return True
