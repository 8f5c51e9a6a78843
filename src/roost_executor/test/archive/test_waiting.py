# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who waits for output is called once, when there is some or its time is over."""

from __future__ import annotations

from collections.abc import Iterator
import threading
import time

import pytest

from roost_core.instance import Slot
from roost_core.names import DeploymentId
from roost_executor.archive.waiting import Waiting

MAIN = Slot(DeploymentId('d1'), 'driver', 'main')
OTHER = Slot(DeploymentId('d1'), 'driver', 'other')


class Called:
    """Counts calls."""

    def __init__(self) -> None:
        self.count = 0
        self.event = threading.Event()

    def __call__(self) -> None:
        self.count += 1
        self.event.set()


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    waiting = Waiting()
    yield waiting
    waiting.close()


def add(waiting: Waiting, called: Called, *, sec: float = 20.0, news: bool = False):
    return waiting.add(
        lambda slot: slot == MAIN,
        called,
        until=time.monotonic() + sec,
        has_news=lambda: news,
    )


def test_one_who_waits_is_called_once_by_what_fits(waiting: Waiting) -> None:
    called = Called()
    add(waiting, called)
    waiting.notify(OTHER)
    assert not called.event.wait(0.1)
    for _ in range(5):
        waiting.notify(MAIN)
    assert called.event.wait(10)
    other = Called()
    add(waiting, other)
    waiting.notify(MAIN)
    assert other.event.wait(10)
    assert called.count == 1


def test_time_ends_waiting_shortest_first(waiting: Waiting) -> None:
    late, soon = Called(), Called()
    add(waiting, late, sec=20.0)
    add(waiting, soon, sec=0.05)
    assert soon.event.wait(10)
    assert late.count == 0


def test_what_was_written_before_waiting_began_ends_it(waiting: Waiting) -> None:
    called = Called()
    add(waiting, called, news=True)
    assert called.event.wait(10)


def test_waiting_can_be_ended(waiting: Waiting) -> None:
    called = Called()
    wait = add(waiting, called)
    waiting.end(wait)
    assert called.event.wait(10)


def test_closing_calls_everybody() -> None:
    waiting, before, after = Waiting(), Called(), Called()
    add(waiting, before)
    waiting.close()
    add(waiting, after)
    assert (before.count, after.count) == (1, 1)
