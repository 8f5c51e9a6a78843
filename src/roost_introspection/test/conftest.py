# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""ROS processes on a domain of their own, which stay on this machine and end with their test."""

from collections.abc import Iterator
import itertools
import json
import os
from pathlib import Path
import signal
import subprocess
import sys

import pytest

from testbed.domains import own_domain
from testbed.wait import eventually

PROGRAM = Path(__file__).with_name('ros_program.py')
END_SEC = 30.0


class Process:
    """A Python program, its output in a file."""

    def __init__(self, argv, log_path, env, prefix=()):
        self.log_path = log_path
        with log_path.open('ab') as output:
            self.child = subprocess.Popen(
                [*prefix, sys.executable, '-u', *argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **env, 'PYTHONPATH': os.pathsep.join(sys.path)},
            )

    @property
    def pid(self):
        return self.child.pid

    @property
    def log(self):
        return self.log_path.read_text(errors='replace')

    def ready(self, word='ready', timeout_sec=30.0):
        def said():
            if word not in self.log and self.child.poll() is not None:
                raise RuntimeError(f'ended with {self.child.returncode}:\n{self.log}')
            return word in self.log

        eventually(said, timeout_sec, f'{word!r} in the output')
        return self

    def end(self, number=signal.SIGINT):
        """Ask it to end, wait until it has, and give its exit code."""
        self.child.send_signal(number)
        return self.child.wait(END_SEC)


class Domain:
    """A ROS domain on this machine, with processes on it."""

    def __init__(self, domain_id, folder):
        self.id = domain_id
        self._folder = folder
        self._numbers = itertools.count()
        self.processes = []

    def start(self, *argv, prefix=(), **env):
        log_path = self._folder / f'process-{next(self._numbers)}.log'
        process = Process(argv, log_path, {'ROS_DOMAIN_ID': str(self.id), **env}, prefix)
        self.processes.append(process)
        return process

    def nodes(self, *descriptions, prefix=()):
        """Start one process with the nodes described, and wait until it has them."""
        return self.start(str(PROGRAM), json.dumps(descriptions), prefix=prefix).ready()

    def close(self):
        for process in self.processes:
            process.child.kill()
        for process in self.processes:
            process.child.wait(END_SEC)


@pytest.fixture
def domain(tmp_path, monkeypatch) -> Iterator[Domain]:
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    with own_domain() as number:
        domain = Domain(number, tmp_path)
        yield domain
        domain.close()


@pytest.fixture
def other_domain(domain, tmp_path) -> Iterator[Domain]:
    folder = tmp_path / 'other'
    folder.mkdir()
    with own_domain() as number:
        other = Domain(number, folder)
        yield other
        other.close()
