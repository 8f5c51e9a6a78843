# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Takes snapshots of one network. The only user of the graph calls of rclpy.

Endpoints are asked for by topic, never by node: of two nodes of one name a query by name gives the
endpoints of both, or of either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
import os

import rclpy
from rclpy.context import Context
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions
from rclpy.topic_endpoint_info import TopicEndpointInfo

from roost_core.graph.dds_names import DdsEndpoint, tells_of_ros
from roost_core.graph.snapshot import Qos

_GID_BYTES = 16
_RANGE_VARIABLE = 'ROS_AUTOMATIC_DISCOVERY_RANGE'

_RELIABILITIES = {
    ReliabilityPolicy.RELIABLE: 'reliable',
    ReliabilityPolicy.BEST_EFFORT: 'best effort',
}
_DURABILITIES = {
    DurabilityPolicy.VOLATILE: 'volatile',
    DurabilityPolicy.TRANSIENT_LOCAL: 'transient local',
}


class Collector:
    """Sees the network that a node is on; the node need not spin for it."""

    def __init__(self, node: Node, close: Callable[[], None] = lambda: None) -> None:
        self._node = node
        self.close = close

    def look(self) -> dict[str, DdsEndpoint]:
        """Give, by GUID, the endpoints that say something of ROS, each with its node."""
        return {each.gid: each for each in self._seen()}

    def _seen(self) -> Iterator[DdsEndpoint]:
        for topic, _ in self._node.get_topic_names_and_types(no_demangle=True):
            if tells_of_ros(topic):
                for info in self._node.get_publishers_info_by_topic(topic, no_mangle=True):
                    yield _dds_endpoint(topic, info, writer=True)
                for info in self._node.get_subscriptions_info_by_topic(topic, no_mangle=True):
                    yield _dds_endpoint(topic, info, writer=False)


def open_collector(
    *, name: str, namespace: str, domain_id: int, discovery_range: str
) -> Collector:
    """Join another domain, or another discovery range, than this process has elsewhere.

    The range is read from the environment when a context starts, and from nowhere else.
    """
    context = Context()
    before = os.environ.get(_RANGE_VARIABLE)
    os.environ[_RANGE_VARIABLE] = discovery_range
    try:
        rclpy.init(
            context=context,
            domain_id=domain_id,
            signal_handler_options=SignalHandlerOptions.NO,
        )
    finally:
        if before is None:
            del os.environ[_RANGE_VARIABLE]
        else:
            os.environ[_RANGE_VARIABLE] = before
    node = Node(
        name,
        namespace=namespace,
        context=context,
        enable_rosout=False,
        start_parameter_services=False,
    )

    def close() -> None:
        node.destroy_node()
        rclpy.shutdown(context=context)

    return Collector(node, close)


def _dds_endpoint(topic: str, info: TopicEndpointInfo, *, writer: bool) -> DdsEndpoint:
    return DdsEndpoint(
        topic=topic,
        type=info.topic_type,
        writer=writer,
        node_name=info.node_name,
        node_namespace=info.node_namespace,
        gid=bytes(info.endpoint_gid[:_GID_BYTES]).hex(),
        qos=Qos(
            _RELIABILITIES.get(info.qos_profile.reliability, ''),
            _DURABILITIES.get(info.qos_profile.durability, ''),
        ),
    )
