# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""One program that somebody talks with, and its end.

It is run as `python3 -I -S shim/__main__.py beside NAME=VALUE ... -- COMMAND ...`, a child of the
executor that lives as long as the program. `input`, `output` and `errors` are the descriptors that
the program gets; with `terminal=1` they are a terminal, which it then controls.

Standard input begins with the length of the program's environment on a line, and that, NUL between
the variables; then come lines 'signal N'. Its end hangs up: SIGHUP for the program and all that
descends from it, in whatever session or group, and SIGKILL for what is left after `grace_sec`. So
nothing outlives an executor, however that ended. What is left when the program ends by itself is
hung up too.

Standard output tells 'started' or 'failed STAGE ERRNO', and then 'ended CODE'. It is closed when
nothing is left.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys
import termios
import time

from . import command, family, kernel

CONTROL, STATUS = 0, 1
READ_BYTES = 65536
LOOK_SEC = 0.1

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
HANDLED_SIGNALS = (*ENDING_SIGNALS, signal.SIGCHLD)


class Attendant:
    """Stands by one program."""

    def __init__(self, options: command.Options) -> None:
        self.options = options
        self.grace_sec = float(options.values['grace_sec'])
        self.told = b''
        self.pid = 0
        self.deadline: float | None = None
        self.asked: set[tuple[int, int]] = set()

    def start(self) -> bool:
        """Start the program; tell whether there is one."""
        environment = self._read_environment()
        family.adopt_orphans()
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED_SIGNALS)
        given = [int(self.options.values[name]) for name in ('input', 'output', 'errors')]
        reading, writing = os.pipe()
        parent = os.getpid()
        self.pid = os.fork()
        if not self.pid:
            self._become_program(parent, given, environment, writing)
        for descriptor in {*given, writing}:
            os.close(descriptor)
        with open(reading) as file:
            failure = file.read()
        if not failure:
            _tell('started')
            return True
        os.waitpid(self.pid, 0)
        _tell(f'failed {failure}')
        return False

    def follow(self) -> None:
        """Stand by until the program, and all that came of it, has ended."""
        signals = family.open_signals(HANDLED_SIGNALS)
        poll = select.poll()
        poll.register(signals, select.POLLIN)
        poll.register(CONTROL, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll(self._patience_ms()):
                if descriptor == signals:
                    if family.next_signal(signals) in ENDING_SIGNALS:
                        self._hang_up()
                elif not self._obey():
                    poll.unregister(CONTROL)
                    self._hang_up()
            self._bury()
            if not family.has_children():
                return
            if self.deadline is not None and time.monotonic() >= self.deadline:
                for process in kernel.descendants(os.getpid()).items():
                    kernel.send(*process, signal.SIGKILL)

    def _read_environment(self) -> dict[str, str]:
        while b'\n' not in self.told:
            self._hear()
        size, _, self.told = self.told.partition(b'\n')
        while len(self.told) < int(size):
            self._hear()
        text, self.told = self.told[: int(size)], self.told[int(size) :]
        return command.environment_of(text)

    def _hear(self) -> None:
        data = os.read(CONTROL, READ_BYTES)
        if not data:
            os._exit(1)  # the executor is gone, and nothing was started
        self.told += data

    def _become_program(
        self, parent: int, given: list[int], environment: dict[str, str], failure: int
    ) -> None:
        """Turn the forked child into the program; never returns."""
        options = self.options
        code = 1

        def ready() -> None:
            if os.getppid() != parent:
                os._exit(1)

        try:
            os.setsid()
            if options.values.get('terminal'):
                if options.uid is not None:
                    os.fchown(given[0], options.uid, -1)
                fcntl.ioctl(given[0], termios.TIOCSCTTY, 0)
            for number, descriptor in enumerate(given):
                os.dup2(descriptor, number)
            for descriptor in {*given} - {0, 1, 2}:
                os.close(descriptor)
            command.become(options, environment, ready=ready)
        except command.Failed as failed:
            if failed.stage == 'exec' and failed.number in command.MISSING:
                code = command.MISSING[failed.number]
                complaint = f'{options.command[0]}: {os.strerror(failed.number)}\n'
                os.write(2, os.fsencode(complaint))
            else:
                os.write(failure, f'{failed.stage} {failed.number}'.encode())
        except OSError as error:
            os.write(failure, f'prepare {error.errno}'.encode())
        finally:
            os._exit(code)

    def _obey(self) -> bool:
        """Carry out what the executor says; tell whether it may say more."""
        data = os.read(CONTROL, READ_BYTES)
        *lines, self.told = (self.told + data).split(b'\n')
        for line in lines:
            if self.pid:
                os.killpg(self.pid, int(line.removeprefix(b'signal ')))
        return bool(data)

    def _bury(self) -> None:
        dead = dict(family.bury())
        if self.pid in dead:
            _tell(f'ended {family.exit_code(dead[self.pid])}')
            self.pid = 0
            self._hang_up()
        elif dead and self.deadline is not None:
            self._ask_to_end()

    def _hang_up(self) -> None:
        if self.deadline is None:
            self.deadline = time.monotonic() + self.grace_sec
        self._ask_to_end()

    def _ask_to_end(self) -> None:
        """Send SIGHUP, once, to everyone; what is stopped has to go on to end."""
        for process in kernel.descendants(os.getpid()).items():
            if process not in self.asked:
                self.asked.add(process)
                kernel.send(*process, signal.SIGHUP)
                kernel.send(*process, signal.SIGCONT)

    def _patience_ms(self) -> int | None:
        if self.deadline is None:
            return None
        left = self.deadline - time.monotonic()
        return int(1000 * (left if left > LOOK_SEC else LOOK_SEC))


def _tell(text: str) -> None:
    """Tell the executor, if it is still there."""
    try:  # noqa: SIM105 - contextlib would be one more module in every shim
        os.write(STATUS, f'{text}\n'.encode())
    except BrokenPipeError:
        pass


def main() -> None:
    """Run as the module says."""
    attendant = Attendant(command.Options(sys.argv[2:]))
    if attendant.start():
        attendant.follow()
