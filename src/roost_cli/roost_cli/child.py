# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A node as a child process: its output in a file, its end told, never outliving us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import ctypes
from functools import partial
import os
from pathlib import Path
import signal
import subprocess

_PR_SET_PDEATHSIG = 1  # prctl(2)
_TAIL_LINES = 15

_libc = ctypes.CDLL(None, use_errno=True)


class Child:
    """Run one program in a session of its own: Ctrl-C in a terminal reaches only its parent.

    Attributes:
        name: what people call it, for example 'executor of rover1'.
        log: file that its output is appended to.
    """

    def __init__(self, name: str, argv: Sequence[str], log: Path, env: Mapping[str, str]) -> None:
        """Start it."""
        self.name = name
        self.log = log
        with log.open('ab') as output:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                start_new_session=True,
                preexec_fn=partial(_end_with, os.getpid()),
            )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Tell whether it has not ended."""
        return self._process.poll() is None

    def open_end(self) -> int:
        """Give a descriptor that can be read once it has ended; the caller closes it."""
        return os.pidfd_open(self.pid)

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        self._process.terminate()

    def kill(self) -> None:
        """Send SIGKILL, and take notice of the end."""
        self._process.kill()
        self._process.wait()

    def wait(self, timeout_sec: float) -> bool:
        """Wait for its end; tell whether it came."""
        try:
            self._process.wait(max(0.0, timeout_sec))
        except subprocess.TimeoutExpired:
            return False
        return True

    def epitaph(self) -> str:
        """Say how it ended, and its last words."""
        code = self._process.poll()
        if code is None:
            how = 'still runs'
        elif code < 0:
            how = f'was ended by {signal.Signals(-code).name}'
        else:
            how = f'ended with exit code {code}'
        words = self.log.read_text(encoding='utf-8', errors='replace').splitlines()
        last = ''.join(f'\n    {line}' for line in words[-_TAIL_LINES:])
        return f"{self.name} (process {self.pid}) {how}; the end of '{self.log}':{last}"


def _end_with(parent: int) -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before it could be watched
        os.kill(os.getpid(), signal.SIGTERM)
