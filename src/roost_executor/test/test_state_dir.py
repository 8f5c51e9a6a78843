# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The executor's folder."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from roost_executor import durable
from roost_executor.state_dir import read_boot_id, StateDir, StateDirTaken


def test_a_second_executor_is_refused_and_told_who_holds_it(tmp_path) -> None:
    first = StateDir(tmp_path / 'rover1')

    with pytest.raises(StateDirTaken, match=rf'\(pid {os.getpid()}\)'):
        StateDir(tmp_path / 'rover1')

    first.release()
    StateDir(tmp_path / 'rover1').release()


def test_each_start_counts(tmp_path) -> None:
    counts = []
    for _ in range(3):
        folder = StateDir(tmp_path)
        counts.append(folder.begin_incarnation())
        folder.release()

    assert counts == [1, 2, 3]


@pytest.mark.parametrize('content', ['', 'seven', '7.5'])
def test_a_damaged_count_goes_on_far_above(tmp_path, content) -> None:
    folder = StateDir(tmp_path)
    (tmp_path / 'incarnation').write_text(content)

    first = folder.begin_incarnation()

    assert first > 1 << 40
    assert folder.begin_incarnation() == first + 1
    folder.release()


def test_a_file_is_replaced_whole(tmp_path) -> None:
    path = tmp_path / 'file'
    durable.replace(path, b'one')
    durable.replace(path, b'two')

    assert path.read_bytes() == b'two'
    assert [each.name for each in tmp_path.iterdir()] == ['file']


def test_a_failed_replacement_leaves_the_former(tmp_path, monkeypatch) -> None:
    path = tmp_path / 'file'
    durable.replace(path, b'one')

    def full(_: int) -> None:
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(OSError, match='No space'):
        durable.replace(path, b'two')

    assert path.read_bytes() == b'one'


def test_a_boot_has_a_name() -> None:
    assert len(read_boot_id()) == 36


def test_a_full_disk_is_no_reason_not_to_start(tmp_path, monkeypatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, 'No space left on device')

    (tmp_path / 'incarnation').write_text('9\n')
    state = StateDir(tmp_path)
    monkeypatch.setattr(durable, 'replace', full)
    assert [state.begin_incarnation() for _ in range(2)] == [10, 11]
    assert (tmp_path / 'incarnation').read_text() == '11\n'
    (tmp_path / 'incarnation').unlink()
    with pytest.raises(OSError, match='No space'):
        state.begin_incarnation()
