# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The live picture, as a terminal shows it."""

from __future__ import annotations

import io

from rich.console import Console
from shown import component, deployment, executable, network

from roost_cli.progress import picture
from roost_core.phase import Phase
from roost_core.status import Status


def drawn(*shown) -> list[str]:
    """Draw it 120 columns wide, without colours."""
    console = Console(file=io.StringIO(), width=120, color_system=None)
    console.print(picture(shown))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_pull_is_a_bar_below_its_deployment() -> None:
    pulling = executable(status=Status.PENDING, progress=50.0)
    lines = drawn(
        deployment(
            phase=Phase.PROVISIONING,
            status=Status.PENDING,
            reason='pulling camera:1.0, 50 %',
            components=(component(executables=(pulling, executable(name='other'))),),
        ),
        network(),
    )

    assert lines[0].split()[0] == 'turtle'
    assert 'Provisioning' in lines[0] and 'pulling camera:1.0' in lines[0]
    assert lines[1].split()[0] == 'driver/main'
    assert '━' * 10 in lines[1] and lines[1].endswith('50 %')
    assert lines[2].startswith('Network/lab')
    assert len(lines) == 3


def test_phases_are_passed_one_by_one() -> None:
    def steps(phase: Phase, status: Status) -> str:
        (line,) = drawn(deployment(phase=phase, status=status))
        return ''.join(sign for sign in line if sign in '●◉○✗')

    assert steps(Phase.IN_PROGRESS, Status.PENDING) == '◉○○'
    assert steps(Phase.PROVISIONING, Status.PENDING) == '●◉○'
    assert steps(Phase.SUCCEEDED, Status.PENDING) == '●●◉'
    assert steps(Phase.SUCCEEDED, Status.RUNNING) == '●●●'
    assert steps(Phase.FAILED_TO_UPDATE, Status.RUNNING) == '✗'


def test_what_a_terminal_would_obey_is_not_drawn() -> None:
    assert '\x1b' not in drawn(deployment(reason='a\x1b[2Jb'))[0]
