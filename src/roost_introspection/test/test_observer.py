# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is known, and what is asked."""

from graph_builders import (
    arrows,
    device,
    endpoint,
    native,
    participant,
    prefix,
    PUB,
    snapshot,
    SUB,
    topology,
)

from roost_core.graph.attribution import Place
from roost_introspection.observer import Observer

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
