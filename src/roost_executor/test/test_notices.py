# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Notices."""

from __future__ import annotations

import pytest

from roost_executor.notices import LOG_EVERY_SEC, MOST, Notices


class Ear:
    """What was logged and told."""

    def __init__(self) -> None:
        self.now = 100.0
        self.logged: list[str] = []
        self.told: list[tuple[str, ...]] = []
        self.notices = Notices(self.logged.append, self.told.append, monotonic=lambda: self.now)


@pytest.fixture
def ear() -> Ear:
    return Ear()


def test_the_newest_word_on_a_topic_replaces_the_former(ear) -> None:
    ear.notices.put('order', 'older (1, 2)')
    ear.notices.put('trust', 'trusted')
    ear.notices.put('order', 'older (1, 3)')

    assert ear.told[-1] == ('trusted', 'older (1, 3)')


def test_what_is_repeated_is_neither_told_nor_logged(ear) -> None:
    for _ in range(100):
        ear.notices.put('order', 'older')

    assert ear.told == [('older',)]
    assert ear.logged == ['older']


def test_a_flood_is_logged_now_and_then(ear) -> None:
    for number in range(100):
        ear.notices.put('order', f'older {number}')
    ear.now += LOG_EVERY_SEC
    ear.notices.put('order', 'older still')

    assert ear.logged == ['older 0', 'older still']


def test_there_are_never_too_many(ear) -> None:
    for number in range(MOST + 5):
        ear.notices.put(f'topic {number}', f'text {number}')

    assert len(ear.told[-1]) == MOST
    assert ear.told[-1][0] == 'text 5'


def test_what_is_settled_is_taken_back(ear) -> None:
    ear.notices.put('order', 'older')
    ear.notices.settle('order')
    ear.notices.settle('never said')

    assert ear.told == [('older',), ()]
