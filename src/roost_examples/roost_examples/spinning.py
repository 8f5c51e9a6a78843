# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Run one node until it is asked to end."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
import signal
import threading

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions


def run(make: Callable[[], Node]) -> None:
    """Make a node and spin it in a thread until SIGINT or SIGTERM, then end quietly.

    What a callback raises ends the program too, and is raised here.
    """
    asked_to_end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_end.set())
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = make()
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    with ThreadPoolExecutor(max_workers=1) as pool:
        spinning = pool.submit(executor.spin)
        spinning.add_done_callback(lambda _: asked_to_end.set())
        asked_to_end.wait()
        # On the thread that spins, between two callbacks: rclpy takes away at once what a thread
        # that is about to wait would wait for.
        executor.create_task(executor.shutdown)
    node.destroy_node()
    rclpy.shutdown()
    spinning.result()
