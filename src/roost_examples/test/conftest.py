# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The example nodes as processes on a ROS domain of their own, and a node that watches them."""

from collections.abc import Callable, Iterator
import os
from pathlib import Path
import signal
import subprocess
import sys
import threading

import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from testbed.domains import own_domain
from testbed.spinning import end_spinning
from testbed.wait import eventually

END_SEC = 30.0


class Example:
    """One example node, its output in a file."""

    def __init__(self, name: str, domain_id: int, folder: Path) -> None:
        self._log_path = folder / f'{name}-{os.urandom(4).hex()}.log'
        with self._log_path.open('wb') as output:
            self._child = subprocess.Popen(
                [sys.executable, '-u', '-m', f'roost_examples.{name}'],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={
                    **os.environ,
                    'ROS_DOMAIN_ID': str(domain_id),
                    'PYTHONPATH': os.pathsep.join(sys.path),
                },
            )

    @property
    def log(self) -> str:
        return self._log_path.read_text(errors='replace')

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    def says(self, words: str, timeout_sec: float = 30.0) -> None:
        """Wait until it says something."""

        def said() -> bool:
            assert self.running, self.log
            return words in self.log

        eventually(said, timeout_sec, f'{words!r} in the output')

    def end(self, number: signal.Signals, timeout_sec: float = END_SEC) -> int:
        """Send a signal, wait until it has ended, and give its exit code."""
        self._child.send_signal(number)
        return self._child.wait(timeout_sec)

    def close(self) -> None:
        self._child.kill()
        self._child.wait(END_SEC)


@pytest.fixture
def domain_id(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    with own_domain() as number:
        yield number


@pytest.fixture
def start(domain_id: int, tmp_path: Path) -> Iterator[Callable[[str], Example]]:
    """Start example nodes, which end with the test."""
    examples: list[Example] = []

    def start_one(name: str) -> Example:
        examples.append(Example(name, domain_id, tmp_path))
        return examples[-1]

    yield start_one
    for example in examples:
        example.close()


@pytest.fixture
def watcher(domain_id: int) -> Iterator[Node]:
    """Give a spinning node on the same domain."""
    context = rclpy.Context()
    rclpy.init(context=context, domain_id=domain_id)
    node = Node('watcher', context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    spinning = threading.Thread(target=executor.spin)
    spinning.start()
    yield node
    end_spinning(executor)
    spinning.join(END_SEC)
    node.destroy_node()
    context.try_shutdown()
