# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Talking with a program that runs in a container beside its own."""

from __future__ import annotations

from collections.abc import Sequence
import contextlib
import functools
import hashlib
import logging
import os
import secrets
import select
import signal
import socket
import threading
import time
from typing import Any

import docker

from roost_executor.runtimes import docker_faults as faults
from roost_executor.runtimes import docker_marks as marks
from roost_executor.runtimes import docker_refusals as refusals
from roost_executor.runtimes.docker_engine import Engine
from roost_executor.runtimes.docker_frames import Frames
from roost_executor.runtimes.docker_upgrade import upgrade
from roost_executor.runtimes.interactive import (
    Ending,
    GRACE_SEC,
    KILL_SEC,
    READ_BYTES,
    Stream,
    Window,
    Written,
)
from roost_executor.runtimes.shim import kernel

logger = logging.getLogger(__name__)

# Between looks at a program that the engine starts, or whose end it has not noticed yet.
LOOK_SEC = 0.02

# For an answer of the engine that somebody waits for, who gives up after 10 s.
ANSWER_SEC = 7.0

# How long a container that took its programs along may still be told as running.
SETTLE_SEC = 0.5

KILLED = 137

CONTAINER_ENDED = 'the container ended'
ENGINE_AWAY = 'the container engine does not answer any more'


class DockerProgram:
    """Keeps `interactive.Program`."""

    def __init__(self, engine: Engine, container: str, began: str, made: str, mark: str) -> None:
        """Take what was made in a container, and is not started yet.

        Args:
            began: when the container was started.
            made: id of it.
        """
        self._engine = engine
        self._container = container
        self._began = began
        self._made = made
        self._mark = mark
        self._is_seen = False
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._frames: Frames | None = None
        self._poll = select.poll()
        self._pid = 0
        self._life: int | None = None
        self._is_terminal = False
        self._ready: list[Written] = []
        self._refusal: refusals.Refusal | None = None
        self._read_all = threading.Event()
        self._lock = threading.Lock()

    def start(self, name: str, *, is_terminal: bool, timeout_sec: float) -> None:
        """Have it started, and wait until it runs or has ended.

        Args:
            name: of the program, for people: it may not exist.

        Raises:
            what ENGINE_ERRORS names.
        """
        self._is_terminal = is_terminal
        self._frames = None if is_terminal else Frames()
        deadline = time.monotonic() + timeout_sec
        self._socket.settimeout(timeout_sec)
        self._socket.connect(self._engine.url.removeprefix('unix://'))
        self._poll.register(self._socket, select.POLLIN)
        path = self._engine.path(f'/exec/{self._made}/start', {})
        try:
            self._take(upgrade(self._socket, path, {'Detach': False, 'Tty': is_terminal}))
        except docker.errors.APIError as error:
            if not refusals.is_refusal(self._look(timeout_sec)):
                raise
            self._refuse(name, faults.said(error))
            return
        while (seen := self._look(timeout_sec))['ExitCode'] is None:
            if seen['Running'] and self._attend():
                self._socket.settimeout(None)
                return
            if time.monotonic() > deadline:
                raise TimeoutError('the engine does not start it')
            time.sleep(LOOK_SEC)
        if refusals.is_refusal(seen):
            self._refuse(name, self._said_instead())
            return
        self._socket.settimeout(None)
        self._is_seen = marks.sees(self._container)
        self._end_later()

    def read(self) -> Written | None:
        """See the contract."""
        written = self._read()
        if written is None:
            self._read_all.set()
        return written

    def _read(self) -> Written | None:
        while True:
            if self._ready:
                return self._ready.pop(0)
            if self._frames is not None and (written := self._frames.give()) is not None:
                return written
            ready = {descriptor for descriptor, _ in self._poll.poll()}
            if self._life is not None and self._life in ready:
                self._poll.unregister(self._life)
                self._end_later()
            if self._socket.fileno() not in ready:
                continue
            try:
                data = self._socket.recv(READ_BYTES)
            except OSError:
                return None
            if not data:
                return None
            self._take(data)

    def write(self, data: bytes) -> bool:
        """See the contract."""
        try:
            self._socket.sendall(data)
        except OSError:
            return False
        return True

    def end_input(self) -> None:
        """See the contract."""
        if not self._is_terminal:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)

    def resize(self, columns: int, rows: int) -> None:
        """See the contract."""
        if not self._is_terminal:
            return
        size = {'h': str(rows), 'w': str(columns)}
        with faults.told():
            try:
                path = f'/exec/{self._made}/resize'
                self._engine.request('POST', path, params=size, answer_sec=ANSWER_SEC)
            except docker.errors.APIError as error:
                if not self._ended(ANSWER_SEC):
                    raise
                logger.debug('a terminal that has ended was resized: %s', error)

    def signal(self, number: int) -> None:
        """See the contract."""
        with self._lock:
            if self._life is None:
                with faults.told():
                    self._from_within(number, ANSWER_SEC)
            elif self._lives():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._pid, number)

    def hang_up(self) -> None:
        """See the contract."""
        self._end()
        self._read_all.wait(SETTLE_SEC)
        # Where it could not be ended, one that heeds the end of its input ends by that.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def wait(self) -> Ending:
        """See the contract."""
        if self._refusal is not None:
            return Ending(exit_code=self._refusal.exit_code)
        deadline = time.monotonic() + KILL_SEC
        code: int | None = None
        try:
            while True:
                seen = self._look()
                if not seen['Running'] or time.monotonic() > deadline:
                    code = seen['ExitCode']
                    break
                time.sleep(LOOK_SEC)
            taken_along = code in (None, KILLED) and self._container_ended(SETTLE_SEC)
        except docker.errors.NotFound:
            return Ending(exit_code=None, reason=CONTAINER_ENDED)
        except faults.ENGINE_ERRORS:
            return Ending(exit_code=None, reason=ENGINE_AWAY)
        return Ending(exit_code=code, reason=CONTAINER_ENDED if taken_along else '')

    def close(self) -> None:
        """See the contract."""
        self._end()
        with self._lock:
            if self._life is not None:
                os.close(self._life)
                self._life = None
            self._socket.close()

    def _take(self, data: bytes) -> None:
        if self._frames is not None:
            self._frames.take(data)
        elif data:
            self._ready.append(Written(Stream.OUTPUT, data))

    def _said_instead(self) -> str:
        """Read what the engine says in the place of a program that it could not start.

        Raises OSError.
        """
        while data := self._socket.recv(READ_BYTES):
            self._take(data)
        if self._frames is not None:
            self._ready += iter(self._frames.give, None)
        return b''.join(each.data for each in self._ready).decode(errors='replace')

    def _refuse(self, name: str, said: str) -> None:
        """Be a program that says why it could not be started, as a shell would, and ended."""
        self._refusal = refusals.understand(name, said)
        stream, end = (Stream.OUTPUT, '\r\n') if self._is_terminal else (Stream.ERROR, '\n')
        self._ready = [Written(stream, f'{self._refusal.text}{end}'.encode())]
        with contextlib.suppress(OSError):  # the engine may have closed it
            self._socket.shutdown(socket.SHUT_RDWR)

    def _end_later(self) -> None:
        """End what it left behind when it ended, which may hold its output open."""
        threading.Thread(target=self._end, name='hang up', daemon=True).start()

    def _end(self) -> None:
        """End it, and all that came of it, by whichever way there is."""
        if self._refusal is not None:
            return
        try:
            if self._is_seen:
                ended = marks.end(self._family)
            else:
                ended = self._container_ended(0.0) or self._end_from_within()
        except faults.ENGINE_ERRORS:
            ended = False
        if not ended:
            logger.warning("what was run in container '%s' may go on there", self._container)

    def _lives(self) -> bool:
        """Tell whether its process, which is seen from here, lives. Not after `close`."""
        return self._life is not None and not select.select([self._life], [], [], 0)[0]

    def _family(self) -> marks.Family:
        found = marks.bearers(self._mark)
        with self._lock:
            if self._lives():  # else somebody else may have its pid
                found.update(kernel.descendants(self._pid))
                started = kernel.start_time(self._pid)
                if started is not None:
                    found[self._pid] = started
        return found

    def _end_from_within(self) -> bool:
        if not self._from_within(signal.SIGHUP):
            return True
        self._from_within(signal.SIGCONT)
        deadline = time.monotonic() + GRACE_SEC
        while not self._ended() and time.monotonic() < deadline:
            time.sleep(LOOK_SEC)
        self._from_within(signal.SIGKILL)
        return self._ended()

    def _attend(self) -> bool:
        """Find its process, the first one that has its mark; False when it is not there yet.

        One that cannot be seen from here is not waited for.
        """
        found = marks.bearers(self._mark)
        self._is_seen = bool(found) or marks.sees(self._container)
        for pid, started in sorted(found.items(), key=lambda each: (each[1], each[0]))[:1]:
            self._life = kernel.open_process(pid, started)
            if self._life is not None:
                self._pid = pid
                self._poll.register(self._life, select.POLLIN)
        return bool(found) or not self._is_seen

    def _look(self, answer_sec: float | None = None) -> dict[str, Any]:
        path = f'/exec/{self._made}/json'
        seen: dict[str, Any] = self._engine.request('GET', path, answer_sec=answer_sec).json()
        return seen

    def _ended(self, answer_sec: float | None = None) -> bool:
        try:
            return not self._look(answer_sec)['Running']
        except docker.errors.NotFound:
            return True

    def _container_ended(self, settle_sec: float) -> bool:
        """Tell whether the container that it was started in ends within so long, or has ended."""
        deadline = time.monotonic() + settle_sec
        while True:
            try:
                state = self._engine.api.inspect_container(self._container)['State']
            except docker.errors.NotFound:
                return True
            if not state['Running'] or state['StartedAt'] != self._began:
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(LOOK_SEC)

    def _from_within(self, number: int, answer_sec: float | None = None) -> bool:
        """Send a signal to it, and all that came of it; tell whether there was somebody."""
        bears = f'{marks.VARIABLE}={self._mark}'
        command = ['/bin/sh', '-c', marks.SCRIPT, 'sh', bears]
        body = {'Cmd': [*command, str(int(number))], 'AttachStdout': True}
        ask = functools.partial(self._engine.request, answer_sec=answer_sec)
        sender = ask('POST', f'/containers/{self._container}/exec', body=body).json()['Id']
        ask('POST', f'/exec/{sender}/start', body={'Detach': False})
        seen = ask('GET', f'/exec/{sender}/json').json()
        return bool(seen['ExitCode'] == 0)


def mark_of(url: str, device_key: str) -> str:
    """Give how all marks begin that one device's executor gives on one engine."""
    # Not to be undone: whoever looks into a container sees it.
    return hashlib.sha256(f'{device_key} {url}'.encode()).hexdigest()[:16] + '.'


def open_program(
    engine: Engine,
    container: str,
    command: Sequence[str],
    *,
    window: Window | None,
    stdin: bool,
    mark: str,
    timeout_sec: float,
) -> DockerProgram:
    """Run a program in a container, in a terminal if it is to have a window.

    Args:
        timeout_sec: for each answer of the engine.

    Raises:
        RuntimeFault: the container does not run.
        what ENGINE_ERRORS names.
    """
    own_mark = mark + secrets.token_hex(8)
    variables = [f'{marks.VARIABLE}={own_mark}', *([f'TERM={window.kind}'] if window else [])]
    body = {
        'Cmd': list(command),
        'AttachStdin': stdin,
        'AttachStdout': True,
        'AttachStderr': True,
        'Tty': window is not None,
        'Env': variables,
    }
    try:
        ask = functools.partial(engine.request, answer_sec=timeout_sec)
        state = ask('GET', f'/containers/{container}/json').json()['State']
        made = ask('POST', f'/containers/{container}/exec', body=body).json()['Id']
    except docker.errors.APIError as error:
        if faults.is_status(error, 404, 409):
            raise faults.not_running(container) from error
        raise
    program = DockerProgram(engine, container, state['StartedAt'], made, own_mark)
    try:
        program.start(command[0], is_terminal=window is not None, timeout_sec=timeout_sec)
        if window is not None:
            program.resize(window.columns, window.rows)
    except BaseException:
        # Ending what may have been started takes longer than anybody waits for this answer.
        threading.Thread(target=program.close, name='hang up', daemon=True).start()
        raise
    return program
