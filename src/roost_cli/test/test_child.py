# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
from pathlib import Path
import select
import signal
import subprocess
import sys

import pytest

from roost_cli.child import Child
from roost_cli.exits import RoostError
from roost_cli.state_lock import only_fleet_in


def child(tmp_path: Path, script: str) -> Child:
    return Child('executor of rover1', ['sh', '-c', script], tmp_path / 'rover1.log', os.environ)


def test_an_end_is_told_with_the_last_words(tmp_path) -> None:
    ended = child(tmp_path, 'echo cannot open database; exit 4')

    assert ended.wait(10.0)
    assert not ended.running
    assert f'(process {ended.pid}) ended with exit code 4' in ended.epitaph()
    assert 'cannot open database' in ended.epitaph()


def test_a_kill_is_told_by_its_name(tmp_path) -> None:
    killed = child(tmp_path, 'sleep 60')

    os.kill(killed.pid, signal.SIGKILL)

    assert killed.wait(10.0)
    assert 'was ended by SIGKILL' in killed.epitaph()


def test_who_does_not_end_when_asked_is_killed(tmp_path) -> None:
    stubborn = child(tmp_path, "trap '' TERM; echo ready; while :; do sleep 60; done")
    assert not stubborn.wait(0.0)

    stubborn.kill()

    assert not stubborn.running


def test_a_child_does_not_outlive_a_parent_that_was_killed(tmp_path) -> None:
    script = (
        'import os, sys\n'
        'from pathlib import Path\n'
        'from roost_cli.child import Child\n'
        "child = Child('c', ['sleep', '60'], Path(sys.argv[1]), os.environ)\n"
        'print(child.pid, flush=True)\n'
        'child.wait(60.0)\n'
    )
    with subprocess.Popen(
        [sys.executable, '-c', script, str(tmp_path / 'log')], stdout=subprocess.PIPE, text=True
    ) as parent:
        end = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    try:
        assert select.select([end], [], [], 10.0)[0]
    finally:
        os.close(end)


def test_a_state_folder_is_for_one_fleet_at_a_time(tmp_path) -> None:
    with (
        only_fleet_in(tmp_path / 'fleet', 7),
        pytest.raises(RoostError, match=f'process {os.getpid()}, ROS domain 7'),
        only_fleet_in(tmp_path / 'fleet', 8),
    ):
        pass
    with only_fleet_in(tmp_path / 'fleet', 8):
        pass


def test_a_state_folder_that_cannot_be_made_is_told(tmp_path) -> None:
    (tmp_path / 'file').touch()

    with (
        pytest.raises(RoostError, match='cannot be used: Not a directory'),
        only_fleet_in(tmp_path / 'file' / 'fleet', 0),
    ):
        pass
