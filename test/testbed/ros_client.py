# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""
A ROS node on a machine, driven from the test process.

The node lives in a process of its own (`ros_agent.py`): Fast DDS reads the network interfaces
once in the life of a process, so a process is good for one network only. The two processes talk
through a socket in the file system, which no cut link can break.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
import contextlib
import itertools
from multiprocessing.connection import Connection, Listener
from pathlib import Path
import sys
import threading
from types import TracebackType
from typing import Any

from testbed.machine import Machine
from testbed.process import NodeProcess
from testbed.wait import eventually, NotInTime

GRACE_SEC = 5.0


def ros_environment(domain_id: int) -> dict[str, str]:
    """Return the variables by which a ROS process sees its machine's network, and only that."""
    return {
        'ROS_DOMAIN_ID': str(domain_id),
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET',
        'PYTHONUNBUFFERED': '1',
    }


class Goal:
    """An accepted goal of an action."""

    def __init__(self, client: RosClient, key: str) -> None:
        self._client = client
        self._key = key

    @property
    def feedback(self) -> list[Any]:
        """Return the feedback so far."""
        return list(self._client.request('goal_feedback', self._key))

    def cancel(self, timeout_sec: float = 30.0) -> None:
        """Ask the server to cancel; returns with its answer."""
        self._client.request('cancel_goal', self._key, timeout_sec, timeout_sec=timeout_sec)

    def result(self, timeout_sec: float = 60.0) -> Any:
        """Wait for the end; the answer has `status` and `result`."""
        return self._client.request('goal_result', self._key, timeout_sec, timeout_sec=timeout_sec)


class RosClient:
    """
    Call services and actions, listen and publish as a node on one machine.

    Everything may be called from any thread. What the agent raises is raised here, with its
    text. Waits end at their deadline with an AssertionError that says what was waited for.
    """

    def __init__(
        self,
        machine: Machine,
        domain_id: int,
        directory: Path,
        name: str = 'test_client',
        env: dict[str, str] | None = None,
    ) -> None:
        address = str(directory / f'{name}.socket')
        self._replies: dict[int, Future[Any]] = {}
        self._topics: dict[int, list[Any]] = {}
        self._numbers = itertools.count(1)
        self._sending = threading.Lock()
        with Listener(address, 'AF_UNIX') as listener:
            self.process = NodeProcess(
                [sys.executable, '-m', 'testbed.ros_agent', address, name],
                machine,
                directory / f'{name}.log',
                {**ros_environment(domain_id), **(env or {}), 'PYTHONPATH': ':'.join(sys.path)},
            )
            self.process.start()
            self._connection = _accept(listener, self.process)
        threading.Thread(target=self._read, name=f'read {name}', daemon=True).start()

    def call(
        self,
        service_type: Any,
        service: str,
        request: Any = None,
        timeout_sec: float = 30.0,
        every_sec: float | None = None,
    ) -> Any:
        """
        Call a service and return its response; waits for the server within the deadline.

        With `every_sec` the same request is sent again each such time until it is answered. Needed
        after a server was killed: DDS takes it for alive for 20 s, and asks no one else.
        """
        return self.request(
            'call',
            service_type,
            service,
            request or service_type.Request(),
            timeout_sec,
            every_sec or timeout_sec,
            timeout_sec=timeout_sec,
        )

    def send_goal(
        self,
        action_type: Any,
        action: str,
        goal: Any,
        timeout_sec: float = 30.0,
    ) -> Goal:
        """Send a goal and return it once it was accepted."""
        return Goal(
            self,
            self.request(
                'send_goal', action_type, action, goal, timeout_sec, timeout_sec=timeout_sec
            ),
        )

    def listen(
        self,
        message_type: Any,
        topic: str,
        *,
        latched: bool = True,
        reliable: bool = True,
        depth: int = 10,
    ) -> list[Any]:
        """Subscribe and return the list that will hold all messages received, newest last."""
        number = next(self._numbers)
        received = self._topics[number] = []
        self.request('listen', number, message_type, topic, latched, reliable, depth)
        return received

    def publish(self, topic: str, message: Any, *, latched: bool = True) -> None:
        """Publish a message; the publisher stays, so that latched messages are kept."""
        self.request('publish', topic, message, latched)

    def run(self, function: Callable[..., Any], *args: Any, timeout_sec: float = 30.0) -> Any:
        """
        Call a module's function in the agent, with the agent's node as its first argument.

        What goes there and back must be picklable. The node is spun meanwhile.
        """
        return self.request('run', function, args, timeout_sec=timeout_sec)

    def request(self, method: str, *args: Any, timeout_sec: float = 30.0) -> Any:
        """Have the agent call one of its methods, and return the outcome."""
        number = next(self._numbers)
        reply: Future[Any] = Future()
        self._replies[number] = reply
        try:
            with self._sending:
                self._connection.send((number, method, args))
            return reply.result(timeout_sec + GRACE_SEC)
        except TimeoutError:
            raise NotInTime(
                f'{method} {args}: no answer of the agent\n{self.process.tail()}'
            ) from None
        finally:
            self._replies.pop(number, None)

    def close(self) -> None:
        """Leave the ROS network; can be repeated."""
        with contextlib.suppress(OSError):
            self._connection.close()
        self.process.kill9()

    def __enter__(self) -> RosClient:
        """Return itself."""
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Close."""
        self.close()

    def _read(self) -> None:
        with contextlib.suppress(EOFError, OSError, TypeError):  # TypeError: closed while read
            while True:
                kind, number, content = self._connection.recv()
                if kind == 'message':
                    self._topics[number].append(content)
                elif reply := self._replies.get(number):
                    if kind == 'error':
                        reply.set_exception(AssertionError(content))
                    else:
                        reply.set_result(content)
        for reply in list(self._replies.values()):
            reply.set_exception(AssertionError(f'the agent ended\n{self.process.tail()}'))


def _accept(listener: Listener, process: NodeProcess) -> Connection:
    accepted: list[Connection] = []
    threading.Thread(target=lambda: accepted.append(listener.accept()), daemon=True).start()

    def connected() -> bool:
        if not process.running:
            raise RuntimeError(f'the agent ended\n{process.tail()}')
        return bool(accepted)

    eventually(connected, 30, f'{process} is connected')
    return accepted[0]
