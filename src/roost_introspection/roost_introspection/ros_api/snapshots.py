# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What collectors tell: snapshots of networks."""

from __future__ import annotations

from collections import Counter
import threading

from rclpy.node import Node
from rclpy.publisher import Publisher

from roost_core.graph.snapshot import NetworkSnapshot
from roost_interfaces import msg
from roost_wire import qos
from roost_wire.convert.graph import snapshot_message


class Snapshots:
    """Publishes snapshots on one topic, with a writer for each network, so that each is kept."""

    def __init__(self, node: Node, topic: str = '~/snapshot') -> None:
        self._node = node
        self._topic = topic
        self._lock = threading.Lock()
        self._newest: dict[str, NetworkSnapshot] = {}
        self._writers: dict[str, Publisher] = {}
        self._revisions: Counter[str] = Counter()

    def note(self, snapshot: NetworkSnapshot) -> None:
        """Take in what a collector sees, for `publish`; callable from any thread."""
        with self._lock:
            self._newest[snapshot.network] = snapshot

    def publish(self) -> None:
        """Publish what is new; callable from any thread."""
        with self._lock:
            newest, self._newest = self._newest, {}
            for network, snapshot in newest.items():
                if network not in self._writers:
                    self._writers[network] = self._node.create_publisher(
                        msg.GraphSnapshot, self._topic, qos.LATCHED
                    )
                self._revisions[network] += 1
                message = snapshot_message(
                    snapshot,
                    revision=self._revisions[network],
                    stamp=self._node.get_clock().now().to_msg(),
                )
                self._writers[network].publish(message)

    def forget(self, network: str) -> None:
        """Publish no more of a network, and keep nothing of it for late joiners."""
        with self._lock:
            self._newest.pop(network, None)
            writer = self._writers.pop(network, None)
        if writer is not None:
            self._node.destroy_publisher(writer)
