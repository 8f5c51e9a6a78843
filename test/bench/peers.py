# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Peers: Docker Compose 2, and the docker SDK as the floor, on the same engine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
import json
import os
from pathlib import Path
import shutil
import subprocess
import time

import docker

from bench.stage import COMMAND, IMAGE
from testbed.engine import Engine

THREADS = 8


def find_compose() -> list[str] | None:
    """Find Docker Compose 2, as a plugin or a program of its own; None when there is none."""
    for argv in (['docker', 'compose'], ['docker-compose']):
        if shutil.which(argv[0]) is None:
            continue
        found = subprocess.run(
            [*argv, 'version', '--short'], capture_output=True, text=True, check=False
        )
        if found.returncode == 0 and found.stdout.strip().lstrip('v').startswith(('2.', '5.')):
            return argv
    return None


class Compose:
    """`docker compose up -d` of containers that equal those of the benchmark's package."""

    def __init__(self, argv: list[str], engine: Engine, folder: Path, executables: int) -> None:
        services = {
            f'e{index}': {
                'image': IMAGE,
                'command': COMMAND,
                'network_mode': 'host',
                'ipc': 'host',
                'init': True,
                'stop_grace_period': '0.1s',
            }
            for index in range(executables)
        }
        file = folder / f'compose-{executables}.json'
        file.write_text(json.dumps({'name': f'bench{executables}', 'services': services}))
        self._argv = [*argv, '-f', str(file)]
        self._env = {**os.environ, 'DOCKER_HOST': engine.url}

    def up(self) -> float:
        """Bring them up; return the seconds it took."""
        begun = time.monotonic()
        self._run('up', '-d')
        return time.monotonic() - begun

    def down(self) -> None:
        """Remove them."""
        self._run('down', '-t', '0')

    def _run(self, *arguments: str) -> None:
        subprocess.run(
            [*self._argv, *arguments], env=self._env, check=True, capture_output=True, text=True
        )


class Sdk:
    """Create and start through the docker SDK's low-level client, with eight threads."""

    def __init__(self, engine: Engine, executables: int) -> None:
        self._client = docker.APIClient(
            base_url=engine.url, version='1.41', num_pools=THREADS, timeout=60
        )
        self._executables = executables
        self._pool = ThreadPoolExecutor(THREADS)
        self._ids: list[str] = []

    def up(self) -> float:
        """Bring them up; return the seconds it took."""
        begun = time.monotonic()
        self._ids = list(self._pool.map(self._start, range(self._executables)))
        return time.monotonic() - begun

    def _start(self, index: int) -> str:
        host = self._client.create_host_config(network_mode='host', ipc_mode='host', init=True)
        made = self._client.create_container(
            IMAGE, COMMAND, name=f'floor-{index}', host_config=host
        )
        self._client.start(made['Id'])
        return str(made['Id'])

    def down(self) -> None:
        """Remove them."""
        list(self._pool.map(lambda id: self._client.remove_container(id, force=True), self._ids))

    def close(self) -> None:
        """Give the connections back."""
        self._pool.shutdown()
        self._client.close()
