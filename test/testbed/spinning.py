# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Doing things on the thread that spins a node."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from rclpy.action import ActionClient, ActionServer
from rclpy.executors import Executor

T = TypeVar('T')


def on_spin_thread(executor: Executor, task: Callable[[], T], timeout_sec: float = 30.0) -> T:
    """Do something there and give what it gave.

    rclpy's action client is for that thread only: an answer that comes while a goal is being sent
    by another one makes it raise.
    """
    done: Future[T] = Future()

    def carry_out() -> None:
        try:
            done.set_result(task())
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            done.set_exception(error)

    executor.create_task(carry_out)
    return done.result(timeout_sec)


def end_spinning(executor: Executor) -> None:
    """Have an executor that another thread spins end, and the actions of its nodes with it.

    It is shut down between two callbacks: rclpy takes its guard conditions away at once, and a
    thread that was about to wait for them raised. Actions are otherwise left to the garbage
    collector, which comes after their context has gone, and the process may die of that.
    """

    def end() -> None:
        for node in executor.get_nodes():
            for waitable in list(node.waitables):
                if isinstance(waitable, ActionClient | ActionServer):
                    waitable.destroy()
        executor.shutdown()

    on_spin_thread(executor, end)
