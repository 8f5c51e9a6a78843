# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A program on a machine: started, signalled, killed, restarted, its output kept in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import contextlib
import os
from pathlib import Path
import shlex
import signal
import subprocess

from testbed.machine import child_of, Machine
from testbed.wait import eventually

TAIL_LINES = 60


class NodeProcess:
    """
    Run one command line on one machine, as often as wanted, one instance at a time.

    Signals reach the program itself, not the tool that carries it into the namespaces.
    Output of all instances is appended to `log_path`, with a line at each start.
    """

    def __init__(
        self,
        argv: Sequence[str],
        machine: Machine,
        log_path: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.argv = list(argv)
        self.machine = machine
        self.log_path = log_path
        self.env = dict(env or {})
        self._cwd = cwd
        self._carrier: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None
        self._log_start = 0

    @property
    def running(self) -> bool:
        """Tell whether an instance runs."""
        return self._carrier is not None and self._carrier.poll() is None

    @property
    def pid(self) -> int:
        """Return the pid of the running program, as the caller's processes are numbered."""
        if self._pid is None or not self.running:
            raise AssertionError(f'{self} does not run\n{self.tail()}')
        return self._pid

    @property
    def log(self) -> str:
        """Return all output so far."""
        return self.log_path.read_text(errors='replace') if self.log_path.exists() else ''

    def start(self) -> NodeProcess:
        """Start an instance; the former must have ended."""
        if self.running:
            raise AssertionError(f'{self} runs already')
        with self.log_path.open('ab') as output:
            output.write(f'--- {shlex.join(self.argv)}\n'.encode())
            output.flush()
            self._log_start = len(self.log)
            carrier = subprocess.Popen(
                self.machine.command(self.argv, self.env, self._cwd),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._carrier = carrier
        eventually(
            lambda: child_of(carrier.pid) or carrier.poll() is not None,
            10,
            f'{self} was started',
            period_sec=0.002,
        )
        self._pid = child_of(carrier.pid)
        return self

    def sigint(self) -> None:
        """Ask it to end as Ctrl-C does."""
        self.signal(signal.SIGINT)

    def sigterm(self) -> None:
        """Ask it to end as a service manager does."""
        self.signal(signal.SIGTERM)

    def kill9(self) -> None:
        """Kill it, and wait until it is gone; its children live on. Nothing if it has ended."""
        with contextlib.suppress(AssertionError):
            self.signal(signal.SIGKILL)
        if self._carrier:
            self._carrier.wait(10)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the running program; fails if it has ended."""
        pid = self.pid
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if self._carrier and number in (signal.SIGCONT, signal.SIGKILL):
            # The carrier stops with what it carries, and would never bury it.
            self._carrier.send_signal(signal.SIGCONT)

    def wait_exit(self, timeout_sec: float = 10.0) -> int:
        """Wait for its end and return the exit code, -N if signal N ended it."""
        if self._carrier is None:
            raise AssertionError(f'{self} was never started')
        try:
            return self._carrier.wait(timeout_sec)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f'{self} still runs after {timeout_sec:g} s\n{self.tail()}'
            ) from None

    def stop(self, timeout_sec: float = 10.0) -> int | None:
        """End it by SIGTERM, by SIGKILL past the deadline; return its exit code, if it ran."""
        if not self.running:
            return self._carrier.poll() if self._carrier else None
        with contextlib.suppress(AssertionError):
            self.sigterm()
        try:
            return self.wait_exit(timeout_sec)
        except AssertionError:
            self.kill9()
            raise

    def restart(self) -> None:
        """End it gracefully and start it again."""
        self.stop()
        self.start()

    def wait_log(self, text: str, timeout_sec: float = 30.0) -> None:
        """Wait until this instance has written `text`; fail sooner if it ends without."""

        def seen() -> bool:
            ended = not self.running
            if text in self.log[self._log_start :]:
                return True
            if ended:
                raise RuntimeError(f'{self} ended without {text!r}\n{self.tail()}')
            return False

        eventually(seen, timeout_sec, f'{text!r} in the output of {self}')

    def tail(self, lines: int = TAIL_LINES) -> str:
        """Return the last lines of its output under a heading."""
        last = '\n'.join(self.log.splitlines()[-lines:])
        return f'==== last output of {self} ====\n{last}'

    def __str__(self) -> str:
        """Name program and machine."""
        return f'{Path(self.argv[0]).name} on {self.machine.name}'
