# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from itertools import islice
import queue

from shown import event

from roost_cli import eventing
from roost_cli.eventing import event_line, patient, replayed, without_gaps
from roost_cli.exits import TookTooLong, Unreachable
from roost_core.status import Status


def heard(*numbers: int) -> queue.SimpleQueue:
    filled: queue.SimpleQueue = queue.SimpleQueue()
    for number in numbers:
        filled.put(event(number))
    return filled


def kept(newest: int, page: int = 100):
    def read_since(number: int):
        return tuple(map(event, range(number + 1, min(newest, number + page) + 1))), newest

    return read_since


def numbers(stream, count: int) -> list[int]:
    return [each.number for each in islice(stream, count)]


def test_what_is_heard_in_order_is_not_read() -> None:
    def never(number: int):
        raise AssertionError(f'read since {number}')

    assert numbers(without_gaps(heard(4, 5, 6), never, 3, 1.0), 3) == [4, 5, 6]


def test_a_gap_is_filled_and_nothing_comes_twice() -> None:
    stream = without_gaps(heard(4, 7, 6, 8), kept(7), 3, 1.0)

    assert numbers(stream, 5) == [4, 5, 6, 7, 8]


def test_what_was_listed_already_does_not_come_again() -> None:
    assert numbers(without_gaps(heard(2, 3, 4), kept(4), 3, 1.0), 1) == [4]


def test_a_gap_longer_than_a_page_is_read_in_pages() -> None:
    assert numbers(without_gaps(heard(10), kept(10, page=3), 1, 1.0), 9) == list(range(2, 11))


def test_the_last_one_before_a_silence_is_read() -> None:
    assert numbers(without_gaps(heard(), kept(5), 4, 0.01), 1) == [5]


def test_events_that_are_no_longer_kept_do_not_stop_the_stream() -> None:
    def only_newest(number: int):
        return ((event(9),) if number < 9 else ()), 9

    assert numbers(without_gaps(heard(8, 10), only_newest, 3, 0.01), 2) == [9, 10]


def test_all_after_a_number_are_replayed_in_pages() -> None:
    assert [each.number for each in replayed(kept(10, page=3), 2)] == list(range(3, 11))
    assert list(replayed(kept(10), 10)) == []


def test_a_manager_that_is_away_is_asked_until_it_is_back(monkeypatch, capsys) -> None:
    monkeypatch.setattr(eventing, 'AGAIN_SEC', 0.001)
    failures = [Unreachable('nobody offers it\nand so on'), TookTooLong('no answer')]

    def read_since(number: int):
        if failures:
            raise failures.pop(0)
        return kept(5)(number)

    assert numbers(without_gaps(heard(5), patient(read_since), 3, 1.0), 2) == [4, 5]
    assert capsys.readouterr().err.splitlines() == [
        'the manager does not answer, trying on: nobody offers it',
        'the manager is back',
    ]


def test_a_line_says_what_happened_to_what_and_where() -> None:
    line = event_line(
        event(
            12,
            component='driver',
            executable='main',
            device='rover1',
            status=Status.ERROR,
            codes=('DEP_E163',),
            message='Error: crash loop',
        )
    )

    assert line == '    12  -  turtle/driver/main on rover1  Error: crash loop [DEP_E163]'


def test_codes_that_are_the_message_are_said_once() -> None:
    line = event_line(event(13, codes=('DEP_E151', 'DEP_E163'), message='DEP_E151, DEP_E163'))

    assert line == '    13  -  turtle  DEP_E151, DEP_E163'
