# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""How fast somebody with the command looks in: keys, commands, and what was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
import shutil
import subprocess
import tempfile
import time

import pexpect

from bench.figure import Figure, median, percentile
from bench.stage import IMAGE, stage
from system.at_the_terminal import Terminal
from system.manifests import container, deployment
from testbed.engine import Engine
from testbed.wait import eventually

PEER = 'docker exec -it'

KEYS = 300
LINES = 1_000_000
OUTPUT_BYTES = 50_000_000
PROGRAM = f'seq 1 {LINES}; exec sleep 100000'


def measure() -> Iterator[Figure]:
    """Measure shell_echo, exec_50mb and logs_million."""
    with stage([1]) as fleet, tempfile.TemporaryDirectory() as folder:
        roost = Terminal(fleet, Path(folder))
        made = container('box', IMAGE, 'sh', '-c', PROGRAM, imagePullPolicy='Never')
        roost.apply(made, deployment('box'))
        last = b'%d\n' % LINES
        eventually(
            lambda: roost.run('logs', 'box', '--tail', '1').stdout == last, 300, 'all is kept'
        )
        yield _echo(roost, fleet.devices['rover1'].engine)
        yield _exec(roost)
        yield _logs(roost)


def _echo(roost: Terminal, engine: Engine) -> Figure:
    """Type into both in turn, so that what else the machine does holds up both alike."""
    (container,) = engine.client.containers.list()
    typists = {'roost': _Typist(roost.command('shell', 'box', '--', 'sh'))}
    if docker := shutil.which('docker'):
        inside = [docker, '--host', engine.url, 'exec', '-it', str(container.id), 'sh']
        typists[PEER] = _Typist(inside)
    took: dict[str, list[float]] = {name: [] for name in typists}
    for number in range(KEYS):
        for name, typist in typists.items():
            took[name].append(typist.type('abcdefgh'[number % 8]))
    for typist in typists.values():
        typist.leave()
    value = percentile(took['roost'], 99)
    note = f'p99 of {KEYS} keys, p50 {median(took["roost"]):.1f} ms'
    if PEER not in took:
        return Figure(name='shell_echo', value=value, unit='ms', note=note)
    peer_value = percentile(took[PEER], 99)
    return Figure(
        name='shell_echo',
        value=value,
        unit='ms',
        peer=PEER,
        peer_value=peer_value,
        ratio=value / peer_value,
        note=f'{note}, of the peer {median(took[PEER]):.1f} ms',
    )


class _Typist:
    """Types into a `cat` that runs in a shell at the other end of a command."""

    def __init__(self, command: Sequence[str]) -> None:
        program, *rest = command
        self._person = pexpect.spawn(program, rest, timeout=30, echo=False)
        self._person.delaybeforesend = None
        self._person.expect_exact('# ')
        self._person.sendline('cat')
        self._person.expect_exact('cat')

    def type(self, key: str) -> float:
        """Press a key; return the milliseconds to its echo."""
        began = time.perf_counter()
        self._person.send(key)
        self._person.expect_exact(key)
        return (time.perf_counter() - began) * 1000.0

    def leave(self) -> None:
        """Hang up."""
        self._person.close(force=True)


def _exec(roost: Terminal) -> Figure:
    began = time.perf_counter()
    done = roost.run('exec', 'box', '--', 'head', '-c', str(OUTPUT_BYTES), '/dev/zero')
    took = time.perf_counter() - began
    assert len(done.stdout) == OUTPUT_BYTES
    return Figure(
        name='exec_50mb', value=took, unit='s', note=f'start {_start(roost):.1f} s of it'
    )


def _logs(roost: Terminal) -> Figure:
    began = time.perf_counter()
    with subprocess.Popen(roost.command('logs', 'box'), stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        lines = 0
        while block := running.stdout.read(1 << 16):
            lines += block.count(b'\n')
    took = time.perf_counter() - began
    assert lines == LINES, lines
    return Figure(name='logs_million', value=took, unit='s', note=f'{lines} lines in order')


def _start(roost: Terminal) -> float:
    began = time.perf_counter()
    roost.run('exec', 'box', '--', 'true')
    return time.perf_counter() - began
