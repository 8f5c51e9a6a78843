# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The process of a `RosClient`: a spinning node that does what the test process asks for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import Client
import os
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

import rclpy
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from testbed.spinning import on_spin_thread
from testbed.wait import eventually


class Agent:
    """Hold the node; every public method can be asked for, and answers from a worker thread."""

    def __init__(
        self, node: Node, executor: SingleThreadedExecutor, send: Callable[..., None]
    ) -> None:
        self._node = node
        self._executor = executor
        self._send = send
        self._made: dict[object, Any] = {}
        self._making = threading.Lock()
        self._goals: dict[str, tuple[Any, list[Any]]] = {}

    def call(
        self,
        service_type: Any,
        service: str,
        request: Any,
        timeout_sec: float,
        every_sec: float,
    ) -> Any:
        """Call a service, again and again if it is silent."""
        client = self._once(
            ('service', service), lambda: self._node.create_client(service_type, service)
        )
        deadline = time.monotonic() + timeout_sec
        eventually(client.service_is_ready, timeout_sec, f'service {service} is there')
        answered = threading.Event()
        futures = []
        while (left_sec := deadline - time.monotonic()) > 0:
            futures.append(client.call_async(request))
            futures[-1].add_done_callback(lambda _: answered.set())
            if answered.wait(min(every_sec, left_sec)):
                return next(future.result() for future in futures if future.done())
        raise AssertionError(f'the answer of {service}: not within {timeout_sec:g} s')

    def send_goal(self, action_type: Any, action: str, goal: Any, timeout_sec: float) -> str:
        """Send a goal; return a key of it."""
        client = self._once(
            ('action', action), lambda: ActionClient(self._node, action_type, action)
        )
        eventually(client.server_is_ready, timeout_sec, f'action {action} is there')
        feedback: list[Any] = []
        send = partial(
            client.send_goal_async,
            goal,
            feedback_callback=lambda message: feedback.append(message.feedback),
        )
        handle = self._result(send, timeout_sec, f'the acceptance of a goal of {action}')
        assert handle.accepted, f'{action} rejected the goal'
        key = bytes(handle.goal_id.uuid).hex()
        self._goals[key] = (handle, feedback)
        return key

    def goal_feedback(self, key: str) -> list[Any]:
        """Return the feedback so far."""
        return list(self._goals[key][1])

    def cancel_goal(self, key: str, timeout_sec: float) -> None:
        """Ask for a goal's cancelling."""
        self._result(self._goals[key][0].cancel_goal_async, timeout_sec, 'the cancelling')

    def goal_result(self, key: str, timeout_sec: float) -> SimpleNamespace:
        """Wait for a goal's end."""
        ask = self._goals[key][0].get_result_async
        answer = self._result(ask, timeout_sec, 'the end of a goal')
        return SimpleNamespace(status=answer.status, result=answer.result)

    def _result(self, ask: Callable[[], Any], timeout_sec: float, what: str) -> Any:
        future = on_spin_thread(self._executor, ask)
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        assert done.wait(timeout_sec), f'{what}: not within {timeout_sec:g} s'
        return future.result()

    def listen(
        self,
        number: int,
        message_type: Any,
        topic: str,
        latched: bool,
        reliable: bool,
        depth: int,
    ) -> None:
        """Subscribe, and send on what comes."""
        self._once(
            ('listen', number),
            lambda: self._node.create_subscription(
                message_type,
                topic,
                lambda message: self._send('message', number, message),
                _qos(latched, reliable, depth),
            ),
        )

    def publish(self, topic: str, message: Any, latched: bool) -> None:
        """Publish by a publisher that stays."""
        self._once(
            ('publish', topic),
            lambda: self._node.create_publisher(type(message), topic, _qos(latched, True, 1)),
        ).publish(message)

    def run(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Call a function with the node."""
        return function(self._node, *args)

    def _once(self, key: object, make: Callable[[], Any]) -> Any:
        with self._making:
            if key not in self._made:
                self._made[key] = make()
                self._executor.wake()
            return self._made[key]


def _qos(latched: bool, reliable: bool, depth: int) -> QoSProfile:
    return QoSProfile(
        depth=depth,
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )


def main(address: str, name: str) -> None:
    """Serve the test process until it goes."""
    connection = Client(address, 'AF_UNIX')
    sending = threading.Lock()

    def send(*content: Any) -> None:
        with sending:
            connection.send(content)

    def answer(number: int, outcome: Future[Any]) -> None:
        if error := outcome.exception():
            send('error', number, f'{type(error).__name__}: {error}')
        else:
            send('result', number, outcome.result())

    rclpy.init()
    node = Node(name, start_parameter_services=False, enable_rosout=False)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    agent = Agent(node, executor, send)
    threading.Thread(target=executor.spin, daemon=True).start()
    workers = ThreadPoolExecutor(32)
    try:
        while True:
            number, method, args = connection.recv()
            outcome = workers.submit(getattr(agent, method), *args)
            outcome.add_done_callback(partial(answer, number))
    except EOFError:
        os._exit(0)  # workers may wait for answers that nobody needs any more


if __name__ == '__main__':
    main(*sys.argv[1:])
