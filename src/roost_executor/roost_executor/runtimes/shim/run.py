# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""One run of one command."""

from __future__ import annotations

from collections.abc import Iterator
import ctypes
import errno
import fcntl
import os
import select
import signal
import struct
import sys
import time

from . import files, kernel
from .output import Output

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

NOT_FOUND, NOT_EXECUTABLE = 127, 126

READ_BYTES = 65536
# Room that is taken for exit.json at the start, so that a full disk loses no exit code.
EXIT_BYTES = 512
LOOK_SEC = 0.1

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT)
HANDLED_SIGNALS = (*ENDING_SIGNALS, signal.SIGCHLD)


class Options:
    """What the command line says."""

    def __init__(self, arguments: list[str]) -> None:
        split = arguments.index('--')
        self.folder = arguments[0]
        self.command = arguments[split + 1 :]
        values = dict(argument.split('=', 1) for argument in arguments[1:split])
        self.stop_timeout_sec = float(values.get('stop_timeout_sec', '10'))
        self.log_bytes = int(values.get('log_bytes', '10000000'))
        self.log_files = int(values.get('log_files', '3'))
        self.cwd = values.get('cwd', '/')
        self.uid = int(values['uid']) if 'uid' in values else None
        self.gid = int(values['gid']) if 'gid' in values else None
        self.groups = [int(each) for each in values.get('groups', '').split(',') if each]
        self.limits = [
            (int(name.removeprefix('limit.')), *map(int, value.split(':')))
            for name, value in values.items()
            if name.startswith('limit.')
        ]


class Shim:
    """One run of one command."""

    def __init__(self, options: Options, environment: dict[str, str]) -> None:
        self.options = options
        self.environment = environment
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.output = Output(self.path(files.OUTPUT), options.log_bytes, options.log_files)
        self.started_at = time.time()
        self.run = ''
        self.pid = 0
        self.status: int | None = None
        self.ended_at = 0.0
        self.ordered = False
        self.by_hand = False
        self.deadline: float | None = None
        self.asked: set[tuple[int, int]] = set()
        self.streams: dict[int, bytes] = {}

    def path(self, name: str) -> str:
        """Give the path of a file of the folder."""
        return os.path.join(self.options.folder, name)

    def start(self) -> str:
        """Start the command; return the line that tells how that went."""
        self._prctl(PR_SET_CHILD_SUBREAPER, 1)
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED_SIGNALS)
        with open(self.path(f'{files.EXIT}.new'), 'w') as file:
            file.write(' ' * EXIT_BYTES)
        pipes = {name: os.pipe() for name in ('stdout', 'stderr', 'go', 'failure')}
        parent = os.getpid()
        self.pid = os.fork()
        if not self.pid:
            self._become_command(parent, pipes)
        for name in ('stdout', 'stderr', 'failure'):
            os.close(pipes[name][1])
        os.close(pipes['go'][0])
        for name in ('stdout', 'stderr'):
            os.set_blocking(pipes[name][0], False)
            self.streams[pipes[name][0]] = name.encode()
        self._write_run()
        os.close(pipes['go'][1])
        with open(pipes['failure'][0]) as file:
            failure = file.read().split()
        if not failure:
            return 'started'
        os.waitpid(self.pid, 0)
        stage, number = failure
        if stage != 'exec' or int(number) not in _MISSING:
            os.unlink(self.path(files.RUN))
            return f'failed {stage} {number}'
        self._write_exit(_MISSING[int(number)], missing=True)
        self.pid = 0
        return 'started'

    def follow(self) -> None:
        """Stand by until the command, and all that came of it, has ended."""
        signals = self._open_signals()
        poll = select.poll()
        for descriptor in (signals, *self.streams):
            poll.register(descriptor, select.POLLIN)
        while not self._all_ended():
            for descriptor, _ in poll.poll(self._patience_ms()):
                if descriptor == signals:
                    self._take_signals(signals)
                elif not self._read(descriptor):
                    poll.unregister(descriptor)
                    del self.streams[descriptor]
            if self.deadline is not None and time.monotonic() >= self.deadline:
                self._kill()
        for descriptor in self.streams:
            while self._read(descriptor):
                pass
        self.output.finish()
        status = self.status or 0
        code = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        self._write_exit(code, missing=False)

    def _prctl(self, option: int, value: int) -> None:
        rest = (ctypes.c_ulong(each) for each in (value, 0, 0, 0))
        if self.libc.prctl(option, *rest):
            raise OSError(ctypes.get_errno(), 'prctl')

    def _become_command(self, parent: int, pipes: dict[str, tuple[int, int]]) -> None:
        """Turn the forked child into the command; never returns."""
        options = self.options
        stage = 'prepare'
        try:
            os.close(pipes['go'][1])
            os.setpgid(0, 0)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(pipes['stdout'][1], 1)
            os.dup2(pipes['stderr'][1], 2)
            stage = 'limit'
            if options.limits:
                import resource

                for kind, soft, hard in options.limits:
                    try:
                        resource.setrlimit(kind, (soft, hard))
                    except ValueError:  # what it raises where others raise EPERM
                        raise PermissionError(errno.EPERM, 'limit') from None
            stage = 'user'
            if options.gid is not None:
                os.setgroups(options.groups)
                os.setgid(options.gid)
            elif options.groups:
                os.setgroups([*os.getgroups(), *options.groups])
            if options.uid is not None:
                os.setuid(options.uid)
            stage = 'cwd'
            os.chdir(options.cwd)
            stage = 'exec'
            # After the change of user, which clears it.
            self._prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            os.read(pipes['go'][0], 1)
            if os.getppid() != parent:
                os._exit(1)
            for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_DFL)  # nohup and shells have some ignored
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            os.execvpe(options.command[0], options.command, self.environment)
        except OSError as error:
            os.write(pipes['failure'][1], f'{stage} {error.errno}'.encode())
        finally:
            os._exit(1)

    def _write_run(self) -> None:
        started, own = kernel.start_time(self.pid), kernel.start_time(os.getpid())
        self.run = f'{self.pid}@{started}'
        files.replace_file(
            self.path(files.RUN),
            f'{{"run": "{self.run}", "boot_id": "{kernel.boot_id()}", "pid": {self.pid}, '
            f'"start": {started}, "shim_pid": {os.getpid()}, "shim_start": {own}, '
            f'"started_at": {self.started_at:.6f}}}',
            durable=False,
        )

    def _write_exit(self, code: int, *, missing: bool) -> None:
        by_hand = self.by_hand or (
            not self.ordered and code in [128 + number for number in ENDING_SIGNALS]
        )
        text = (
            f'{{"run": "{self.run}", "exit_code": {code}, "ended_at": '
            f'{self.ended_at or time.time():.6f}, "by_hand": {_json(by_hand)}, '
            f'"command_missing": {_json(missing)}}}'
        )
        reserved = self.path(f'{files.EXIT}.new')
        with open(reserved, 'r+') as file:
            file.write(text.ljust(EXIT_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.replace(reserved, self.path(files.EXIT))
        files.sync_folder(self.options.folder)

    def _open_signals(self) -> int:
        mask = sum(1 << (number - 1) for number in HANDLED_SIGNALS)
        words = struct.pack('=16Q', mask, *([0] * 15))
        return int(self.libc.signalfd(-1, words, os.O_CLOEXEC))

    def _take_signals(self, descriptor: int) -> None:
        number = struct.unpack_from('=I', os.read(descriptor, 128))[0]
        if number in ENDING_SIGNALS:
            self._end(self._order())

    def _order(self) -> float:
        """Give the seconds to SIGKILL, from the executor's order; without one it was a person."""
        try:
            with open(self.path(files.STOP)) as file:
                patience = float(file.read())
        except (FileNotFoundError, ValueError):
            self.by_hand = not self.ordered
            return self.options.stop_timeout_sec
        self.ordered = True
        return patience

    def _end(self, patience_sec: float) -> None:
        deadline = time.monotonic() + patience_sec
        self.deadline = deadline if self.deadline is None else min(deadline, self.deadline)
        self._ask_to_end()

    def _ask_to_end(self) -> None:
        """Send SIGTERM, once, to everyone; one may have been born while others were asked."""
        for process in kernel.descendants(os.getpid()).items():
            if process not in self.asked:
                self.asked.add(process)
                kernel.send(*process, signal.SIGTERM)

    def _kill(self) -> None:
        for process in kernel.descendants(os.getpid()).items():
            kernel.send(*process, signal.SIGKILL)

    def _all_ended(self) -> bool:
        """Bury the dead; tell whether nobody is left. What outlives the command is ended too."""
        dead = dict(_dead())
        if self.pid in dead:
            self.status, self.ended_at = dead[self.pid], time.time()
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return True
        if self.status is not None and self.deadline is None:
            self._end(self.options.stop_timeout_sec)
        elif dead and self.deadline is not None:
            self._ask_to_end()
        return False

    def _patience_ms(self) -> int | None:
        if self.deadline is None:
            return None
        left = self.deadline - time.monotonic()
        return int(1000 * (left if left > LOOK_SEC else LOOK_SEC))

    def _read(self, descriptor: int) -> bool:
        """Take what there is to read; tell whether there may be more."""
        try:
            data = os.read(descriptor, READ_BYTES)
        except BlockingIOError:
            return False
        self.output.take(self.streams[descriptor], data)
        return bool(data)


_MISSING = {
    errno.ENOENT: NOT_FOUND,
    errno.ENOTDIR: NOT_FOUND,
    errno.EACCES: NOT_EXECUTABLE,
    errno.ENOEXEC: NOT_EXECUTABLE,
    errno.EISDIR: NOT_EXECUTABLE,
}


def _dead() -> Iterator[tuple[int, int]]:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        yield pid, status


def _json(value: bool) -> str:
    return 'true' if value else 'false'


def _answer(text: str) -> None:
    """Tell the executor; one that was killed meanwhile finds the instance in its folder."""
    try:  # noqa: SIM105 - contextlib would be one more module in every shim
        os.write(1, text.encode())
    except BrokenPipeError:
        pass


def main() -> None:
    """Run as the module says."""
    options = Options(sys.argv[1:])
    with open(0, 'rb', closefd=False) as file:
        variables = os.fsdecode(file.read()).split('\0')
    environment = dict(variable.split('=', 1) for variable in variables if variable)
    if os.fork():
        os._exit(0)
    os.setsid()
    lock = os.open(
        os.path.join(options.folder, files.LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
    )
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _answer('running')
        return
    shim = Shim(options, environment)
    try:
        answer = shim.start()
    except OSError as error:
        answer = f'failed record {error.errno}'
    _answer(answer)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    if answer == 'started' and shim.pid:
        shim.follow()
    os._exit(0)
