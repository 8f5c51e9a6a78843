# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Someone at a terminal beside the manager, who runs the `roost` command."""

from __future__ import annotations

from collections.abc import Sequence
import json
from pathlib import Path
import shlex
import signal
import subprocess
from typing import Any

from testbed import eventually, Fleet
from testbed.fleet import find_executable
from testbed.process import NodeProcess

ENDED_SEC = 30.0


class Terminal:
    """Run verbs on the machine of the manager."""

    def __init__(self, fleet: Fleet, folder: Path) -> None:
        self._fleet = fleet
        self._folder = folder
        self._program = str(find_executable('roost_cli', 'roost'))
        self._going_on: list[GoingOn] = []

    def run(
        self, *arguments: str, code: int = 0, given: bytes = b'', timeout_sec: float = 120.0
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a verb to its end, which must have this exit code; bytes in, bytes out."""
        done = subprocess.run(
            self.command(*arguments),
            input=given,
            capture_output=True,
            timeout=timeout_sec,
            check=False,
        )
        told = f'{arguments}: {done.returncode}\n{done.stdout[-2000:]!r}\n{done.stderr[-2000:]!r}'
        assert done.returncode == code, told
        return done

    def apply(self, *documents: Any) -> None:
        """Apply manifests and wait until all of it runs."""
        file = self._folder / 'given.yaml'
        file.write_text('\n---\n'.join(map(json.dumps, documents)))  # JSON is YAML
        self.run('apply', '--wait', '--timeout', '60', str(file))

    def go_on(self, *arguments: str) -> GoingOn:
        """Start a verb that goes on."""
        output = self._folder / f'output-{len(self._going_on)}'
        output.touch()
        quoted = shlex.join([self._program, *arguments])
        process = self._fleet.site.process(
            f'roost-{len(self._fleet.site.processes)}',
            self._fleet.manager_machine,
            ['sh', '-c', f'exec {quoted} > {shlex.quote(str(output))}'],
            self._fleet.environment(),
        )
        self._going_on.append(GoingOn(process.start(), output))
        return self._going_on[-1]

    def command(self, *arguments: str) -> list[str]:
        """Give the command line by which this computer runs a verb over there."""
        return self._fleet.manager_machine.command(
            [self._program, *arguments], self._fleet.environment()
        )

    def close(self) -> None:
        """End what goes on."""
        for each in self._going_on:
            each.process.kill9()


class GoingOn:
    """A verb that goes on: what it wrote, and what it told."""

    def __init__(self, process: NodeProcess, output: Path) -> None:
        self.process = process
        self._output = output

    @property
    def lines(self) -> list[str]:
        """Whole lines written until now."""
        return self._output.read_text().split('\n')[:-1]

    @property
    def told(self) -> str:
        """What it said on standard error."""
        return self.process.log

    def until(self, count: int, timeout_sec: float = 30.0) -> list[str]:
        """Wait for so many lines."""

        def there() -> list[str]:
            lines = self.lines
            assert len(lines) >= count, f'{len(lines)} lines: {lines[-3:]}; {self.told[-500:]}'
            return lines

        return eventually(there, timeout_sec, f'{count} lines')

    def more(self, timeout_sec: float = 30.0) -> list[str]:
        """Wait for further lines."""
        return self.until(len(self.lines) + 3, timeout_sec)

    def interrupt(self) -> int:
        """Press Ctrl-C; gives the exit code."""
        self.process.signal(signal.SIGINT)
        code = self.process.wait_exit(ENDED_SEC)
        assert 'Traceback' not in self.told, self.told
        return code

    def end(self, timeout_sec: float = ENDED_SEC) -> int:
        """Wait until it ends by itself; gives the exit code."""
        return self.process.wait_exit(timeout_sec)


def counted(lines: Sequence[str]) -> dict[str, int]:
    """Check that what each start of a counting program wrote is there once and in order.

    Returns:
        start -> how far it counted.
    """
    reached: dict[str, int] = {}
    for line in lines:
        start, number = line.split()[-2:]
        assert int(number) == reached.get(start, 0) + 1, f'after {reached}: {line}'
        reached[start] = int(number)
    return reached
