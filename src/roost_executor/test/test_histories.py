# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The durable memory of instances."""

from __future__ import annotations

from pathlib import Path
import time

import pytest

from roost_core.instance import Identity, Slot
from roost_core.names import DeploymentId
from roost_core.package import DeviceRuntime
from roost_core.restart import History, NEVER_STARTED
from roost_executor import durable
from roost_executor.histories import Histories

LONG = History(
    started=True,
    restart_count=3,
    ends=(1.0, 2.000000123, 3.5),
    streak=2,
    stopped_by_hand=True,
    boot_id='boot',
)


def identity(name: str) -> Identity:
    return Identity(slot=Slot(DeploymentId(name), 'a', 'b'), generation=1, spec_hash='c')


class Complaints(dict[str, str]):
    """Complaints by topic."""


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / 'histories.json'


def reopened(path: Path, complaints: Complaints) -> Histories:
    return Histories(path, complain=complaints.__setitem__, settle=complaints.pop)


def test_what_is_put_comes_back(path, complaints) -> None:
    histories = reopened(path, complaints)
    histories.put(identity('camera'), LONG)
    histories.note_use(DeviceRuntime.DOCKER)
    histories.close()

    again = reopened(path, complaints)

    assert again.get(identity('camera')) == LONG
    assert again.get(identity('other')) == NEVER_STARTED
    assert again.used(DeviceRuntime.DOCKER)
    assert not again.used(DeviceRuntime.PREINSTALLED)
    assert complaints == {}


def test_what_is_forgotten_stays_so(path, complaints) -> None:
    histories = reopened(path, complaints)
    for name in ('arm', 'base', 'camera'):
        histories.put(identity(name), LONG)
    histories.forget(identity('arm'))
    histories.keep_only({identity('camera')})
    histories.close()

    again = reopened(path, complaints)

    assert again.get(identity('camera')) == LONG
    assert again.get(identity('arm')) == again.get(identity('base')) == NEVER_STARTED


def test_changes_are_written_together_and_only_changes(path, complaints, monkeypatch) -> None:
    writes = []
    write = durable.replace
    monkeypatch.setattr(durable, 'replace', lambda *args: (writes.append(args), write(*args)))
    histories = reopened(path, complaints)
    for number in range(200):
        histories.put(identity(f'robot{number}'), LONG)
    assert histories.flush()
    written = len(writes)
    histories.put(identity('robot7'), LONG)
    histories.forget(identity('nobody'))
    histories.close()

    assert 1 <= written < 200
    assert len(writes) == written


@pytest.mark.parametrize('content', [b'', b'{"histories": 7}', b'\x00\xff', b'{"used": ["x"]}'])
def test_a_damaged_file_is_told_and_set_aside(path, complaints, content) -> None:
    path.write_bytes(content)

    histories = reopened(path, complaints)

    assert 'set aside' in complaints['histories']
    assert path.with_name('histories.json.corrupt').read_bytes() == content
    assert histories.get(identity('camera')) == NEVER_STARTED
    assert histories.used(DeviceRuntime.DOCKER)  # it may have been
    histories.put(identity('camera'), LONG)
    histories.close()
    assert reopened(path, complaints).get(identity('camera')) == LONG


def test_a_full_disk_is_told_and_does_not_hold_up_the_end(path, complaints, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(durable, 'replace', full)
    histories = reopened(path, complaints)
    histories.put(identity('camera'), LONG)

    assert not histories.flush(0.2)
    histories.close(0.2)

    assert 'No space left' in complaints['histories']
    assert histories.get(identity('camera')) == LONG


def test_once_there_is_room_all_is_written_and_the_complaint_settled(
    path, complaints, monkeypatch
) -> None:
    write = durable.replace
    tries = []

    def full_at_first(*args) -> None:
        tries.append(args)
        if len(tries) < 3:
            assert complaints.keys() <= {'histories'}
            raise OSError(28, 'No space left on device')
        write(*args)

    monkeypatch.setattr(durable, 'replace', full_at_first)
    monkeypatch.setattr('roost_executor.histories.RETRY_SEC', 0.01)
    histories = reopened(path, complaints)
    histories.put(identity('camera'), LONG)

    assert histories.flush()
    histories.close()
    assert len(tries) == 3
    assert complaints == {}
    assert reopened(path, complaints).get(identity('camera')) == LONG


def test_what_is_kept_is_on_the_disk(path, complaints) -> None:
    histories = reopened(path, complaints)
    assert histories.kept()
    histories.put(identity('camera'), LONG)

    assert histories.kept()

    assert reopened(path, complaints).get(identity('camera')) == LONG
    histories.close()


def test_who_waits_for_a_disk_that_takes_nothing_is_told_at_once(
    path, complaints, monkeypatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, 'No space left on device')

    with monkeypatch.context() as patch:
        patch.setattr(durable, 'replace', full)
        patch.setattr('roost_executor.histories.RETRY_SEC', 0.2)
        histories = reopened(path, complaints)
        histories.put(identity('arm'), LONG)
        began = time.monotonic()
        assert not histories.kept(60.0)
        histories.put(identity('camera'), LONG)
        assert not histories.kept(60.0)
        assert time.monotonic() - began < 10.0

    assert histories.flush()
    assert histories.kept()
    histories.close()
