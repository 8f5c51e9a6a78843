# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What introspection tells: snapshots, the graph, and the graph as DOT."""

from __future__ import annotations

from rclpy.node import Node
from std_msgs.msg import String

from roost_core.graph.model import DependencyGraph
from roost_core.graph.snapshot import NetworkSnapshot
from roost_interfaces import msg
from roost_wire import qos
from roost_wire.convert.graph import graph_message, snapshot_message


class Publications:
    """Publishes, always the whole, each with a revision of its own.

    Snapshot and graph may be published from one thread, DOT from another.
    """

    def __init__(self, node: Node) -> None:
        self._clock = node.get_clock()
        self._snapshots = node.create_publisher(msg.GraphSnapshot, '~/snapshot', qos.LATCHED)
        self._graphs = node.create_publisher(msg.DependencyGraph, '~/graph', qos.LATCHED)
        self._dots = node.create_publisher(String, '~/dot', qos.LATCHED)
        self._snapshot_revision = 0
        self.graph_revision = 0

    def snapshot(self, snapshot: NetworkSnapshot) -> None:
        """Publish what a collector sees."""
        self._snapshot_revision += 1
        stamp = self._clock.now().to_msg()
        self._snapshots.publish(
            snapshot_message(snapshot, revision=self._snapshot_revision, stamp=stamp)
        )

    def graph(self, graph: DependencyGraph) -> None:
        """Publish the graph."""
        self.graph_revision += 1
        stamp = self._clock.now().to_msg()
        self._graphs.publish(graph_message(graph, revision=self.graph_revision, stamp=stamp))

    def dot(self, text: str) -> None:
        """Publish the graph as DOT text."""
        self._dots.publish(String(data=text))
