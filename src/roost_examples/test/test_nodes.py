# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The example nodes find each other, data and goals flow, and each survives the others."""

from functools import partial
import math
import signal

from geometry_msgs.msg import Point, PoseStamped
import pytest
from rclpy.action import ActionClient
from std_msgs.msg import Float32

from roost_example_interfaces.action import Goto
from roost_example_interfaces.srv import RegisterTurtle
from testbed.spinning import on_spin_thread
from testbed.wait import eventually

NODES = ('simulator', 'turtle', 'command_center')


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize('name', NODES)
def test_a_node_alone_ends_quietly_and_soon(start, watcher, name, number):
    node = start(name)
    eventually(lambda: name in watcher.get_node_names(), 30.0, f'{name} is there')

    assert node.end(number, timeout_sec=2.0) == 0
    assert 'Traceback' not in node.log


def test_the_turtle_is_sent_around(start, watcher):
    places, readings = [], []
    watcher.create_subscription(PoseStamped, '/sim/pose', places.append, 10)
    watcher.create_subscription(Float32, '/sim/sensors', readings.append, 10)

    # The simulator comes last: nobody minds that it is not there yet.
    center, turtle, simulator = (start(name) for name in reversed(NODES))

    simulator.says("turtle 'turtle_0' enters the world")
    turtle.says('going to (2.0, 0.0)')
    center.says('the turtle reached')
    center.says('poses so far')
    eventually(lambda: any(pose.pose.position.x > 1.5 for pose in places), what='the turtle moved')
    assert {pose.header.frame_id for pose in places} == {'turtle_0'}
    eventually(lambda: readings)
    assert 20.0 <= readings[0].data <= 21.0
    for node in (center, turtle, simulator):
        assert node.end(signal.SIGTERM, timeout_sec=2.0) == 0
        assert 'Traceback' not in node.log


def test_a_turtle_that_is_killed_stands_still_and_its_successor_is_sent_on(start, watcher):
    places = []
    watcher.create_subscription(PoseStamped, '/sim/pose', places.append, 10)
    start('simulator')
    start('command_center')
    first = start('turtle')
    first.says('going to')
    eventually(lambda: places and places[-1].pose.position.x > 0.2, what='it moves')

    first.end(signal.SIGKILL)

    def stands() -> bool:
        last = [pose.pose.position for pose in places[-5:]]
        return len(last) == 5 and all(place == last[0] for place in last)

    eventually(stands, what='it stands still')
    start('turtle').says('going to')


def test_a_simulator_that_starts_anew_is_found(start):
    first = start('simulator')
    turtle = start('turtle')
    first.says('enters the world')
    first.end(signal.SIGKILL)

    start('simulator').says('enters the world')

    assert turtle.running


def test_goals_end_as_they_should(start, watcher):
    start('simulator')
    start('turtle')
    client = ActionClient(watcher, Goto, '/turtle_0/goto_action')
    assert client.wait_for_server(30.0)
    heard = []
    spinning = partial(on_spin_thread, watcher.executor)

    def send(place, feedback=None):
        sent = spinning(partial(client.send_goal_async, Goto.Goal(target=place), feedback))
        eventually(sent.done, what='an answer')
        return sent.result()

    def outcome_of(handle):
        ended = spinning(handle.get_result_async)
        eventually(ended.done, what='the end of the goal')
        return ended.result()

    near = outcome_of(send(Point(x=0.5), heard.append))
    superseded = send(Point(x=100.0))
    cancelled = send(Point(x=-100.0))
    spinning(cancelled.cancel_goal_async)

    assert near.status == 4  # succeeded
    assert math.hypot(near.result.reached.x - 0.5, near.result.reached.y) < 0.25
    assert heard[0].feedback.distance > heard[-1].feedback.distance
    assert outcome_of(superseded).status == 6  # aborted
    assert outcome_of(cancelled).status == 5  # cancelled


def test_a_name_that_cannot_be_is_refused_by_the_simulator(start, watcher):
    simulator = start('simulator')
    client = watcher.create_client(RegisterTurtle, '/register_sim_turtle')
    assert client.wait_for_service(30.0)

    for name in ('', 'a b', '/x'):
        client.call_async(RegisterTurtle.Request(name=name))

    simulator.says("'/x' cannot be the name of a turtle")
    assert simulator.running
