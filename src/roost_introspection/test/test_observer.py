# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is known, and what is asked."""

from dataclasses import replace

from graph_builders import (
    arrows,
    deployment,
    device,
    endpoint,
    in_container,
    native,
    participant,
    prefix,
    PUB,
    snapshot,
    SUB,
    topology,
)

from roost_core.graph.attribution import Place
from roost_core.graph.model import FindingKind
from roost_core.graph.topology import TopologyComponent, TopologyNetwork
from roost_core.phase import Phase
from roost_core.status import Status
from roost_introspection.observer import Judgement, Observer

ROVER = device('rover1', 'id1', host_name='rover1')
SEEN = snapshot(
    participant(1, host_name='rover1', host_id='id1', process_id=11),
    participant(2, host_name='rover1', host_id='id1', process_id=22),
    participant(3, host_name='rover1', host_id='id1', process_id=33),
    endpoint(1, '/driver', PUB, '/scan'),
    endpoint(2, '/mapper', SUB, '/scan'),
    endpoint(3, '/roost/devices/rover1/executor', PUB, '/roost/device_reports'),
)
DRIVER = Place('driver-id', 'main', 'run')


def asked(observer):
    return {
        name: sorted(question.process_id for question in questions)
        for name, questions in observer.questions().items()
    }


def test_executors_are_asked_about_nodes_that_are_not_roosts_own():
    observer = Observer()
    observer.deployed(topology(native('driver'), ROVER))

    observer.seen('default', SEEN)

    assert asked(observer) == {'rover1': [11, 22]}


def test_answers_change_the_graph_and_end_the_questions():
    observer = Observer()
    observer.deployed(topology(native('driver'), ROVER))
    observer.seen('default', SEEN)

    observer.answered('rover1', {prefix(1): DRIVER, prefix(2): None})

    assert asked(observer) == {}
    assert arrows(observer.graph()) == [('topic', 'driver', '1 other ROS node', '/scan')]


def test_a_new_native_executable_asks_again_about_who_was_foreign():
    observer = Observer()
    observer.deployed(topology(native('driver'), ROVER))
    observer.seen('default', SEEN)
    observer.answered('rover1', {prefix(1): DRIVER, prefix(2): None})

    observer.deployed(topology(native('driver'), native('mapper'), ROVER))

    assert asked(observer) == {'rover1': [22]}


def test_a_process_that_went_and_one_that_came_are_not_mixed_up():
    observer = Observer()
    observer.deployed(topology(native('driver'), ROVER))
    observer.seen('default', SEEN)
    observer.answered('rover1', {prefix(1): DRIVER, prefix(2): None})

    observer.seen('default', snapshot())
    observer.seen('default', SEEN)

    assert asked(observer) == {'rover1': [11, 22]}


def test_only_news_is_news():
    observer = Observer()

    assert observer.seen('default', SEEN)
    assert not observer.seen('default', SEEN)


def on_default(name, **values):
    part = TopologyComponent(name='main', network='default')
    return replace(deployment(name, **values), components=(part,))


def fleet(*parts):
    return replace(topology(*parts), networks=(TopologyNetwork(name='default', domain_id=1),))


TALKER = snapshot(in_container(1, 'talker'), endpoint(1, '/talker', PUB, '/chatter'))


def blind(observer):
    graph = observer.graph()
    (network,) = graph.networks
    found = [each for each in graph.findings if each.kind is FindingKind.BLIND]
    assert bool(network.message) == bool(found)
    return network.message


def test_what_was_seen_by_a_device_alone_and_is_no_more_is_told():
    observer = Observer(settle_sec=0.0, unseen_sec=8.0)
    observer.deployed(fleet(on_default('talker'), device('rover1')))
    observer.seen('default', snapshot())
    observer.seen('default', TALKER, watched_from='rover1')
    assert observer.settle(0.0).due_sec is None
    assert blind(observer) == ''

    unknown = on_default('talker', running=False)
    unknown = replace(unknown, phase=Phase.SUCCEEDED, status=Status.UNKNOWN)
    observer.deployed(fleet(unknown, device('rover1', online=False)))
    observer.gone('default', watched_from='rover1')

    assert observer.settle(10.0).due_sec == 8.0
    assert blind(observer) == ''
    assert observer.settle(17.0) == Judgement(changed=False, due_sec=1.0)
    assert observer.settle(18.0) == Judgement(changed=True, due_sec=None)
    assert blind(observer) == "what runs on 'rover1' is not seen"

    observer.seen('default', TALKER)
    observer.settle(19.0)
    assert blind(observer) == ''


def test_what_was_seen_from_here_and_went_with_its_device_is_gone():
    observer = Observer(settle_sec=0.0, unseen_sec=8.0)
    observer.deployed(fleet(on_default('talker'), device('rover1')))
    observer.seen('default', TALKER)
    unknown = on_default('talker', running=False)
    unknown = replace(unknown, phase=Phase.SUCCEEDED, status=Status.UNKNOWN)
    observer.deployed(fleet(unknown, device('rover1', online=False)))
    observer.seen('default', snapshot())

    observer.settle(0.0)
    observer.settle(100.0)

    assert blind(observer) == ''


def test_a_device_that_watches_and_sees_nothing_of_its_own_has_nothing():
    observer = Observer(settle_sec=0.0, unseen_sec=8.0)
    observer.deployed(fleet(on_default('talker'), device('rover1')))
    observer.seen('default', snapshot())
    observer.seen('default', snapshot(), watched_from='rover1')

    observer.settle(0.0)
    observer.settle(100.0)

    assert blind(observer) == ''
