# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""One sight out of several collectors'."""

from dataclasses import replace

from graph_builders import (
    ACTION_SERVER,
    arrows,
    deployment,
    draw,
    endpoint,
    in_container,
    participant,
    PUB,
    snapshot,
    SUB,
    topology,
)

from roost_core.graph.merging import merged
from roost_core.graph.snapshot import ParticipantSource

TALKER = endpoint(1, '/talker', PUB, '/chatter')
LISTENER = endpoint(2, '/listener', SUB, '/chatter')


def from_device(snapshot_, device='rover1'):
    return replace(snapshot_, watched_from=device)


def test_what_two_see_counts_once():
    here = snapshot(TALKER, in_container(1, 'talker'))
    there = from_device(snapshot(TALKER, LISTENER, in_container(2, 'listener')))

    (both,) = merged([there, here])

    assert both.endpoints == (TALKER, LISTENER)
    assert len(both.participants) == 2
    graph = draw(both, topology(deployment('talker'), deployment('listener')))
    assert arrows(graph) == [('topic', 'talker', 'listener', '/chatter')]


def test_who_knows_more_of_a_node_is_believed():
    nameless = replace(TALKER, node_name='', node_namespace='')
    guessed = participant(1, process_id=1, source=ParticipantSource.GUID_PREFIX)
    told = participant(1, host_name='rover1', process_id=1)

    (both,) = merged([snapshot(nameless, guessed), from_device(snapshot(TALKER, told))])

    assert both.endpoints == (TALKER,)
    assert both.participants == (told,)


def test_an_action_of_which_each_saw_other_parts_is_one():
    one = endpoint(1, '/arm', ACTION_SERVER, '/move', entity=1)
    other = endpoint(1, '/arm', ACTION_SERVER, '/move', entity=2)

    (both,) = merged([snapshot(one), from_device(snapshot(other))])

    assert len(both.endpoints) == 1


def test_networks_stay_apart():
    assert len(merged([snapshot(TALKER), snapshot(TALKER, network='site')])) == 2
