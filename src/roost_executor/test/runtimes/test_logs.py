# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What instances write, read entry by entry: each once, byte for byte, whatever happens."""

from __future__ import annotations

from collections.abc import Callable
import re
import threading

import pytest

from roost_core.observed import InstanceState
from roost_executor.runtimes import docker_logs
from roost_executor.runtimes.contract import Resync, RuntimeFault
from roost_executor.runtimes.shim.output import LINE_BYTES
from testbed import eventually

RUNNING, ENDED = InstanceState.RUNNING, InstanceState.ENDED

BYTES = rb'printf "a\000b\r\n\377\376 \303\n\n  lead \n"; printf "no end" >&2'


def numbered(first: int, last: int) -> tuple[str, ...]:
    return ('sh', '-c', f'seq {first} {last}')


def texts(entries: list[bytes], stream: bytes = b'stdout') -> list[bytes]:
    return [entry[len(stream) + 3 :] for entry in entries if entry.startswith(stream)]


def whole(entries: list[bytes], stream: bytes) -> list[bytes]:
    """Put the parts of lines together."""
    lines, parts = [], b''
    for entry in entries:
        if entry.startswith(stream):
            parts += entry[len(stream) + 3 :]
            if entry[len(stream) + 1 : len(stream) + 2] == b'F':
                lines.append(parts)
                parts = b''
    return [*lines, parts] if parts else lines


def fill(bench, desired, *lines: bytes):
    """Have the fake write what the program of others writes by itself, and end."""
    if hasattr(bench, 'fake'):
        bench.run(desired)
        bench.fake.write(desired.identity, *lines)
        bench.fake.end(desired.identity, 0)
    else:
        bench.run_to_end(desired)
    return desired.identity


def test_what_it_wrote_is_read_to_its_end(bench):
    desired = bench.desired(command=numbered(1, 5))
    identity = fill(bench, desired, *(b'%d' % number for number in range(1, 6)))
    entries, _ = bench.wrote(identity)
    assert entries == [b'stdout F %d' % number for number in range(1, 6)]


def test_entries_have_the_time_of_their_writing(bench):
    identity = fill(bench, bench.desired(command=('sh', '-c', 'echo now')), b'now')
    reader = bench.runtime.logs(identity)
    entries = reader.read().entries
    assert re.fullmatch(rb'20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z stdout F now\n', entries)
    assert reader.read() is None


def test_what_is_known_is_not_given_again(bench):
    desired = bench.desired(command=numbered(1, 3))
    identity = fill(bench, desired, b'1', b'2', b'3')
    first, position = bench.wrote(identity)
    again, _ = bench.wrote(identity, after=position)
    assert (len(first), again) == (3, [])


def test_it_goes_on_over_a_restart(bench):
    desired = bench.desired(command=numbered(1, 3))
    identity = fill(bench, desired, b'1', b'2', b'3')
    first, position = bench.wrote(identity)
    so_far = len(bench.seen.events)
    bench.runtime.start(identity)
    if hasattr(bench, 'fake'):
        bench.fake.write(identity, b'1', b'2', b'3')
        bench.fake.end(identity, 0)
    bench.seen.wait_state(identity, ENDED, after=so_far)
    again, _ = bench.wrote(identity, after=position)
    assert first == again
    assert bench.wrote(identity)[0] == first + again


def test_lines_are_given_as_they_are_written(bench):
    desired = bench.desired(
        command=(
            'sh',
            '-c',
            'echo one; while ! [ -e /tmp/$ROOST_X ]; do sleep 0.1; done; echo two',
        ),
        environment={'ROOST_X': 'roost-never'},
    )
    identity = bench.run(desired).identity
    if hasattr(bench, 'fake'):
        bench.fake.write(identity, b'one')
    reader = bench.runtime.logs(identity)
    assert reader.read().entries.endswith(b' stdout F one\n')
    bench.runtime.remove(identity)
    assert reader.read() is None


def test_a_reader_that_waits_can_be_closed(bench):
    identity = bench.run(bench.desired()).identity
    reader = bench.runtime.logs(identity)
    given = []
    thread = threading.Thread(target=lambda: given.append(reader.read()))
    thread.start()
    reader.close()
    thread.join(10)
    assert given == [None]


def test_what_does_not_exist_wrote_nothing(any_bench):
    reader = any_bench.runtime.logs(any_bench.desired().identity)
    assert reader.read() is None


def test_bytes_are_kept_as_they_are(docker_bench, process_bench):
    for bench in (docker_bench, process_bench):
        identity = fill(bench, bench.desired(command=('sh', '-c', BYTES.decode())))
        entries, _ = bench.wrote(identity)
        assert whole(entries, b'stdout') == [b'a\0b\r', b'\xff\xfe \xc3', b'', b'  lead ']
        assert whole(entries, b'stderr') == [b'no end']


def test_a_line_without_end_comes_in_parts(docker_bench, process_bench):
    script = 'head -c 1000000 /dev/zero; echo end >&2'
    for bench in (docker_bench, process_bench):
        identity = fill(bench, bench.desired(command=('sh', '-c', script)))
        entries, position = bench.wrote(identity)
        assert max(map(len, entries)) < LINE_BYTES + 20
        assert whole(entries, b'stdout') == [bytes(1_000_000)]
        assert whole(entries, b'stderr') == [b'end']
        assert bench.wrote(identity, after=position)[0] == []


def test_the_end_of_a_program_ends_its_last_line(docker_bench, process_bench):
    # Of the second line only parts, each full, are written.
    script = f'printf one; head -c {4 * LINE_BYTES} /dev/zero >&2'
    for bench in (docker_bench, process_bench):
        identity = fill(bench, bench.desired(command=('sh', '-c', script)))
        so_far = len(bench.seen.events)
        bench.runtime.start(identity)
        bench.seen.wait_state(identity, ENDED, after=so_far)
        entries, position = bench.wrote(identity)
        assert whole(entries, b'stdout') == [b'one'] * 2
        assert whole(entries, b'stderr') == [bytes(4 * LINE_BYTES)] * 2
        assert bench.wrote(identity, after=position)[0] == []


def test_every_position_is_one_to_go_on_from(docker_bench, process_bench):
    script = 'seq 1 20000; head -c 100000 /dev/zero; seq 1 20000 >&2'
    for bench in (docker_bench, process_bench):
        identity = fill(bench, bench.desired(command=('sh', '-c', script)))
        reader, blocks = bench.runtime.logs(identity), []
        while (block := reader.read()) is not None:
            blocks.append(block)
        assert len(blocks) > 2
        for number, block in enumerate(blocks[:-1]):
            rest = bench.runtime.logs(identity, after=block.position).read()
            following = blocks[number + 1].entries
            least = min(len(rest.entries), len(following))
            assert rest.entries[:least] == following[:least]
        numbers = [b'%d' % number for number in range(1, 20001)]
        entries, _ = bench.wrote(identity)
        assert whole(entries, b'stdout') == [*numbers, bytes(100_000)]
        assert whole(entries, b'stderr') == numbers


def test_nothing_is_lost_while_a_hundred_thousand_lines_come(docker_bench, process_bench):
    for bench in (docker_bench, process_bench):
        desired = bench.desired(command=numbered(1, 100_000))
        identity = bench.start(desired)
        bench.seen.wait_state(identity, RUNNING)
        reader, entries = bench.runtime.logs(identity), b''
        while (block := reader.read()) is not None:
            entries += block.entries
        found = [line.rpartition(b' ')[2] for line in entries.splitlines()]
        assert found == [b'%d' % number for number in range(1, 100_001)]


def test_output_that_was_rotated_away_is_told_of(process_bench):
    desired = process_bench.desired(command=('sh', '-c', 'echo first'))
    identity = fill(process_bench, desired)
    _, position = process_bench.wrote(identity)
    folder = process_bench.state_dir / 'processes' / identity.token
    later = '2026-11-20T19:15:38.000000000Z stdout F later\n'
    (folder / 'output.log').rename(folder / 'gone')
    (folder / 'output.log').write_text(later)
    entries, position = process_bench.wrote(identity, after=position)
    assert entries[0].startswith(b'roost F output from ')
    assert entries[1:] == [b'stdout F later']
    assert process_bench.wrote(identity, after=position)[0] == []


def test_rotation_while_reading_loses_nothing(process_bench):
    # 30 MB of files are kept, so what is written before the first look is all there.
    desired = process_bench.desired(command=('sh', '-c', 'seq -f %0200.0f 1 90000'))
    identity = process_bench.start(desired)
    reader, count = process_bench.runtime.logs(identity), 0
    while (block := reader.read()) is not None:
        for line in block.entries.splitlines():
            count += 1
            assert int(line.rpartition(b' ')[2]) == count
    assert count == 90_000


def test_output_goes_on_over_the_end_of_the_engine(site, bench_on):
    device = site.device('rover7', live_restore=True)
    with bench_on(device) as bench:
        # Nothing is written when it is killed: what it has read and not kept goes with it.
        script = 'i=1; echo 1; while ! [ -e /go ]; do sleep 0.1; done;'
        script += ' while [ $i -lt 400 ]; do i=$((i+1)); echo $i; sleep 0.01; done'
        identity = bench.run(bench.desired(command=('sh', '-c', script))).identity
        pid = bench.only().pid
        reader = bench.runtime.logs(identity)
        first = reader.read()
        assert first is not None
        reader.close()
        so_far = len(bench.seen.events)
        device.engine.kill9()
        device.machine.run('touch', f'/proc/{pid}/root/go')
        device.engine.start()
        bench.seen.wait_for(Resync, after=so_far)
        eventually(lambda: bench.only().state is ENDED, what='its end')
        rest, _ = bench.wrote(identity, after=first.position)
        found = [*texts([line.partition(b' ')[2] for line in first.entries.splitlines()])]
        found += texts(rest)
        assert found == [b'%d' % number for number in range(1, 401)]


@pytest.mark.parametrize('known', [False, True])
def test_the_end_of_the_engine_is_no_end_of_the_output(site, bench_on, monkeypatch, known) -> None:
    lines, device = 300_000, site.device('rover14' if known else 'rover15', live_restore=True)
    with bench_on(device) as bench:
        identity = fill(bench, bench.desired(command=numbered(1, lines)))
        entries, position = bench.wrote(identity)
        after = position if known else ''
        so_far = len(bench.seen.events)

        on_first_piece(monkeypatch, device.engine.kill9)
        reader = bench.runtime.logs(identity, after=after)
        given = b''
        with pytest.raises(RuntimeFault):
            while (block := reader.read()) is not None:
                given += block.entries
                after = block.position

        device.engine.start()
        bench.seen.wait_for(Resync, after=so_far)
        found = [line.partition(b' ')[2] for line in given.splitlines()]
        found += bench.wrote(identity, after=after)[0]
        assert found == ([] if known else entries)


def test_a_reader_that_is_closed_while_it_looks_back_has_nothing_to_say(docker_bench, monkeypatch):
    identity = fill(docker_bench, docker_bench.desired(command=numbered(1, 300_000)))
    _, position = docker_bench.wrote(identity)
    for after in ('', position):
        reader = docker_bench.runtime.logs(identity, after=after)
        on_first_piece(monkeypatch, reader.close)
        assert reader.read() is None


def on_first_piece(monkeypatch, do: Callable[[], None]) -> None:
    """Have something done when output of a container is about to be read."""
    gathered = docker_logs._gathered

    def interrupted(stream, **how):
        monkeypatch.setattr(docker_logs, '_gathered', gathered)
        do()
        return gathered(stream, **how)

    monkeypatch.setattr(docker_logs, '_gathered', interrupted)


def test_what_the_engine_dropped_is_told_of_in_its_place(docker_bench):
    # 130 MB, of which the engine keeps 96.
    script = 'echo first; while ! [ -e /go ]; do sleep 0.1; done;'
    script += 'line=$(head -c 15000 /dev/zero | tr "\\0" x); i=0; '
    script += 'while [ $i -lt 9000 ]; do i=$((i+1)); echo $line; done; echo last'
    identity = docker_bench.run(docker_bench.desired(command=('sh', '-c', script))).identity
    reader = docker_bench.runtime.logs(identity)
    position = reader.read().position
    reader.close()
    assert reader.read() is None
    assert docker_bench.runtime.exec(identity, ('touch', '/go'), timeout_sec=10) == 0
    docker_bench.seen.wait_state(identity, ENDED)
    reader, notes, last = docker_bench.runtime.logs(identity, after=position), 0, b''
    while (block := reader.read()) is not None:
        notes += block.entries.count(b' roost F some output after ')
        last = block.entries[-200:]
    assert notes == 1
    assert last.endswith(b' stdout F last\n')


def test_what_was_removed_before_it_was_read_is_told_of(docker_bench):
    script = 'line=$(head -c 15000 /dev/zero | tr "\\0" x); while true; do echo $line; done'
    identity = docker_bench.run(docker_bench.desired(command=('sh', '-c', script))).identity
    reader = docker_bench.runtime.logs(identity)
    last = reader.read().entries
    docker_bench.device.engine.client.containers.get(identity.token).remove(force=True)
    while (block := reader.read()) is not None:
        last = block.entries
    assert last.split(b' ', 2)[1] == b'roost'
    assert b' may be missing: the container was removed before all of it was taken in' in last
