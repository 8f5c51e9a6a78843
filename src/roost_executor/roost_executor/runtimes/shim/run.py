# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""One run of one command."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys
import time

from . import command, family, files, kernel
from .output import Output

READ_BYTES = 65536
# Room that is taken for exit.json at the start, so that a full disk loses no exit code.
EXIT_BYTES = 512
LOOK_SEC = 0.1

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT)
HANDLED_SIGNALS = (*ENDING_SIGNALS, signal.SIGCHLD)


class Options(command.Options):
    """What the command line says: FOLDER NAME=VALUE ... -- COMMAND ..."""

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments[1:])
        self.folder = arguments[0]
        self.stop_timeout_sec = float(self.values.get('stop_timeout_sec', '10'))
        self.log_bytes = int(self.values.get('log_bytes', '10000000'))
        self.log_files = int(self.values.get('log_files', '3'))


class Shim:
    """One run of one command."""

    def __init__(self, options: Options, environment: dict[str, str]) -> None:
        self.options = options
        self.environment = environment
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
        family.adopt_orphans()
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
        if stage != 'exec' or int(number) not in command.MISSING:
            os.unlink(self.path(files.RUN))
            return f'failed {stage} {number}'
        self._write_exit(command.MISSING[int(number)], missing=True)
        self.pid = 0
        return 'started'

    def follow(self) -> None:
        """Stand by until the command, and all that came of it, has ended."""
        signals = family.open_signals(HANDLED_SIGNALS)
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
        self._write_exit(family.exit_code(self.status or 0), missing=False)

    def _become_command(self, parent: int, pipes: dict[str, tuple[int, int]]) -> None:
        """Turn the forked child into the command; never returns."""

        def ready() -> None:
            os.read(pipes['go'][0], 1)
            if os.getppid() != parent:
                os._exit(1)

        failure = pipes['failure'][1]
        try:
            os.close(pipes['go'][1])
            os.setpgid(0, 0)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(pipes['stdout'][1], 1)
            os.dup2(pipes['stderr'][1], 2)
            command.become(self.options, self.environment, ready=ready)
        except command.Failed as failed:
            os.write(failure, f'{failed.stage} {failed.number}'.encode())
        except OSError as error:
            os.write(failure, f'prepare {error.errno}'.encode())
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

    def _take_signals(self, descriptor: int) -> None:
        number = family.next_signal(descriptor)
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
        dead = dict(family.bury())
        if self.pid in dead:
            self.status, self.ended_at = dead[self.pid], time.time()
        if not family.has_children():
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
        environment = command.environment_of(file.read())
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
