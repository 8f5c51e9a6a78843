# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What introspection tells: the graph, and the graph as DOT; and snapshots, see there."""

from __future__ import annotations

from rclpy.node import Node
from std_msgs.msg import String

from roost_core.graph.model import DependencyGraph
from roost_interfaces import msg
from roost_introspection.ros_api.snapshots import Snapshots
from roost_wire import qos
from roost_wire.convert.graph import graph_message


class Publications:
    """Publishes, always the whole, each with a revision of its own.

    Each kind may be published from another thread.
    """

    def __init__(self, node: Node) -> None:
        self._clock = node.get_clock()
        self._graphs = node.create_publisher(msg.DependencyGraph, '~/graph', qos.LATCHED)
        self._dots = node.create_publisher(String, '~/dot', qos.LATCHED)
        self.snapshots = Snapshots(node)
        self.graph_revision = 0

    def graph(self, graph: DependencyGraph) -> None:
        """Publish the graph."""
        self.graph_revision += 1
        stamp = self._clock.now().to_msg()
        self._graphs.publish(graph_message(graph, revision=self.graph_revision, stamp=stamp))

    def dot(self, text: str) -> None:
        """Publish the graph as DOT text."""
        self._dots.publish(String(data=text))
