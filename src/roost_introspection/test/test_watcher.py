# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""When looks happen."""

import threading

import pytest

from roost_introspection.watcher import Watcher

SOON_SEC = 30.0


class Looks:
    """Counts looks, each settled or not as told."""

    def __init__(self, *, settled=True, fails=False):
        self.settled = settled
        self.fails = fails
        self.complaints = []
        self._counted = threading.Semaphore(0)

    def __call__(self):
        self._counted.release()
        if self.fails:
            raise RuntimeError('no look today')
        return self.settled

    def another(self, within_sec=SOON_SEC):
        return self._counted.acquire(timeout=within_sec)


@pytest.fixture
def start():
    watchers = []

    def start_(looks, resync_sec=3600.0):
        watcher = Watcher(
            looks, debounce_sec=0.01, resync_sec=resync_sec, complain=looks.complaints.append
        )
        watchers.append(watcher)
        watcher.start()
        return watcher

    yield start_
    for watcher in watchers:
        watcher.close()


def test_the_first_look_comes_at_once_and_no_other_without_cause(start):
    looks = Looks()

    start(looks)

    assert looks.another()
    assert not looks.another(within_sec=0.3)


def test_a_sign_of_a_change_is_followed_by_a_look(start):
    looks = Looks()
    watcher = start(looks)
    assert looks.another()

    watcher.wake()

    assert looks.another()


def test_while_things_are_unsettled_looks_go_on(start):
    looks = Looks(settled=False)

    start(looks)

    assert all(looks.another() for _ in range(3))


def test_a_slow_resync_comes_without_cause(start):
    looks = Looks()

    start(looks, resync_sec=0.05)

    assert all(looks.another() for _ in range(3))


def test_a_look_that_fails_is_told_of_and_ends_nothing(start):
    looks = Looks(fails=True)

    start(looks)

    assert all(looks.another() for _ in range(3))
    assert 'no look today' in looks.complaints[0]
