# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The thread that decides, and the threads that do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import queue
import threading
import time

import pytest

from roost_executor.loop import Loop
from roost_executor.workers import Workers

DEADLINE_SEC = 10.0


class Owner:
    """Someone who has a loop, and notes what it does."""

    def __init__(self) -> None:
        self.done: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.complaints: list[tuple[str, str]] = []
        self.patience: float | None = None
        self.decide: Callable[[], None] = lambda: self.done.put('decided')
        self.loop = Loop(
            'test',
            decide=lambda: self.decide(),
            patience=lambda: self.patience,
            complain=lambda topic, text: self.complaints.append((topic, text)),
        )

    def next(self) -> str:
        return self.done.get(timeout=DEADLINE_SEC)


@pytest.fixture
def owner() -> Iterator[Owner]:
    owner = Owner()
    yield owner
    owner.loop.close(DEADLINE_SEC)


def test_it_decides_once_after_all_that_came_together(owner: Owner) -> None:
    for number in range(3):
        owner.loop.post(lambda number=number: owner.done.put(f'task {number}'))
    owner.loop.start()

    assert [owner.next() for _ in range(4)] == ['task 0', 'task 1', 'task 2', 'decided']
    assert owner.done.empty()


def test_it_decides_when_patience_ends(owner: Owner) -> None:
    owner.patience = 0.01
    began = time.monotonic()

    def decide() -> None:
        owner.patience = None
        owner.done.put('decided')

    owner.decide = decide
    owner.loop.start()

    assert owner.next() == 'decided'
    assert time.monotonic() - began >= 0.01


def test_what_fails_is_told_and_ends_nothing(owner: Owner) -> None:
    owner.loop.post(lambda: 1 // 0)  # type: ignore[arg-type, return-value]
    owner.loop.post(lambda: owner.done.put('task'))
    owner.loop.start()

    assert [owner.next(), owner.next()] == ['task', 'decided']
    assert owner.complaints[0][0] == 'defect'
    assert 'ZeroDivisionError' in owner.complaints[0][1]


def test_no_more_tasks_at_a_time_than_allowed() -> None:
    workers = Workers('test', 3)
    busy, most, lock = [0], [0], threading.Lock()
    held, done = threading.Event(), threading.Semaphore(0)

    def task() -> None:
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        held.wait(DEADLINE_SEC)
        with lock:
            busy[0] -= 1
        done.release()

    for _ in range(10):
        workers.submit(task)
    held.set()

    assert all(done.acquire(timeout=DEADLINE_SEC) for _ in range(10))
    assert most[0] <= 3


def test_threads_are_started_as_they_are_needed() -> None:
    workers = Workers('lazy', 8)
    done = threading.Event()

    workers.submit(done.set)

    assert done.wait(DEADLINE_SEC)
    assert sum(each.name.startswith('lazy-') for each in threading.enumerate()) == 1


def test_a_thread_that_hangs_does_not_hold_up_the_end() -> None:
    workers = Workers('hung', 1)
    workers.submit(lambda: threading.Event().wait() and None)

    assert all(each.daemon for each in threading.enumerate() if each.name.startswith('hung-'))
