# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A ROS node of a test, a program beside it, and a ROS domain that both have to themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
import os
from pathlib import Path
import signal
import subprocess
import threading
import time
from typing import Any

import rclpy
from rclpy.action import ActionClient
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from testbed.spinning import end_spinning, on_spin_thread
from testbed.wait import eventually


class Peer:
    """A node with a context of its own, spun by a thread; callbacks run on that thread."""

    def __init__(self, name: str, domain_id: int) -> None:
        """Join the domain."""
        self._context = Context()
        rclpy.init(context=self._context, domain_id=domain_id)
        self.node = Node(
            name, context=self._context, start_parameter_services=False, enable_rosout=False
        )
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._clients: dict[str, Any] = {}
        self._thread = threading.Thread(
            target=self._executor.spin, name=f'spin {name}', daemon=True
        )
        self._thread.start()

    def call(self, kind: Any, name: str, request: Any = None, timeout_sec: float = 30.0) -> Any:
        """Call a service; the same request is sent again until it is answered."""
        client = self._clients.get(name)
        if client is None:
            client = self._clients[name] = self.node.create_client(kind, name)
        deadline = time.monotonic() + timeout_sec
        eventually(client.service_is_ready, timeout_sec, f'service {name} is there')
        while time.monotonic() < deadline:
            future = client.call_async(kind.Request() if request is None else request)
            if _done(future, 1.0):
                return future.result()
            client.remove_pending_request(future)
        raise AssertionError(f'{name} did not answer within {timeout_sec:g} s')

    def action(self, kind: Any, name: str) -> ActionClient:
        """Make a client of an action, once its server is there."""
        client = ActionClient(self.node, kind, name)
        eventually(client.server_is_ready, 30, f'action {name} is there')
        return client

    def send(self, action: ActionClient, goal: Any, hear: Any = None) -> Any:
        """Send a goal; return its handle."""
        return self.result(partial(action.send_goal_async, goal, feedback_callback=hear))

    def result(self, ask: Callable[[], Any], timeout_sec: float = 30.0) -> Any:
        """Ask, and wait for the future that this gives."""
        future = on_spin_thread(self._executor, ask)
        assert _done(future, timeout_sec), f'not within {timeout_sec:g} s'
        return future.result()

    def listen(self, kind: Any, topic: str, qos: Any) -> list[Any]:
        """Collect what comes on a topic."""
        heard: list[Any] = []
        self.node.create_subscription(kind, topic, heard.append, qos)
        self._executor.wake()
        return heard

    def close(self) -> None:
        """Leave the domain."""
        end_spinning(self._executor)
        self._thread.join(5.0)
        self.node.destroy_node()
        rclpy.shutdown(context=self._context)


def _done(future: Any, timeout_sec: float) -> bool:
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    return done.wait(timeout_sec)


class Program:
    """A process of ours, as often as wanted, one at a time; its output is in a file."""

    def __init__(
        self,
        argv: list[str],
        domain_id: int,
        log_path: Path,
        environment: dict[str, str] | None = None,
    ) -> None:
        """Describe it; `start` starts it."""
        self._argv = argv
        self._env = {
            **os.environ,
            'ROS_DOMAIN_ID': str(domain_id),
            'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
            'ROS_LOG_DIR': str(log_path.parent),
            'PYTHONUNBUFFERED': '1',
            **(environment or {}),
        }
        self._log_path = log_path
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """Everything that it has written."""
        return self._log_path.read_text(errors='replace') if self._log_path.exists() else ''

    def start(self) -> Program:
        """Start it."""
        with self._log_path.open('ab') as output:
            self._child = subprocess.Popen(
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._env,
            )
        return self

    def wait_exit(self, timeout_sec: float = 30.0) -> int:
        """Wait for its end and give its exit code."""
        assert self._child is not None
        try:
            return self._child.wait(timeout_sec)
        except subprocess.TimeoutExpired:
            raise AssertionError(f'it still runs\n{self.log}') from None

    def stop(self) -> int:
        """Ask it to end, wait until it has, and give its exit code."""
        assert self._child is not None
        self._child.send_signal(signal.SIGTERM)
        return self.wait_exit()

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        if self._child is not None:
            self._child.kill()
            self._child.wait(10)

    def wait_log(self, text: str, timeout_sec: float = 30.0) -> None:
        """Wait until it has written a text."""
        eventually(lambda: text in self.log, timeout_sec, f'{text!r} in the output')
