# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""`roost` as a user runs it: processes, with their output and exit code."""

from __future__ import annotations

from collections.abc import Sequence
import contextlib
import os
from pathlib import Path
import signal
import subprocess
import sys

import psutil

from testbed.wait import eventually

READY_SEC = 60.0
END_SEC = 30.0

ROOST = (sys.executable, '-m', 'roost_cli.main')


class Roost:
    """Run verbs on one ROS domain."""

    def __init__(self, domain_id: int) -> None:
        self.domain_id = domain_id
        self.environment = {
            **os.environ,
            'ROS_DOMAIN_ID': str(domain_id),
            'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
        }

    def __call__(
        self, *arguments: str, code: int = 0, given: str = '', timeout_sec: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        """Run a verb to its end, which must have this exit code."""
        done = subprocess.run(
            [*ROOST, *arguments],
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=timeout_sec,
            check=False,
        )
        told = f'{arguments}: {done.returncode}\n{done.stdout}{done.stderr}'
        assert done.returncode == code, told
        return done


class Running:
    """A verb that goes on, its talk in a file."""

    def __init__(self, roost: Roost, talk: Path, *arguments: str) -> None:
        self.talk = talk
        with talk.open('wb') as output:
            self._process = subprocess.Popen(
                [*ROOST, *arguments],
                env=roost.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """All that it has said."""
        return self.talk.read_text(encoding='utf-8')

    def await_words(self, words: str, timeout_sec: float = READY_SEC) -> None:
        """Wait until it has said this."""

        def heard() -> bool:
            ended = self._process.poll() is not None
            if words in self.said:
                return True
            if ended:
                raise RuntimeError(f'ended without {words!r}:\n{self.said}')
            return False

        eventually(heard, timeout_sec, f'{words!r} of {self._process.args}')

    def family(self) -> list[psutil.Process]:
        """List its processes: itself and all below."""
        itself = psutil.Process(self._process.pid)
        return [itself, *itself.children(recursive=True)]

    def child(self, program: str) -> psutil.Process:
        """Find the child that runs a program."""
        for each in self.family()[1:]:
            with contextlib.suppress(psutil.NoSuchProcess):  # a picture was painted meanwhile
                if program in ' '.join(each.cmdline()):
                    return each
        raise AssertionError(f'{program} does not run')

    def interrupt(self) -> int:
        """Press Ctrl-C and wait for the end; gives the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(END_SEC)

    def close(self) -> None:
        """End it if it still runs."""
        if self._process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.interrupt()
            self._process.kill()
            self._process.wait()


def alive(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Name those that still run."""
    return [each for each in processes if _runs(each)]


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it ended between the two
        return False
