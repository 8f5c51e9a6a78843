# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Talking with a native program that runs as the program of an instance does.

A shim stands by it (shim/beside.py): with the executor, whatever its end, ends the program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import threading

from roost_core.instance import InstanceSpec
from roost_executor.runtimes import process_spawn
from roost_executor.runtimes.interactive import (
    Ending,
    GRACE_SEC,
    KILL_SEC,
    READ_BYTES,
    Stream,
    Window,
    Written,
)
from roost_executor.runtimes.process_folder import Folder

NOBODY_TOLD = 'what stood by it was killed'


class NativeProgram:
    """Keeps `interactive.Program`."""

    def __init__(
        self,
        attendant: subprocess.Popen[bytes],
        *,
        outputs: Mapping[int, Stream],
        entry: int | None,
        is_terminal: bool,
    ) -> None:
        """Take what was started.

        Args:
            attendant: the shim beside the program; it has told nothing yet.
            outputs, entry: descriptors to read and to write, which are closed in the end; of a
                terminal they are the same.
        """
        assert attendant.stdin is not None
        assert attendant.stdout is not None
        self._attendant = attendant
        self._outputs = dict(outputs)
        self._entry = entry
        self._is_terminal = is_terminal
        self._open = {*outputs, *({entry} if entry is not None else ())}
        self._lock = threading.Lock()
        self._control, self._status = attendant.stdin, attendant.stdout
        self._told = b''
        self._is_over = False
        self._poll = select.poll()
        for descriptor in (*outputs, self._status.fileno()):
            self._poll.register(descriptor, select.POLLIN)

    def begin(self, variables: Mapping[str, str]) -> None:
        """Hand over the environment, and wait until the program was started.

        Raises:
            RuntimeFault: it could not be started.
        """
        text = process_spawn.packed(variables)
        try:
            self._control.write(b'%d\n%s' % (len(text), text))
            words = self._status.readline().decode().split()
        except BrokenPipeError:
            words = []
        match words:
            case ['started']:
                return
            case ['failed', stage, number]:
                raise process_spawn.system_fault(process_spawn.STAGES[stage], int(number))
        raise process_spawn.spawn_failed('its shim failed')

    def read(self) -> Written | None:
        """See the contract."""
        while self._outputs:
            ready = [number for number, _ in self._poll.poll(0 if self._is_over else None)]
            for descriptor in ready:
                if descriptor == self._status.fileno():
                    continue
                data = _read(descriptor)
                if data:
                    return Written(self._outputs[descriptor], data)
                self._poll.unregister(descriptor)
                del self._outputs[descriptor]
            if self._status.fileno() in ready:
                told = os.read(self._status.fileno(), READ_BYTES)
                self._told += told
                if not told:  # nobody is left who could write
                    self._poll.unregister(self._status.fileno())
                    self._is_over = True
            elif self._is_over and not ready:
                return None
        return None

    def write(self, data: bytes) -> bool:
        """See the contract."""
        if self._entry is None:
            return False
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._entry, left) :]
        except OSError:  # it closed its input, or ended
            return False
        return True

    def end_input(self) -> None:
        """See the contract."""
        if self._entry is not None and not self._is_terminal:
            with self._lock:
                self._open.discard(self._entry)
                os.close(self._entry)
                self._entry = None

    def resize(self, columns: int, rows: int) -> None:
        """See the contract."""
        with self._lock:
            if self._is_terminal and self._entry in self._open:
                _set_size(self._entry, columns, rows)

    def signal(self, number: int) -> None:
        """See the contract."""
        with self._lock, contextlib.suppress(OSError, ValueError):  # it has ended
            self._control.write(b'signal %d\n' % number)

    def hang_up(self) -> None:
        """See the contract."""
        with self._lock, contextlib.suppress(OSError):
            self._control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._attendant.wait(GRACE_SEC + KILL_SEC)

    def wait(self) -> Ending:
        """See the contract."""
        while told := os.read(self._status.fileno(), READ_BYTES):
            self._told += told
        self._attendant.wait()
        match self._told.split():
            case [b'ended', code]:
                return Ending(exit_code=int(code))
        return Ending(exit_code=None, reason=NOBODY_TOLD)

    def close(self) -> None:
        """See the contract."""
        self.hang_up()
        with self._lock:
            for descriptor in self._open:
                os.close(descriptor)
            self._open.clear()
        self._status.close()


def open_terminal(
    folder: Folder, spec: InstanceSpec, command: Sequence[str], window: Window
) -> NativeProgram:
    """Run a program in a terminal, as the program of an instance would be run.

    Raises:
        RuntimeFault: it cannot be started.
    """
    master, slave = pty.openpty()
    _set_size(slave, window.columns, window.rows)
    given = {'input': slave, 'output': slave, 'errors': slave}

    def talk(attendant: subprocess.Popen[bytes]) -> NativeProgram:
        return NativeProgram(
            attendant, outputs={master: Stream.OUTPUT}, entry=master, is_terminal=True
        )

    own = {'TERM': window.kind}
    return _launch(folder, spec, command, given, [master], talk, own, {'terminal': 1})


def open_exec(
    folder: Folder, spec: InstanceSpec, command: Sequence[str], *, stdin: bool
) -> NativeProgram:
    """Run a program without a terminal, as the program of an instance would be run.

    Raises:
        RuntimeFault: it cannot be started.
    """
    output, errors = os.pipe(), os.pipe()
    entry = os.pipe() if stdin else None
    reads = entry[0] if entry is not None else os.open(os.devnull, os.O_RDONLY)
    ours = [output[0], errors[0], *([entry[1]] if entry is not None else [])]
    given = {'input': reads, 'output': output[1], 'errors': errors[1]}

    def talk(attendant: subprocess.Popen[bytes]) -> NativeProgram:
        return NativeProgram(
            attendant,
            outputs={output[0]: Stream.OUTPUT, errors[0]: Stream.ERROR},
            entry=entry[1] if entry is not None else None,
            is_terminal=False,
        )

    return _launch(folder, spec, command, given, ours, talk, {}, {})


def _launch(
    folder: Folder,
    spec: InstanceSpec,
    command: Sequence[str],
    given: Mapping[str, int],
    ours: Sequence[int],
    talk: Callable[[subprocess.Popen[bytes]], NativeProgram],
    variables: Mapping[str, str],
    options: Mapping[str, object],
) -> NativeProgram:
    """Start a shim and the program; close what is the program's, and all of it if that failed."""
    theirs = {*given.values()}
    started = False
    try:
        who = process_spawn.account(spec)
        told = process_spawn.options(
            grace_sec=GRACE_SEC, **given, **options, **process_spawn.standing(folder, spec, who)
        )
        program = [sys.executable, '-I', '-S', process_spawn.PROGRAM, 'beside', *told, '--']
        attendant = subprocess.Popen(
            [*program, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd='/',
            bufsize=0,
            pass_fds=theirs,
            start_new_session=True,
        )
        started = True
    except OSError as error:
        raise process_spawn.system_fault(
            'a process could not be started', error.errno or 0
        ) from error
    finally:
        for descriptor in theirs if started else {*theirs, *ours}:
            os.close(descriptor)
    found = talk(attendant)
    environment = process_spawn.environment_beside(os.environ, spec, who)
    try:
        found.begin({**environment, **variables})
    except BaseException:
        found.close()
        raise
    return found


def _set_size(terminal: int, columns: int, rows: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('=HHHH', rows, columns, 0, 0))


def _read(descriptor: int) -> bytes:
    """Read what is there, and wait if nothing is; nothing at the end.

    A terminal gives 4 KiB at a time, and each turn that another thread has takes longer than that.
    """
    whole = b''
    more = select.poll()
    more.register(descriptor, select.POLLIN)
    while len(whole) < READ_BYTES:
        try:
            data = os.read(descriptor, READ_BYTES)
        except OSError:  # what a terminal says that nobody has open any more
            data = b''
        whole += data
        if not data or not more.poll(0):
            break
    return whole
