# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Output that was written, and that is being written, as it is read and shown."""

from __future__ import annotations

import argparse
import base64
from datetime import datetime
import json
import queue
import time

from archive import Archive, CAMERA, cut, LIDAR
import pytest
from shown import deployment

from roost_cli.exits import Refused, TookTooLong
from roost_cli.logs import device as device_module
from roost_cli.logs.device import DeviceLogs, NothingMore, NotThere
from roost_cli.logs.entries import Lines
from roost_cli.logs.forms import harmless, Json, Text
from roost_cli.logs.history import sources_of, written
from roost_cli.logs.live import Live
from roost_cli.logs.silence import refuse_unknown_generation, why_nothing
from roost_cli.logs.told import Told
from roost_cli.logs.when import moment
from roost_cli.model import LogChoice, LogChunk
from roost_core.phase import Phase
from roost_core.problem import Problem
from roost_core.ticket import Purpose

OFFLINE = Problem(code='DEP_E151', message='rover2 is offline')


@pytest.fixture
def archive() -> Archive:
    return Archive()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch) -> None:
    monkeypatch.setattr(device_module, 'FIRST_PAUSE_SEC', 0.001)
    monkeypatch.setattr('roost_cli.logs.live.WAIT_SEC', 0.05)


def device(
    archive: Archive,
    name: str = 'rover1',
    purpose: Purpose = Purpose.LOGS,
    tail: int | None = None,
) -> DeviceLogs:
    return DeviceLogs(archive, name, archive.admissions, LogChoice(), purpose=purpose, tail=tail)


def text(**options: bool) -> Text:
    return Text(**{'prefixes': True, 'timestamps': False, **options})


def shown(archive: Archive, form=None, *names: str, tail: int | None = None) -> str:
    sources = [
        source
        for name in names or ('rover1',)
        for source in sources_of(device(archive, name, tail=tail))
    ]
    blocks = written(sources, form or text(), Told(), keep_open=False)
    return b''.join(blocks).decode()


def test_lines_of_one_executable_are_as_the_program_wrote_them(archive) -> None:
    archive.write(CAMERA, 'one', '', '  two ', 'thr\tee')

    assert shown(archive) == 'one\n\n  two \nthr\tee\n'


def test_what_is_no_text_is_written_byte_for_byte(archive) -> None:
    archive.write(CAMERA, bytes(set(range(256)) - {10}), rb'\1 \g<2>')
    blocks = written(sources_of(device(archive)), text(), Told(), keep_open=False)

    assert b''.join(blocks) == bytes(set(range(256)) - {10}) + b'\n' + rb'\1 \g<2>' + b'\n'


def test_executables_on_several_devices_are_merged_by_time(archive) -> None:
    archive.write(CAMERA, 'a', 'b', 'c', 'd', second=0)
    archive.write(LIDAR, 'x', second=2)
    archive.write(LIDAR, 'y', 'z', device='rover2', second=1)

    told = shown(archive, text(timestamps=True), 'rover1', 'rover2')
    assert told.splitlines() == [
        'driver/camera | 2026-11-20T19:00:00.000000000Z a',
        'driver/camera | 2026-11-20T19:00:01.000000000Z b',
        'driver/lidar | 2026-11-20T19:00:01.000000000Z y',
        'driver/camera | 2026-11-20T19:00:02.000000000Z c',
        'driver/lidar | 2026-11-20T19:00:02.000000000Z x',
        'driver/lidar | 2026-11-20T19:00:02.000000000Z z',
        'driver/camera | 2026-11-20T19:00:03.000000000Z d',
    ]


def test_prefixes_are_left_out_on_demand(archive) -> None:
    archive.write(CAMERA, 'a')
    archive.write(LIDAR, 'x', second=1)

    assert shown(archive, text(prefixes=False)) == 'a\nx\n'


def test_parts_become_one_line_whatever_comes_between(archive) -> None:
    archive.write(CAMERA, 'long', end='P')
    archive.write(CAMERA, 'oops', stream='stderr')
    archive.write(CAMERA, '-er', end='P')
    archive.write(CAMERA, '-line')
    archive.write(CAMERA, 'never ended', end='P')
    archive.write(CAMERA, 'next generation', generation=2)

    assert shown(archive) == 'oops\nlong-er-line\nnever ended\nnext generation\n'


def test_a_line_without_end_is_given_in_pieces(monkeypatch) -> None:
    monkeypatch.setattr('roost_cli.logs.entries.MAX_LINE', 4)
    lines = Lines('rover1', CAMERA)
    data = b'1 t stdout P abc\n2 t stdout P def\n3 t stdout F g\n'

    found = lines.of(LogChunk(place=CAMERA, generation=1, data=data))

    assert [(line.number, line.text) for line in found] == [(1, b'abcdef'), (3, b'g')]


def test_what_roost_says_is_told_and_is_no_output(archive, capsys) -> None:
    archive.write(CAMERA, 'a')
    archive.write(CAMERA, '3 entries were lost', stream='roost')

    assert shown(archive) == 'a\n'
    assert capsys.readouterr().err == 'driver/camera: 3 entries were lost\n'


def test_the_tail_begins_before_the_end_of_each_executable(archive) -> None:
    archive.write(CAMERA, *map(str, range(10)))
    archive.write(LIDAR, 'x', second=20)

    assert shown(archive, text(prefixes=False), tail=4) == '6\n7\n8\n9\nx\n'


def test_a_tail_of_nothing_shows_nothing_old_and_all_that_is_new(archive, follow, capsys) -> None:
    archive.write(CAMERA, 'old')
    archive.write(CAMERA, 'older', device='rover2')
    archive.missing['rover2'] = OFFLINE

    assert shown(archive, tail=0) == ''
    following = follow('rover1', 'rover2', tail=0)
    assert following.before == b''
    archive.write(CAMERA, *'abcde')
    assert following.lines(5) == [*'abcde']
    archive.write(LIDAR, *'xyz')
    following.live.look_again()
    archive.write(CAMERA, 'f')
    assert sorted(following.lines(4)) == [*'fxyz']

    assert 'rover2 is still to come' in capsys.readouterr().err


def test_json_has_all_that_is_known_of_a_line(archive) -> None:
    archive.write(CAMERA, 'grüß', b'\xff\x00', stream='stderr', generation=3)

    first, second = map(json.loads, shown(archive, Json('camera')).splitlines())

    assert first == {
        'time': '2026-11-20T19:00:00.000000000Z',
        'deployment': 'camera',
        'device': 'rover1',
        'component': 'driver',
        'executable': 'camera',
        'generation': 3,
        'number': 1,
        'stream': 'stderr',
        'text': 'grüß',
    }
    assert second['text'] == '\N{REPLACEMENT CHARACTER}\0'
    assert base64.b64decode(second['base64']) == b'\xff\x00'


@pytest.mark.parametrize(
    ('written', 'safe'),
    [
        (b'plain\ttext \xc3\xbc\n', b'plain\ttext \xc3\xbc\n'),
        (b'\x1b]0;title\x07x\r\n', b'?]0;title?x\n'),
        (b'a\rb\x7f\xc2\x9bc\n', b'a?b??c\n'),
        (b'\x1b[31mred\nnext\n', b'\x1b[31mred\x1b[0m\nnext\n'),
        (b'\x1b[2J\x1b[1;32mok\x1b[0m\n', b'?[2J\x1b[1;32mok\x1b[0m\x1b[0m\n'),
    ],
)
def test_a_terminal_obeys_nothing_but_colours(written, safe) -> None:
    assert harmless(written) == safe


def test_a_reading_that_fails_is_asked_again_with_a_new_ticket(archive) -> None:
    archive.write(CAMERA, *'abcdefg')
    reader = device(archive)
    (source,) = sources_of(reader)
    archive.troubles['rover1'] = [cut(), cut()]
    archive.void()

    assert b''.join(written([source], text(), Told(), keep_open=False)) == b'a\nb\nc\nd\ne\nf\ng\n'
    assert archive.admitted == 2


def test_a_device_that_is_offline_is_named_and_the_others_are_shown(archive, capsys) -> None:
    archive.write(CAMERA, 'a')
    archive.write(LIDAR, 'x', device='rover2')
    archive.missing['rover2'] = OFFLINE

    with pytest.raises(NotThere, match='rover2 is offline'):
        sources_of(device(archive, 'rover2'))
    assert shown(archive) == 'a\n'


def test_who_fails_in_the_middle_is_told_once(archive, monkeypatch, capsys) -> None:
    monkeypatch.setattr('roost_cli.logs.history.PATIENCE_SEC', 0.0)
    archive.write(CAMERA, *'abcde')
    archive.write(LIDAR, 'x', device='rover2', second=30)
    sources = sources_of(device(archive)) + sources_of(device(archive, 'rover2'))
    told = Told()
    blocks = written(sources, text(prefixes=False), told, keep_open=False)
    archive.troubles['rover1'] = [cut(), cut()]

    assert b''.join(blocks) == b'x\n'
    assert not told.complete
    assert capsys.readouterr().err == 'output on rover1 is missing: no answer\n'


def test_a_refusal_that_stays_is_not_asked_again(archive) -> None:
    archive.write(CAMERA, 'a')
    archive.troubles['rover1'] = [Refused('INVALID', 'no such stream')]

    with pytest.raises(Refused, match='no such stream'):
        device(archive).read({})


def test_patience_ends(archive) -> None:
    archive.write(CAMERA, 'a')
    archive.troubles['rover1'] = [cut()] * 1000

    with pytest.raises(TookTooLong):
        device(archive).read({}, patience_sec=0.01)


class Follower:
    """Follow all that is written, as the verb does."""

    def __init__(self, archive: Archive, *names: str, tail: int | None = None) -> None:
        self.told = Told(reads_on=True)
        self.live = Live(self.told)
        devices = [device(archive, name, Purpose.FOLLOW, tail) for name in names or ('rover1',)]
        sources = []
        for each in devices:
            try:
                sources += sources_of(each)
            except NotThere as error:
                self.told.failed(each.device, error)
        form = text(prefixes=False)
        self.before = b''.join(written(sources, form, self.told, keep_open=True))
        self._blocks = self.live.blocks(devices, sources, form)
        self._left = b''

    def lines(self, count: int) -> list[str]:
        """Wait for so many lines."""
        while self._left.count(b'\n') < count:
            self._left += next(self._blocks)
        *lines, self._left = self._left.split(b'\n', count)
        return [line.decode() for line in lines]

    def rest(self) -> None:
        """Wait for the end."""
        for block in self._blocks:
            self._left += block

    def close(self) -> None:
        self._blocks.close()


@pytest.fixture
def follow(archive):
    followers = []

    def begin(*names: str, tail: int | None = None) -> Follower:
        followers.append(Follower(archive, *names, tail=tail))
        return followers[-1]

    yield begin
    for each in followers:
        each.close()
    archive.end('over')


def test_what_is_followed_goes_on_where_history_ends(archive, follow) -> None:
    archive.write(CAMERA, *'abcd')
    following = follow()
    assert following.before == b'a\nb\nc\nd\n'

    archive.write(CAMERA, 'e', second=4)
    assert following.lines(1) == ['e']
    archive.write(CAMERA, 'f', 'g', second=5, generation=2)
    assert following.lines(2) == ['f', 'g']


def test_no_line_is_lost_or_doubled_over_cuts_and_restarts(archive, follow) -> None:
    archive.write(CAMERA, 'start')
    following = follow(tail=1)
    for number in range(30):
        archive.write(CAMERA, f'line {number}')
        if number % 7 == 0:
            archive.troubles['rover1'] += [cut(), Refused('UNAVAILABLE', 'starting')]
        if number % 11 == 0:
            archive.void()

    assert following.lines(30) == [f'line {number}' for number in range(30)]


def test_a_line_that_is_not_ended_yet_is_shown_whole(archive, follow) -> None:
    archive.write(CAMERA, 'begun', end='P')
    following = follow()
    assert following.before == b''

    archive.write(CAMERA, ' and ended')
    assert following.lines(1) == ['begun and ended']


def test_a_device_that_comes_back_is_followed_from_where_it_was(archive, follow, capsys) -> None:
    archive.write(CAMERA, 'a')
    archive.write(LIDAR, 'x', 'y', device='rover2')
    archive.missing['rover2'] = OFFLINE
    following = follow('rover1', 'rover2')
    assert following.before == b'a\n'
    assert 'output on rover2 is still to come: rover2 is offline' in capsys.readouterr().err

    archive.missing.clear()
    assert following.lines(2) == ['x', 'y']


def test_executables_that_an_update_adds_are_followed_too(archive, follow) -> None:
    archive.write(CAMERA, 'a')
    following = follow()

    archive.write(LIDAR, 'x')
    following.live.look_again()
    archive.write(CAMERA, 'b')
    assert sorted(following.lines(2)) == ['b', 'x']


def test_that_is_looked_again_repeats_no_line_of_any_executable(archive, follow, capsys) -> None:
    archive.write(CAMERA, *'abc')
    archive.write(LIDAR, *'xyz')
    following = follow()
    following.live.look_again()
    archive.write(CAMERA, 'd')
    assert following.lines(1) == ['d']
    following.live.look_again()
    archive.write(LIDAR, 'w')

    assert following.lines(1) == ['w']
    assert capsys.readouterr().err == ''


def test_following_goes_on_where_a_power_cut_left_it(archive, follow, monkeypatch) -> None:
    said: queue.SimpleQueue[str] = queue.SimpleQueue()
    monkeypatch.setattr('roost_cli.logs.live.say', said.put)
    archive.write(CAMERA, *'abc')
    following = follow()
    archive.cut_power(CAMERA, 2)
    following.live.look_again()
    assert 'a power cut may have cost it' in said.get(timeout=10.0)

    archive.write(CAMERA, 'd', 'e')
    assert following.lines(2) == ['d', 'e']


def test_trouble_that_lasts_is_told_and_its_end_too(archive, follow, monkeypatch, capsys) -> None:
    monkeypatch.setattr('roost_cli.logs.live._QUIET_SEC', 0.0)
    archive.write(CAMERA, 'a')
    following = follow()
    archive.troubles['rover1'] = [cut(), cut()]
    archive.write(CAMERA, 'b')
    archive.write(CAMERA, 'c')

    assert following.lines(2) == ['b', 'c']
    archive.end('stopped')
    following.live.look_again()
    with pytest.raises(NothingMore):
        following.rest()
    assert capsys.readouterr().err.splitlines() == [
        'rover1 cannot be reached, trying on: no answer',
        'rover1 is back',
    ]


def test_following_ends_with_the_deployment_and_its_last_words(archive, follow) -> None:
    archive.write(CAMERA, 'a')
    following = follow()
    archive.end("'camera' is stopped")
    archive.write(CAMERA, *'bcdefgh')
    archive.write(CAMERA, 'no end', end='P')
    following.live.look_again()

    with pytest.raises(NothingMore, match='is stopped'):
        following.rest()
    assert following.lines(8) == [*'bcdefgh', 'no end']


def test_entries_that_went_before_they_were_read_are_told(archive, follow, capsys) -> None:
    archive.write(CAMERA, *'abcdef')
    reader = device(archive)
    (source,) = sources_of(reader)
    chunks = source.chunks(Told())
    next(chunks)
    archive.forget(CAMERA, 5)

    assert [chunk.data[:1] for chunk in chunks] == [b'2', b'3', b'6']
    archive.write(CAMERA, 'g')
    source.cursor = 4
    told = Told()
    assert len(list(source.chunks(told))) == 2
    assert 'driver/camera: 2 entries are lost' in capsys.readouterr().err


def test_that_nothing_is_shown_has_a_reason(archive) -> None:
    archive.write(CAMERA, 'a')
    wrote = sources_of(device(archive))
    pending = deployment(phase=Phase.PROVISIONING)

    def why(sources, now=pending, **choice) -> str:
        return why_nothing('turtle', now, LogChoice(**choice), sources)

    assert why([]).startswith("'turtle' has written nothing yet: ")
    assert str(pending.components[0].executables[0].status) in why([])
    assert why(wrote, generation=2, stream='stderr') == (
        "'turtle' wrote nothing in generation 2 to stderr that is still kept"
    )
    assert why(wrote, since=time.time()).startswith("'turtle' wrote nothing since 2")
    assert why(wrote) == why([], None) == "nothing that 'turtle' wrote is kept"
    assert 'was stopped' in why([], deployment(phase=Phase.DEPLOYMENT_STOPPED))


def test_a_generation_that_never_was_is_refused_with_what_there_is() -> None:
    refuse_unknown_generation(deployment(generation=3), 3)
    with pytest.raises(Refused, match="'turtle' has no generation 4; it has 1 to 3"):
        refuse_unknown_generation(deployment(generation=3), 4)
    with pytest.raises(Refused, match='only generation 1'):
        refuse_unknown_generation(deployment(generation=1), 2)


def test_moments_are_ago_or_times() -> None:
    now = time.time()
    assert moment('90s') == pytest.approx(now - 90, abs=5)
    assert moment('1h30m') == pytest.approx(now - 5400, abs=5)
    assert moment('2026-11-20T19:15:00+00:00') == 1795202100.0
    assert datetime.fromtimestamp(moment('9:15')).strftime('%H:%M') == '09:15'
    for nonsense in ('', 'yesterday', '10', '10x', '25:00', '-5m'):
        with pytest.raises(argparse.ArgumentTypeError, match='is none of'):
            moment(nonsense)


def test_lines_pass_in_blocks() -> None:
    header = b'%d 2026-11-20T19:15:38.123456789Z stdout F line number %d of a program\n'
    blocks = [
        LogChunk(
            place=CAMERA,
            generation=1,
            data=b''.join(header % (n, n) for n in range(start, start + 5000)),
        )
        for start in range(0, 100_000, 5000)
    ]
    lines, form = Lines('rover1', CAMERA), text()
    began = time.thread_time()  # how long that takes depends on who else is at work
    for block in blocks:
        assert lines.is_plain(block)
        form.lines_of(block)
    assert time.thread_time() - began < 1.0  # a tenth of the million
