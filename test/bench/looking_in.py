# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""How fast somebody with the command looks in: keys, commands, and what was written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import subprocess
import tempfile
import time

import pexpect

from bench.figure import Figure, median, percentile
from bench.stage import IMAGE, stage
from system.at_the_terminal import Terminal
from system.manifests import container, deployment
from testbed.wait import eventually

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
        yield _echo(roost)
        yield _exec(roost)
        yield _logs(roost)


def _echo(roost: Terminal) -> Figure:
    program, *rest = roost.command('shell', 'box', '--', 'sh')
    person = pexpect.spawn(program, rest, timeout=30, echo=False)
    person.delaybeforesend = None
    person.expect_exact('# ')
    person.sendline('cat')
    person.expect_exact('cat')
    took = []
    for number in range(KEYS):
        key = 'abcdefgh'[number % 8]
        began = time.perf_counter()
        person.send(key)
        person.expect_exact(key)
        took.append((time.perf_counter() - began) * 1000.0)
    person.close(force=True)
    return Figure(
        name='shell_echo',
        value=percentile(took, 99),
        unit='ms',
        note=f'p99 of {KEYS} keys, p50 {median(took):.1f} ms',
    )


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
