# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is told of findings that come and go."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from roost_core.graph.model import Finding, FindingKind
from roost_core.graph.settling import settle

ALONE = Finding(
    kind=FindingKind.NO_SUBSCRIBER, network='default', deployment_id='a', name='/x', message='a'
)
BAD = Finding(
    kind=FindingKind.NOT_SEEN, network='default', deployment_id='a', name='/x', message='b'
)


def told(history, settle_sec=5.0):
    """Give what is told last, of (time, findings)."""
    since = {}
    for now, found in history:
        settled = settle(found, since, now=now, settle_sec=settle_sec)
        since = settled.since
    return settled


def test_a_finding_is_told_when_it_has_held_for_a_while():
    assert told([(0, [ALONE]), (4.9, [ALONE])]).told == ()
    assert told([(0, [ALONE]), (5, [ALONE])]).told == (ALONE,)


def test_it_is_gone_at_once_and_begins_anew():
    assert told([(0, [ALONE]), (5, [ALONE]), (6, [])]).told == ()
    assert told([(0, [ALONE]), (5, []), (6, [ALONE]), (10, [ALONE])]).told == ()


def test_a_finding_whose_words_change_goes_on():
    renamed = replace(ALONE, message='others', deployment_id='b', deployment_ids=('b',))

    assert told([(0, [ALONE]), (5, [renamed])]).told == (renamed,)


def test_what_one_deployment_lacks_is_no_finding_of_another():
    other = replace(BAD, deployment_id='b')

    assert told([(0, [BAD]), (5, [other])]).told == ()


def test_it_says_when_the_next_one_is_due():
    assert told([(0, [ALONE]), (2, [ALONE, BAD])]).due_sec == 3
    assert told([(0, [ALONE]), (2, [ALONE, BAD]), (5, [ALONE, BAD])]).due_sec == 2
    assert told([(0, [ALONE]), (5, [ALONE])]).due_sec is None


def test_nothing_settles_when_there_is_no_time_to_wait():
    assert told([(0, [ALONE, BAD])], settle_sec=0).told == (ALONE, BAD)


@given(st.lists(st.tuples(st.floats(0, 3), st.booleans()), min_size=1, max_size=20))
def test_told_is_what_held_without_a_break(steps):
    now, began, history = 0.0, None, []
    for pause, holds in steps:
        now += pause
        began = (now if began is None else began) if holds else None
        history.append((now, [ALONE] if holds else []))

    assert bool(told(history).told) == (began is not None and began + 5.0 - now <= 0)
