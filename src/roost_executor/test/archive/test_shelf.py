# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is kept of one executable: numbers that rise for ever, over kills and power cuts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from roost_core.instance import Slot
from roost_core.names import DeploymentId
from roost_executor.archive import shelf as shelves
from roost_executor.archive.record import SLOT_BYTES
from roost_executor.archive.segment import ENTRY_BYTES
from roost_executor.archive.shelf import Cut, RECORD, Shelf
from roost_executor.runtimes.contract import Output

SLOT = Slot(DeploymentId('d1'), 'driver', 'main')
MOMENT = b'2026-11-20T19:15:38.123456789Z'


def output(*texts: bytes, position: str = 'p') -> Output:
    return Output(b''.join(b'%b stdout F %b\n' % (MOMENT, text) for text in texts), position)


def opened(path: Path, *, boot_id: str = 'boot-1', uptime: float = 0.0, **cut) -> Shelf:
    """Open a shelf as an executor does that was started anew, whatever became of the last one."""
    cut = Cut(**{'segment_bytes': 1 << 20, **cut})
    return Shelf(path, SLOT, boot_id=boot_id, uptime_sec=lambda: uptime, cut=cut)


def put(shelf: Shelf, *texts: bytes, generation: int = 1, position: str = 'p') -> None:
    shelf.append(output(*texts, position=position), generation=generation, token='t')


def kept(shelf: Shelf, number: int = 1, most: int = 1 << 20) -> list[tuple[int, bytes]]:
    """Read all from a number on."""
    found, piece = [], shelf.read(number, most)
    while piece is not None:
        for entry in piece.data.split(b'\n')[:-1]:
            first, _, _, _, text = entry.split(b' ', 4)
            found.append((int(first), text))
        piece = shelf.read(piece.next, most)
    return found


def test_entries_are_numbered_from_one(tmp_path: Path) -> None:
    shelf = opened(tmp_path)
    put(shelf, b'a', b'', b'c \r\0\xff')
    assert kept(shelf) == [(1, b'a'), (2, b''), (3, b'c \r\0\xff')]
    assert (shelf.first, shelf.next) == (1, 4)
    assert shelf.read(4, 100) is None


@pytest.mark.parametrize('most', [1, 100, 5000, 1 << 20])
@pytest.mark.parametrize('number', [1, 2, 777, 4999, 5000])
def test_reading_begins_anywhere(tmp_path: Path, number: int, most: int) -> None:
    shelf = opened(tmp_path, segment_bytes=200_000)
    for first in range(0, 5000, 100):
        put(shelf, *(b'%d' % each * 20 for each in range(first, first + 100)))
    if most == 1:
        piece = shelf.read(number, 1)
        assert piece is not None
        assert piece.data.startswith(b'%d ' % number)
        assert piece.data.count(b'\n') == 1
    else:
        expected = [(each + 1, b'%d' % each * 20) for each in range(number - 1, 5000)]
        assert kept(shelf, number, most) == expected


def test_long_entries_are_found_by_number(tmp_path: Path) -> None:
    shelf = opened(tmp_path, segment_bytes=32 << 20)
    put(shelf, *(b'%d' % each + b'z' * 16384 for each in range(1000)))
    for number in (1, 500, 999, 1000):
        piece = shelf.read(number, 10)
        assert piece is not None
        assert piece.data.startswith(b'%d ' % number)
        assert ENTRY_BYTES > len(piece.data) > 16384


def test_a_kill_takes_nothing_of_what_is_kept(tmp_path: Path) -> None:
    shelf = opened(tmp_path)
    put(shelf, b'a', position='one')
    again = opened(tmp_path)
    assert again.position('t') == 'one'
    put(again, b'b', position='two')
    assert kept(opened(tmp_path)) == [(1, b'a'), (2, b'b')]


def test_a_block_that_is_not_recorded_is_not_kept(tmp_path: Path) -> None:
    shelf = opened(tmp_path)
    put(shelf, b'a', position='one')
    record = (tmp_path / RECORD).read_bytes()
    put(shelf, b'b', b'c', position='two')
    (tmp_path / RECORD).write_bytes(record)  # killed between block and record
    again = opened(tmp_path)
    assert again.position('t') == 'one'
    assert kept(again) == [(1, b'a')]
    put(again, b'b', position='two')
    assert kept(again) == [(1, b'a'), (2, b'b')]


def test_a_segment_that_was_only_begun_is_begun_again(tmp_path: Path) -> None:
    shelf = opened(tmp_path)
    put(shelf, b'a')
    record = (tmp_path / RECORD).read_bytes()
    put(shelf, b'b', generation=2)
    (tmp_path / RECORD).write_bytes(record)
    again = opened(tmp_path)
    put(again, b'x', generation=2)
    assert kept(again) == [(1, b'a'), (2, b'x')]


def test_a_torn_record_leaves_the_one_before(tmp_path: Path) -> None:
    shelf = opened(tmp_path)
    put(shelf, b'a', position='one')
    put(shelf, b'b', position='two')
    newest = shelf._kept.last.sequence % 2
    with (tmp_path / RECORD).open('r+b') as file:
        file.seek(newest * SLOT_BYTES + 20)
        file.write(b'torn')
    again = opened(tmp_path)
    assert again.position('t') == 'one'
    assert kept(again) == [(1, b'a')]


def test_a_power_cut_gives_no_number_twice(tmp_path: Path) -> None:
    shelf = opened(tmp_path)
    put(shelf, b'a', b'b', b'c')
    (segment,) = tmp_path.glob('*.log')
    os.truncate(segment, segment.stat().st_size - 5)  # it was not on the disk yet
    again = opened(tmp_path, boot_id='boot-2')
    put(again, b'new')
    *old, (number, text) = kept(again)
    assert old == [(1, b'a'), (2, b'b')]
    assert (number > 3, text) == (True, b'new')
    piece = again.read(3, 100)
    assert piece is not None
    assert piece.lost == number - 3


def test_an_orderly_end_leaves_no_gap(tmp_path: Path) -> None:
    shelf = opened(tmp_path)
    put(shelf, b'a')
    shelf.close()
    again = opened(tmp_path, boot_id='boot-2')
    put(again, b'b')
    assert kept(again) == [(1, b'a'), (2, b'b')]


def test_a_damaged_segment_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    shelf = opened(tmp_path, segment_bytes=4000)
    for each in range(100):
        put(shelf, b'%d' % each)
    shelf.close()
    first = min(tmp_path.glob('*.log'))
    with first.open('r+b') as file:
        file.seek(1000)
        file.write(bytes(200))
    found = kept(opened(tmp_path, segment_bytes=4000))
    numbers = [number for number, _ in found]
    assert numbers == sorted(set(numbers))
    assert (numbers[0], numbers[-1]) == (1, 100)
    assert 10 < len(numbers) < 50  # what is behind it in the same segment is lost with it


def test_without_its_record_what_is_there_is_read(tmp_path: Path) -> None:
    shelf = opened(tmp_path)
    put(shelf, b'a', b'b')
    (tmp_path / RECORD).unlink()
    again = opened(tmp_path)
    assert kept(again) == [(1, b'a'), (2, b'b')]
    put(again, b'c')
    assert kept(again)[-1] == (3, b'c')


def test_another_generation_and_time_begin_another_segment(tmp_path: Path) -> None:
    shelf = opened(tmp_path, uptime=0.0, segment_sec=10.0)
    put(shelf, b'a')
    put(shelf, b'b', generation=2)
    later = opened(tmp_path, uptime=11.0, segment_sec=10.0)
    put(later, b'c', generation=2)
    assert [each.generation for each in later.segments] == [1, 2, 2]
    assert kept(later) == [(1, b'a'), (2, b'b'), (3, b'c')]


def test_what_is_removed_is_lost_and_told(tmp_path: Path) -> None:
    shelf = opened(tmp_path)
    put(shelf, b'a', b'b')
    put(shelf, b'c', generation=2)
    shelf.remove_oldest()
    piece = shelf.read(2, 100)
    assert piece is not None
    assert (piece.lost, piece.next) == (1, 4)
    from_the_oldest = shelf.read(1, 100)
    assert from_the_oldest is not None
    assert from_the_oldest.lost == 0
    shelf.remove_oldest()
    put(shelf, b'd', generation=2)
    assert kept(shelf) == [(4, b'd')]


def test_a_disk_that_takes_half_a_block_keeps_none_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = opened(tmp_path)
    put(shelf, b'a')
    whole = os.pwrite
    monkeypatch.setattr(shelves.os, 'pwrite', lambda file, data, at: whole(file, data[:9], at))
    with pytest.raises(OSError, match='space'):
        put(shelf, b'b')
    monkeypatch.undo()
    put(shelf, b'c')
    assert kept(opened(tmp_path)) == [(1, b'a'), (2, b'c')]


def test_positions_of_instances_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    shelf = opened(tmp_path)
    put(shelf, b'a')
    shelf.forget('t')
    assert opened(tmp_path).position('t') == ''
