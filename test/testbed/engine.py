# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A real container engine on a machine."""

from __future__ import annotations

from collections.abc import Collection
import io
from pathlib import Path
import signal
import socket
from typing import Any

import docker
from docker.models.containers import Container

from testbed.images import Image
from testbed.machine import Machine
from testbed.process import NodeProcess
from testbed.wait import eventually

INSIDE = 'unix:///run/docker.sock'


class Engine:
    """
    Run one dockerd, with its containerd, on one machine; its data outlives the machine's power.

    On the machine it listens where clients look for it (/var/run/docker.sock); from outside it
    is reached by `url`. It is off until `start`.
    """

    def __init__(
        self,
        machine: Machine,
        root: Path,
        *,
        cgroup_parent: str,
        live_restore: bool = False,
        insecure_registries: Collection[str] = (),
    ) -> None:
        self.machine = machine
        self.url = f'unix://{root}/docker.sock'
        self.data = root / 'data'
        self.data.mkdir(parents=True, exist_ok=True)
        self.process = NodeProcess(
            [
                *f'dockerd --host {self.url} --host {INSIDE} --data-root {self.data}'.split(),
                *f'--storage-driver overlay2 --cgroup-parent {cgroup_parent}'.split(),
                *['--log-level', 'warn', '--shutdown-timeout', '3'],
                *(['--live-restore'] if live_restore else []),
                *(f'--insecure-registry={registry}' for registry in insecure_registries),
            ],
            machine,
            root / 'dockerd.log',
        )
        self._client: docker.DockerClient | None = None

    @property
    def running(self) -> bool:
        """Tell whether the engine's process runs."""
        return self.process.running

    @property
    def client(self) -> docker.DockerClient:
        """Return a client of the engine, made at first use."""
        if self._client is None:
            self._client = docker.DockerClient(base_url=self.url, version='1.41', timeout=60)
        return self._client

    def start(self) -> None:
        """Start the engine and wait until it answers; nothing happens if it runs."""
        if self.running:
            return
        self.process.start()

        def listens() -> bool:
            if not self.running:
                raise RuntimeError(f'the engine ended\n{self.process.tail()}')
            with socket.socket(socket.AF_UNIX) as connection:
                return connection.connect_ex(self.url.removeprefix('unix://')) == 0

        eventually(listens, 30, f'the engine of {self.machine.name} listens')
        self.client.ping()

    def stop(self) -> None:
        """End the engine gracefully, which stops its containers unless it is `live_restore`."""
        self.process.stop(30)

    def kill9(self) -> None:
        """Kill dockerd alone, as the OOM killer would; containers go on running without it."""
        self.process.kill9()

    def freeze(self) -> None:
        """Have the engine accept connections and answer none."""
        self.process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Undo `freeze`."""
        self.process.signal(signal.SIGCONT)

    def restart(self) -> None:
        """Stop it gracefully, start it again."""
        self.stop()
        self.start()

    def load(self, image: Image, *references: str) -> str:
        """Have the image in the engine, under each reference; return the image's id."""
        try:
            loaded = self.client.images.get(image.id)
        except docker.errors.ImageNotFound:
            self.client.images.load(image.archive())
            loaded = self.client.images.get(image.id)
        for reference in references:
            loaded.tag(reference)
        return image.id

    def run(self, image: Image | str, *command: str, **options: Any) -> Container:
        """Start a container and return it; options are those of the docker SDK's `run`."""
        reference = self.load(image) if isinstance(image, Image) else image
        return self.client.containers.run(reference, list(command), detach=True, **options)

    def wait_output(self, container: Container, text: str, timeout_sec: float = 30.0) -> str:
        """Wait until a container has written `text`; return all that it wrote."""

        def output() -> str:
            written = container.logs().decode(errors='replace')
            assert text in written, written[-2000:]
            return written

        return eventually(output, timeout_sec, f'{text!r} from {container.name}')

    def build(self, dockerfile: str, **build_args: str) -> str:
        """Build an image of a Dockerfile's text without context; return its id."""
        image, _ = self.client.images.build(
            fileobj=io.BytesIO(dockerfile.encode()), buildargs=build_args, rm=True
        )
        return str(image.id)

    def close(self) -> None:
        """Let go of the client; the machine's end is the engine's."""
        if self._client is not None:
            self._client.close()
            self._client = None
