# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Ties a process to ROS: one context, one node, one executor spinning in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
import signal
import threading
import traceback
from types import TracebackType
from typing import Any, Self, TypeVar

import rclpy
from rclpy.action import ActionClient, ActionServer
from rclpy.context import Context
from rclpy.executors import ExternalShutdownException, ShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.signals import SignalHandlerOptions

T = TypeVar('T')

_JOIN_SEC = 2.0
_DO_SEC = 10.0

# Its endpoints are more for everybody to discover, and rclpy leaves them behind in the graph,
# as those of no node, when a node is destroyed.
_NO_TYPE_DESCRIPTIONS = Parameter('start_type_description_service', value=False)


class Session:
    """Own a context, a node and the thread that spins it.

    All callbacks run on that one thread: state that only callbacks touch needs no lock. An
    exception in a callback is logged with its traceback and ends nothing.
    """

    def __init__(
        self,
        name: str,
        *,
        namespace: str | Callable[[Node], str] = '',
        args: list[str] | None = None,
        domain_id: int | None = None,
        heed_signals: bool = False,
    ) -> None:
        """Create the context and the node; nothing spins yet.

        Args:
            namespace: of the node; a function finds it out from the parameters of a node that
                has the same name, and lives only meanwhile.
            args: command line with `--ros-args`; None takes none.
            domain_id: ROS domain; None takes ROS_DOMAIN_ID.
            heed_signals: SIGINT and SIGTERM ask `run` to end from now on, not only once it is
                called; for the main thread of a process that has much to do before.
        """
        # What a signal handler puts something into must be reentrant, and an Event is not.
        self._asked_to_stop: SimpleQueue[None] = SimpleQueue()
        if heed_signals:
            self._heed_signals()
        self.context = Context()
        rclpy.init(
            args=args or [],
            context=self.context,
            domain_id=domain_id,
            signal_handler_options=SignalHandlerOptions.NO,
        )
        try:
            self.node = self._make_node(name, namespace)
        except Exception:
            rclpy.shutdown(context=self.context)
            raise
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self._closing = threading.Event()
        self._exit_code = 0
        self._thread = threading.Thread(target=self._spin, name=f'spin {name}', daemon=True)

    def start(self) -> None:
        """Begin to spin."""
        self._thread.start()

    def run(self, goodbye: Callable[[], None] | None = None) -> int:
        """Spin until SIGINT, SIGTERM or `stop`, then close; for the main thread of a process.

        Args:
            goodbye: called once, while the node still spins.

        Returns:
            the exit code given to `stop`; 0 after a signal.
        """
        self._heed_signals()
        self.start()
        self._asked_to_stop.get()
        try:
            if goodbye is not None:
                goodbye()
        finally:
            self.close()
        return self._exit_code

    def _heed_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._asked_to_stop.put(None))

    def stop(self, exit_code: int = 0) -> None:
        """Ask `run` to end; callable from any thread, also from a callback."""
        self._exit_code = exit_code
        self._asked_to_stop.put(None)

    def post(self, task: Callable[[], Any]) -> None:
        """Run a task on the spinning thread, soon; callable from any thread."""
        if not self._closing.is_set():
            self.executor.create_task(task)
            self.executor.wake()

    def do(self, task: Callable[[], T]) -> T:
        """Do something on the spinning thread and give what it gave; not for use in a callback.

        An rclpy action client is for that thread only: an answer that comes while another thread
        sends makes it raise.
        """
        done: Future[T] = Future()

        def carry_out() -> None:
            try:
                done.set_result(task())
            except Exception as error:  # noqa: BLE001 - raised again where it is waited for
                done.set_exception(error)

        self.post(carry_out)
        return done.result(_DO_SEC)

    def close(self) -> None:
        """End spinning and give everything back; safe to call twice."""
        if self._closing.is_set():
            return
        self._closing.set()
        if self._thread.is_alive():
            self.executor.create_task(lambda: None)  # gives a waiting spin_once something to do
            self.executor.wake()
            self._thread.join(_JOIN_SEC)
        self.executor.shutdown(timeout_sec=0.0)
        self._destroy_actions()
        self.node.destroy_node()
        rclpy.shutdown(context=self.context)

    def _destroy_actions(self) -> None:
        # rclpy leaves them to the garbage collector, which comes after the ground they stand on
        # has gone: now and then a process died of it at its very end.
        for waitable in list(self.node.waitables):
            if isinstance(waitable, ActionClient | ActionServer):
                waitable.destroy()

    def __enter__(self) -> Self:
        """Begin to spin."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def _make_node(self, name: str, namespace: str | Callable[[Node], str]) -> Node:
        if isinstance(namespace, str):
            return Node(
                name,
                namespace=namespace,
                context=self.context,
                start_parameter_services=False,
                parameter_overrides=[_NO_TYPE_DESCRIPTIONS],
            )
        scout = Node(
            name,
            context=self.context,
            enable_rosout=False,
            start_parameter_services=False,
            parameter_overrides=[_NO_TYPE_DESCRIPTIONS],
        )
        try:  # both nodes share one participant
            return self._make_node(name, namespace(scout))
        finally:
            scout.destroy_node()

    def _spin(self) -> None:
        while not self._closing.is_set():
            try:
                self.executor.spin_once()
            except (ExternalShutdownException, ShutdownException):
                return
            except Exception:  # noqa: BLE001 - the one guard of the spinning thread
                if self._closing.is_set():
                    return
                self.node.get_logger().error(
                    'an exception escaped from a callback:\n' + traceback.format_exc()
                )
