# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Running a command beside a container's own program."""

from __future__ import annotations

from collections.abc import Sequence
import contextlib
import os
from pathlib import Path
import signal
import time
from typing import Any

import docker

from roost_executor.runtimes import docker_faults as faults
from roost_executor.runtimes.docker_engine import Engine

# What the engine says by these exit codes when the command could not be started.
MISSING = frozenset({126, 127})

# Between looks at a command whose output has ended.
LOOK_SEC = 0.05


def run(engine: Engine, name: str, command: Sequence[str], *, timeout_sec: float) -> int | None:
    """Run a command in a container; give its exit code, or None when it did not end in time.

    Raises:
        RuntimeFault: the container does not run.
        what ENGINE_ERRORS names.
    """
    deadline = time.monotonic() + timeout_sec
    # Its output is read to its end, and dropped: that is how the engine tells of the end.
    body = {'Cmd': list(command), 'AttachStdout': True, 'AttachStderr': True}
    try:
        path = f'/containers/{name}/exec'
        made = engine.request('POST', path, body=body).json()['Id']
    except docker.errors.APIError as error:
        if faults.is_status(error, 404, 409):
            raise faults.not_running(name) from error
        raise
    with contextlib.closing(engine.stream(quiet_sec=timeout_sec)) as output:
        try:
            output.open('POST', engine.path(f'/exec/{made}/start', {}), {}, body={})
            output.drain(deadline)
        except faults.ENGINE_ERRORS as error:
            if isinstance(error, docker.errors.APIError):
                code = _look(engine, made)['ExitCode']
                if code not in MISSING:
                    raise
                return int(code)
            if not faults.timed_out(error):
                raise
    while True:
        seen = _look(engine, made)
        if not seen['Running'] and seen['ExitCode'] is not None:
            return int(seen['ExitCode'])
        if time.monotonic() >= deadline:
            end(int(seen.get('Pid') or 0), name)
            return None
        time.sleep(LOOK_SEC)


def _look(engine: Engine, made: str) -> dict[str, Any]:
    seen: dict[str, Any] = engine.request('GET', f'/exec/{made}/json').json()
    return seen


def end(pid: int, name: str) -> None:
    """End what hangs in a container, if it can be seen from here: the engine has no call for it.

    Pids of an engine elsewhere are those of other processes here: only one that has the host name
    of the container, which no other has, is ended.
    """
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(pid)
        try:
            environment = Path(f'/proc/{pid}/environ').read_bytes().split(b'\0')
            if f'HOSTNAME={name}'.encode() in environment:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        finally:
            os.close(descriptor)
