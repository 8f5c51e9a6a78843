# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What collectors tell: snapshots of networks."""

from __future__ import annotations

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
        self._writers: dict[str, Publisher] = {}
        self._revisions: dict[str, int] = {}

    def publish(self, snapshot: NetworkSnapshot) -> None:
        """Publish what a collector sees; callable from any thread."""
        with self._lock:
            writer = self._writers.get(snapshot.network)
            if writer is None:
                writer = self._node.create_publisher(msg.GraphSnapshot, self._topic, qos.LATCHED)
                self._writers[snapshot.network] = writer
            revision = self._revisions.get(snapshot.network, 0) + 1
            self._revisions[snapshot.network] = revision
            stamp = self._node.get_clock().now().to_msg()
            writer.publish(snapshot_message(snapshot, revision=revision, stamp=stamp))

    def forget(self, network: str) -> None:
        """Publish no more of a network, and keep nothing of it for late joiners."""
        with self._lock:
            writer = self._writers.pop(network, None)
        if writer is not None:
            self._node.destroy_publisher(writer)
