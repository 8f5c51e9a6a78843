# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Notice another manager in the same place; the later one refuses to serve."""

from __future__ import annotations

from collections.abc import Callable
import os
import socket
import uuid

from rclpy.node import Node

from roost_interfaces.msg import ManagerBeacon
from roost_wire import endpoints, qos

# Managers that began to serve within so long began together: then their random names decide.
SAME_TIME_SEC = 1.0


class Beacon:
    """Say that a manager serves here, or is about to, and listen for another one.

    A manager listens for a while before it serves. When two find each other, because they started
    together or a network healed, the one that has served for less time gives way. Of two that
    start together one does so before it serves, lest a new device take it for its manager.
    """

    def __init__(
        self,
        node: Node,
        *,
        namespace: str,
        manager_id: str,
        key_id: str,
        monotonic: Callable[[], float],
        period_sec: float,
        give_way: Callable[[str], None],
    ) -> None:
        """Begin to listen, and say so.

        Args:
            give_way: called with a description of the other manager, at most once.
        """
        self._monotonic = monotonic
        self._give_way = give_way
        self._serving_since: float | None = None
        self._gave_way = False
        self._own = ManagerBeacon(
            manager_id=manager_id,
            instance=uuid.uuid4().hex,
            hostname=socket.gethostname(),
            pid=os.getpid(),
            key_id=key_id,
        )
        topic = endpoints.shared(endpoints.MANAGER_BEACON, namespace)
        self._publisher = node.create_publisher(ManagerBeacon, topic, qos.LATCHED)
        node.create_subscription(ManagerBeacon, topic, self._hear, qos.REPORT_READER)
        self._timer = node.create_timer(period_sec, self.say, autostart=False)
        self.say()

    def serve(self, epoch: int) -> None:
        """Begin to say that this manager serves."""
        self._serving_since = self._monotonic()
        self._own.epoch = epoch
        self._timer.reset()
        self.say()

    def say(self) -> None:
        """Say it now."""
        self._own.serving_sec = self._serving_sec()
        self._publisher.publish(self._own)

    def _is_senior(self, other: ManagerBeacon) -> bool:
        lead = other.serving_sec - self._serving_sec()
        if abs(lead) < SAME_TIME_SEC:
            return bool(other.instance > self._own.instance)
        return bool(lead > 0)

    def _serving_sec(self) -> float:
        return -1.0 if self._serving_since is None else self._monotonic() - self._serving_since

    def _hear(self, other: ManagerBeacon) -> None:
        if other.instance == self._own.instance or self._gave_way or not self._is_senior(other):
            return
        self._gave_way = True
        serves = other.serving_sec >= 0
        self._give_way(
            f"manager '{other.manager_id}' on host '{other.hostname}', process {other.pid},"
            f' {f"serving for {other.serving_sec:.0f} s" if serves else "starting"}'
        )
