# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is kept of all executables, and what is dropped: by age, by size, for room."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from roost_core.instance import Identity, Slot
from roost_core.names import DeploymentId
from roost_executor.archive import archive as archives
from roost_executor.archive import reading
from roost_executor.archive.archive import Archive, ArchiveFull, Retention
from roost_executor.archive.reading import Filter, read, tail
from roost_executor.runtimes.contract import Output


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def identity(name: str = 'main', generation: int = 1) -> Identity:
    return Identity(
        slot=Slot(DeploymentId('d1'), 'driver', name), generation=generation, spec_hash=''
    )


def lines(count: int, *, stream: str = 'stdout', second: int = 0, text: str = 'x' * 50) -> Output:
    moment = f'2026-11-20T19:15:{second:02}.000000000Z'
    return Output(f'{moment} {stream} F {text}\n'.encode() * count, 'p')


def opened(path: Path, clock: Clock | None = None, **retention) -> Archive:
    return Archive(
        path / 'logs', boot_id='boot', retention=Retention(**retention), monotonic=clock or Clock()
    )


def tidy(archive: Archive, *, used: bool = False) -> None:
    archive.tidy(is_used=lambda slot: used)


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    archive.keep(identity(), lines(3))
    archive.close()
    again = opened(tmp_path)
    (slot,) = again.of(DeploymentId('d1'))
    assert slot == identity().slot
    assert again.shelf(slot).next == 4


def test_who_listens_is_told(tmp_path: Path) -> None:
    archive, told = opened(tmp_path), []
    archive.listen(told.append)
    archive.keep(identity(), lines(1))
    assert told == [identity().slot]


def test_names_that_lead_elsewhere_are_no_folders(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    for name in ('..', 'a/b', '', '.x'):
        with pytest.raises(ValueError, match='folder'):
            archive.shelf(Slot(DeploymentId('d1'), 'driver', name))


def test_what_is_too_old_goes_by_uptime_over_restarts(tmp_path: Path) -> None:
    clock = Clock()
    archive = opened(tmp_path, clock, age_sec=1000.0)
    archive.keep(identity(), lines(3))
    clock.now = 600.0
    archive.keep(identity(), lines(3))  # in another segment by now
    archive.close()

    later = Clock()
    again = opened(tmp_path, later, age_sec=1000.0)
    later.now = 400.0
    tidy(again)
    shelf = again.shelf(identity().slot)
    assert shelf.first == 1  # 1000 s, and a tenth more, for a segment is not all of one age
    later.now = 501.0
    tidy(again)
    assert shelf.first == 4
    later.now = 1200.0
    tidy(again, used=True)
    assert (shelf.first, shelf.next) == (7, 7)
    assert again.of(DeploymentId('d1'))
    tidy(again)
    assert again.of(DeploymentId('d1')) == {}
    assert not (tmp_path / 'logs' / 'd1').exists()


def test_what_is_too_much_of_one_goes(tmp_path: Path) -> None:
    archive = opened(tmp_path, executable_bytes=1 << 20)
    for _ in range(100):
        archive.keep(identity(), lines(200))
        assert archive.shelf(identity().slot).size <= 1 << 20
    shelf = archive.shelf(identity().slot)
    assert shelf.size > 800_000
    assert shelf.next == 20_001
    assert shelf.first > 1


def test_what_is_too_much_of_all_goes_from_the_oldest(tmp_path: Path) -> None:
    clock = Clock()
    archive = opened(tmp_path, clock, total_bytes=1 << 20)
    archive.keep(identity('old'), lines(5000))
    archive.rest(identity('old').slot)
    clock.now = 100.0
    for _ in range(10):
        archive.keep(identity('new'), lines(1000))
    assert archive.shelf(identity('old').slot).size == 0
    assert archive.shelf(identity('new').slot).size > 500_000


def test_a_full_disk_takes_the_oldest_if_there_is_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(archives, 'SMALL_BYTES', 100_000)
    archive = opened(tmp_path, clock)
    archive.keep(identity('old'), lines(3000))
    clock.now = 100.0
    is_full = [True]
    append = archives.Shelf.append

    def full_once(shelf, *args, **fields):
        if is_full:
            is_full.pop()
            raise OSError(28, 'No space left on device')
        return append(shelf, *args, **fields)

    monkeypatch.setattr(archives.Shelf, 'append', full_once)
    archive.keep(identity('new'), lines(10))
    assert archive.shelf(identity('old').slot).size == 0
    assert archive.shelf(identity('new').slot).next == 11

    is_full.append(True)
    with pytest.raises(ArchiveFull):
        archive.keep(identity('new'), lines(10))
    archive.keep(identity('new'), lines(10))
    assert archive.shelf(identity('new').slot).next == 21


def test_shares_are_fair_and_whole(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    for name, count in (('loud', 10_000), ('quiet', 5), ('other', 10_000)):
        archive.keep(identity(name), lines(count))
    slots = [identity(name).slot for name in ('loud', 'quiet', 'other')]
    cursors, seen = dict.fromkeys(slots, 0), dict.fromkeys(slots, 0)
    for page_number in range(1000):
        page = read(archive, cursors, Filter(), 100_000)
        sizes = dict.fromkeys(slots, 0)
        for chunk in page.chunks:
            sizes[chunk.slot] += len(chunk.data)
            seen[chunk.slot] += chunk.data.count(b'\n')
        assert sum(sizes.values()) < 120_000
        if page_number == 0:
            assert sizes[slots[0]] > 30_000
            assert sizes[slots[2]] > 30_000
            assert seen[slots[1]] == 5
        cursors = dict(page.cursors)
        if not page.more:
            break
    assert list(seen.values()) == [10_000, 5, 10_000]


def test_filters_pick_and_cursors_go_on(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    for second in range(10):
        archive.keep(identity(), lines(100, second=second))
        archive.keep(identity(), lines(1, second=second, stream='stderr'))
    archive.keep(identity(generation=2), lines(7, second=20))
    slot = identity().slot

    def count(wanted: Filter) -> int:
        page = read(archive, {slot: 0}, wanted, 1 << 20)
        assert not page.more
        return sum(chunk.data.count(b'\n') for chunk in page.chunks)

    assert count(Filter(stream='stderr')) == 10
    assert count(Filter(generation=2)) == 7
    assert count(Filter(since=b'2026-11-20T19:15:08.000000000Z')) == 209
    assert count(Filter(until=b'2026-11-20T19:15:01.000000000Z')) == 101
    shelf = archive.shelf(slot)
    assert tail(shelf, Filter(), 3) == shelf.next - 3
    assert tail(shelf, Filter(stream='stderr'), 2) == 9 * 101
    assert tail(shelf, Filter(generation=1, stream='stdout'), 1) == 1009
    assert tail(shelf, Filter(generation=5), 1) == shelf.next


def test_looking_for_what_is_rare_is_bounded(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    for _ in range(20):
        archive.keep(identity(), lines(10_000))
    archive.keep(identity(), lines(1, stream='stderr'))
    slot = identity().slot
    page = read(archive, {slot: 0}, Filter(stream='stderr'), 1000)
    assert page.more
    assert page.chunks == ()
    while page.more:
        page = read(archive, page.cursors, Filter(stream='stderr'), 1000)
    assert [chunk.data.split(b' ')[0] for chunk in page.chunks] == [b'200001']


def test_what_cannot_be_dropped_does_not_keep_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    archive = opened(tmp_path, clock, age_sec=100.0)
    for name in ('bad', 'good'):
        archive.keep(identity(name), lines(3))
    archive.close()
    clock.now = 200.0
    bad = archive.shelf(identity('bad').slot)

    def refuse() -> int:
        raise OSError(errno.EIO, 'Input/output error')

    monkeypatch.setattr(bad, 'remove_oldest', refuse)
    tidy(archive, used=True)
    assert [bool(archive.shelf(identity(name).slot).size) for name in ('bad', 'good')] == [1, 0]
    assert "old output of 'd1/driver/bad' stays for now" in caplog.text


def test_a_record_that_the_disk_takes_in_part_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = opened(tmp_path)
    archive.keep(identity(), lines(3))
    pwrite = os.pwrite
    monkeypatch.setattr(
        os, 'pwrite', lambda file, data, at: pwrite(file, data[: min(len(data), 1000)], at)
    )
    with pytest.raises(ArchiveFull, match='No space left'):
        archive.keep(identity(), lines(1))
    monkeypatch.undo()
    archive.keep(identity(), lines(1))
    assert opened(tmp_path).shelf(identity().slot).next == 5


def test_a_tail_begins_where_a_line_does(tmp_path: Path) -> None:
    archive = opened(tmp_path)

    def keep(text: str, generation: int = 1) -> None:
        entries = ''.join(
            f'2026-11-20T19:15:00.000000000Z {"stderr" if mark.islower() else "stdout"}'
            f' {mark.upper()} x\n'
            for mark in text
        )
        archive.keep(identity(generation=generation), Output(entries.encode(), text))

    # Large marks are of stdout, small ones of stderr; P is a part of a line, F its end.
    keep('FPPF' + 'F' + 'PpPfF', generation=1)
    keep('fP' + 'PP', generation=2)
    shelf = archive.shelf(identity().slot)
    begins = [tail(shelf, Filter(), count) for count in range(8)]
    assert begins == [15, 12, 11, 6, 6, 5, 2, 1]
    assert tail(shelf, Filter(), 8) == tail(shelf, Filter(), 10**6) == 1
    only = Filter(stream='stderr')
    assert [tail(shelf, only, count) for count in range(4)] == [15, 11, 7, 7]


def test_of_a_tail_too_far_back_every_entry_is_a_line(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(reading, 'CHUNK', 500)
    monkeypatch.setattr(reading, 'TAIL_BYTES', 5000)
    archive = opened(tmp_path)
    for _ in range(100):
        archive.keep(identity(), lines(10))
    shelf = archive.shelf(identity().slot)
    assert [tail(shelf, Filter(), count) for count in (20, 900, 2000)] == [981, 101, 1]
