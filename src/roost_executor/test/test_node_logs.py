# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Logs of native processes, from the executor as a process, through its service."""

from __future__ import annotations

import signal
from typing import Any

from executor_process import DEADLINE_SEC, Executor, Manager, ROVER
from log_client import LogClient
import pytest
from rclpy.action import ActionClient
from supervisor_rig import removal
from test_node import native

from roost_core.package import RestartPolicy
from roost_core.status import Status
from roost_core.ticket import Purpose
from roost_interfaces.action import FollowLogs
from roost_interfaces.msg import LogCursor, LogLine
from roost_wire import endpoints
from testbed.wait import eventually

STEADY = 'i=0; while [ $i -lt {count} ]; do i=$((i+1)); echo $i; done; echo end >&2; sleep 1000'


def counting(name: str = 'driver', count: int = 1000, **fields):
    return native(name, 'sh', '-c', STEADY.format(count=count), **fields)


@pytest.fixture
def client(executor: Executor, manager: Manager) -> LogClient:
    executor.start()
    manager.wait(lambda heard: heard, 'the first report')
    return LogClient(manager, 'driver')


def numbers(count: int) -> list[bytes]:
    return [b'%d' % number for number in range(1, count + 1)]


def test_what_was_written_is_read(manager: Manager, client: LogClient) -> None:
    item = counting()
    manager.ask(item)
    name = item.slot.executable
    client.follow(lambda: b'end' in client.texts.get(name, ()))
    assert client.texts[name] == [*numbers(1000), b'end']
    assert client.numbers[name] == list(range(1, 1002))
    assert client.lost == 0


def test_a_kill_of_the_executor_neither_loses_nor_doubles(
    executor: Executor, manager: Manager, client: LogClient
) -> None:
    item = counting(count=200_000)
    manager.ask(item)
    name = item.slot.executable
    for _ in range(3):
        so_far = len(client.texts.get(name, ()))
        client.follow(lambda so_far=so_far: len(client.texts.get(name, ())) > so_far + 10_000)
        heard = len(manager.heard)
        executor.end(signal.SIGKILL)
        executor.start()
        manager.wait(lambda heard: heard, 'a report', after=heard)
    client.follow(lambda: client.texts[name][-1:] == [b'end'], timeout_sec=60)
    assert client.texts[name] == [*numbers(200_000), b'end']
    assert client.numbers[name] == list(range(1, 200_002))


def test_what_was_written_outlives_generations_and_the_deployment(
    manager: Manager, client: LogClient
) -> None:
    first = native('driver', 'sh', '-c', 'echo one; sleep 1000')
    manager.ask(first)
    name = first.slot.executable
    client.follow(lambda: client.texts.get(name) == [b'one'])
    second = native('driver', 'sh', '-c', 'echo two; sleep 1000', generation=2)
    manager.ask(second)
    client.follow(lambda: client.texts.get(name) == [b'one', b'two'])
    manager.ask(remove=(removal('driver'),))
    manager.wait_removed('driver')

    again = client.ask(ticket=client.ticket(Purpose.LOGS))
    assert [chunk.generation for chunk in again.chunks] == [1, 2]
    only = client.ask(generation=1)
    assert [chunk.generation for chunk in only.chunks] == [1]


def test_all_of_what_ends_at_once_is_kept_although_it_is_removed(
    manager: Manager, client: LogClient
) -> None:
    item = native(
        'driver', 'sh', '-c', 'trap "seq 1 50000; exit" TERM; echo up; sleep 1000 & wait'
    )
    manager.ask(item)
    name = item.slot.executable
    client.follow(lambda: client.texts.get(name))
    manager.ask(remove=(removal('driver'),))
    manager.wait_removed('driver')
    client.follow(lambda: len(client.texts[name]) > 50_000)
    assert client.texts[name] == [b'up', *numbers(50_000)]


def test_streams_times_and_tails_are_filtered(manager: Manager, client: LogClient) -> None:
    item = native('driver', 'sh', '-c', 'seq 1 100; echo end >&2; sleep 1000')
    manager.ask(item)
    name = item.slot.executable
    client.follow(lambda: len(client.texts.get(name, ())) == 101)

    def texts(**fields) -> list[bytes]:
        other = LogClient(manager, 'driver')
        other.read(**fields)
        return other.texts.get(name, [])

    assert texts(stream='stderr') == [b'end']
    assert texts(stream='stdout') == numbers(100)
    assert texts(tail=2) == [b'100', b'end']
    assert texts(tail=2, stream='stdout') == [b'99', b'100']
    assert texts(generation=7) == []


@pytest.mark.parametrize(
    ('cursor', 'fields', 'code', 'why'),
    [
        (('part', 'main', 1 << 60), {}, 'INVALID', 'stands at'),
        (('Part', '../..', 1), {}, 'INVALID', 'is no name'),
        (None, {'wait_sec': float('nan')}, 'INVALID', 'wait_sec'),
        (None, {'wait_sec': -1.0}, 'INVALID', 'wait_sec'),
        (None, {'stream': 'stdlog'}, 'INVALID', 'stream'),
        (None, {'ticket': 'garbage'}, 'REFUSED', 'not signed'),
    ],
)
def test_what_makes_no_sense_is_refused(
    manager: Manager, client: LogClient, cursor, fields, code: str, why: str
) -> None:
    manager.ask(native('driver'))
    manager.wait_for(native('driver'), Status.RUNNING)
    if cursor:
        component, executable, following = cursor
        fields = {
            'cursors': [LogCursor(component=component, executable=executable, next=following)]
        }
    result = client.ask(**fields).result
    assert (result.ok, result.code) == (False, code)
    assert why in result.message


def test_waiting_needs_a_ticket_to_follow(manager: Manager, client: LogClient) -> None:
    manager.ask(native('driver'))
    manager.wait_for(native('driver'), Status.RUNNING)
    ticket = client.ticket(Purpose.LOGS)
    assert client.ask(ticket=ticket).result.ok
    assert client.ask(ticket=ticket, wait_sec=1.0).result.code == 'REFUSED'
    elsewhere = client.ticket(Purpose.LOGS, component='other')
    assert client.ask(ticket=elsewhere).chunks == []


def test_restarts_go_on_in_the_same_numbers(manager: Manager, client: LogClient) -> None:
    item = native('driver', 'sh', '-c', 'echo up; exit 1', restart=RestartPolicy.ALWAYS)
    manager.ask(item)
    name = item.slot.executable
    client.follow(lambda: len(client.texts.get(name, ())) >= 4)
    assert client.numbers[name][:4] == [1, 2, 3, 4]


def test_waiting_polls_are_bounded_and_end_in_time(manager: Manager, client: LogClient) -> None:
    item = native('driver', 'sleep', '1000')
    manager.ask(item)
    manager.wait_for(item, Status.RUNNING)
    ticket = client.ticket()
    pending = []
    for _ in range(64):
        pending.append(client.begin(ticket=ticket, wait_sec=15.0))
        client.ask(ticket=ticket)  # services queue ten requests
    eventually(
        lambda: client.ask(ticket=ticket, wait_sec=0.01).result.code == 'UNAVAILABLE',
        DEADLINE_SEC,
        'a refusal of one more',
    )
    assert client.ask(ticket=ticket).result.ok
    for future in pending:
        eventually(future.done, DEADLINE_SEC, 'an answer')
        assert future.result().result.ok
        assert future.result().chunks == []


class Follower:
    """Follows by the action."""

    def __init__(self, manager: Manager, **goal: Any) -> None:
        name = f'{endpoints.device_namespace(ROVER)}/{endpoints.EXECUTOR}/follow_logs'
        self._session = manager.session
        self._client = self._session.do(
            lambda: ActionClient(manager.session.node, FollowLogs, name)
        )
        eventually(self._client.server_is_ready, DEADLINE_SEC, 'the action')
        self.lines: list[LogLine] = []
        sent = self._session.do(
            lambda: self._client.send_goal_async(
                FollowLogs.Goal(**goal), lambda heard: self.lines.extend(heard.feedback.lines)
            )
        )
        eventually(sent.done, DEADLINE_SEC, 'the acceptance')
        self.goal = sent.result()

    @property
    def texts(self) -> list[str]:
        """What came."""
        return [line.text for line in self.lines]

    def cancel(self) -> None:
        """Have it end."""
        self._session.do(self.goal.cancel_goal_async)

    def result(self) -> Any:
        """Wait for the end; rclpy gives out no lines that come behind it."""
        result = self._session.do(self.goal.get_result_async)
        eventually(result.done, DEADLINE_SEC, 'the result')
        return result.result().result


def test_lines_are_followed_until_that_is_cancelled(manager: Manager, client: LogClient) -> None:
    manager.ask()  # from now on the device knows whom it obeys
    manager.wait(lambda heard: heard.report.applied == (1, 1), 'an answer')
    follower = Follower(manager, ticket=client.ticket(), follow=True)
    item = native(
        'driver', 'sh', '-c', 'printf "a\\377\\n"; echo b >&2; sleep 1; echo c; sleep 99'
    )
    manager.ask(item)
    eventually(lambda: follower.texts == ['a\ufffd', 'b', 'c'], DEADLINE_SEC, 'all lines')
    assert [line.stream for line in follower.lines] == ['stdout', 'stderr', 'stdout']
    assert [line.number for line in follower.lines] == [1, 2, 3]
    follower.cancel()
    result = follower.result()
    assert (result.result.code, result.lines) == ('CANCELLED', 3)


def test_lines_that_are_there_are_given_to_the_end(manager: Manager, client: LogClient) -> None:
    item = native('driver', 'sh', '-c', 'seq 1 500; sleep 99')
    manager.ask(item)
    client.follow(lambda: len(client.texts.get(item.slot.executable, ())) == 500)
    follower = Follower(manager, ticket=client.ticket(Purpose.LOGS), tail=150)
    eventually(lambda: len(follower.texts) == 150, DEADLINE_SEC, 'all lines')
    result = follower.result()
    assert (result.result.ok, result.lines) == (True, 150)
    assert follower.texts == [str(number) for number in range(351, 501)]
    refused = Follower(manager, ticket=client.ticket(Purpose.LOGS), follow=True).result()
    assert refused.result.code == 'REFUSED'
