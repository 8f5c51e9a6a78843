# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Which publishers and subscriptions talk."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from roost_core.graph.qos_match import Mismatch, mismatches
from roost_core.graph.snapshot import NO_QOS, Qos

ANY = st.builds(
    Qos,
    st.sampled_from(['reliable', 'best effort', '']),
    st.sampled_from(['volatile', 'transient local', '']),
    st.sampled_from([0.0, 0.1, 1.0, 2.0]),
    st.sampled_from(['automatic', 'manual by topic', '']),
    st.sampled_from([0.0, 0.5, 3.0]),
)


def qos(reliability='reliable', durability='volatile', deadline=0.0, live='automatic', lease=0.0):
    return Qos(reliability, durability, deadline, live, lease)


# The tables of "Quality of Service settings" of the documentation of ROS 2.
@pytest.mark.parametrize(
    ('offered', 'requested', 'cause'),
    [
        (qos('best effort'), qos('best effort'), None),
        (qos('best effort'), qos('reliable'), Mismatch('best effort', 'reliable')),
        (qos('reliable'), qos('best effort'), None),
        (qos(), qos(), None),
        (
            qos(durability='volatile'),
            qos(durability='transient local'),
            Mismatch('volatile', 'transient local'),
        ),
        (qos(durability='transient local'), qos(durability='volatile'), None),
        (qos(), qos(deadline=1.0), Mismatch('no deadline', 'a deadline of 1 s')),
        (qos(deadline=1.0), qos(), None),
        (qos(deadline=1.0), qos(deadline=1.0), None),
        (qos(deadline=0.5), qos(deadline=1.0), None),
        (
            qos(deadline=2.0),
            qos(deadline=0.1),
            Mismatch('a deadline of 2 s', 'a deadline of 0.1 s'),
        ),
        (qos(live='manual by topic'), qos(), None),
        (
            qos(),
            qos(live='manual by topic'),
            Mismatch('automatic liveliness', 'liveliness that is manual by topic'),
        ),
        (qos(), qos(lease=3.0), Mismatch('no liveliness lease', 'a liveliness lease of 3 s')),
        (qos(lease=3.0), qos(), None),
        (
            qos(lease=3.0),
            qos(lease=1.0),
            Mismatch('a liveliness lease of 3 s', 'a liveliness lease of 1 s'),
        ),
    ],
)
def test_two_ends_talk_when_as_much_is_offered_as_is_asked_for(offered, requested, cause):
    assert mismatches(offered, requested) == ((cause,) if cause else ())


def test_every_cause_is_told():
    found = mismatches(
        qos('best effort', deadline=2.0), qos('reliable', 'transient local', deadline=1.0)
    )

    assert [each.requested for each in found] == [
        'reliable',
        'transient local',
        'a deadline of 1 s',
    ]


def test_a_rounded_time_is_no_cause():
    assert not mismatches(qos(deadline=0.1), qos(deadline=0.09999999986030161))


def test_who_tells_no_liveliness_tells_no_times_either():
    assert not mismatches(Qos('reliable', 'volatile'), qos(deadline=1.0, lease=1.0))


@given(ANY)
def test_anything_talks_to_its_like_and_to_what_is_not_told(any_qos):
    assert not mismatches(any_qos, any_qos)
    assert not mismatches(any_qos, NO_QOS)
    assert not mismatches(NO_QOS, any_qos)


@given(ANY, ANY)
def test_two_are_kept_apart_in_one_direction_by_each_cause(one, other):
    there, back = mismatches(one, other), mismatches(other, one)

    assert not {(each.requested, each.offered) for each in there} & {
        (each.offered, each.requested) for each in back
    }
