# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What rqt_graph does at each refresh: it asks for everything, node by node and topic by topic.

After `Graph._graph_refresh` of https://github.com/ros-visualization/rqt_graph (rosgraph2_impl.py):
the same questions in the same order, and the arrows between nodes and topics and between nodes.
"""

from __future__ import annotations

from collections import defaultdict
import itertools

from rclpy.node import Node
from rclpy.qos import qos_check_compatible, QoSCompatibility, QoSProfile

# From, to, topic.
Arrow = tuple[str, str, str]


def refresh(node: Node) -> set[Arrow]:
    """Ask for the graph; return the arrows between nodes."""
    publishers: dict[str, list[str]] = defaultdict(list)
    subscriptions: dict[str, list[str]] = defaultdict(list)
    servers: dict[str, list[str]] = defaultdict(list)
    types: dict[tuple[str, str], list[str]] = {}
    wrong_types: set[Arrow] = set()
    for name, namespace in node.get_node_names_and_namespaces():
        full = f'{namespace.rstrip("/")}/{name}'
        for topic, kinds in node.get_publisher_names_and_types_by_node(name, namespace):
            publishers[topic].append(full)
            types[topic, full] = kinds
        for topic, kinds in node.get_subscriber_names_and_types_by_node(name, namespace):
            subscriptions[topic].append(full)
            wrong_types.update(
                (publisher, full, topic)
                for publisher in publishers[topic]
                if types.get((topic, publisher)) != kinds
            )
        for service, _ in node.get_service_names_and_types_by_node(name, namespace):
            servers[service].append(full)
    offered = {topic: _qualities(node.get_publishers_info_by_topic(topic)) for topic in publishers}
    requested = {
        topic: _qualities(node.get_subscriptions_info_by_topic(topic)) for topic in subscriptions
    }
    apart = {
        (publisher, subscriber, topic)
        for topic, offers in offered.items()
        for publisher, offer in offers
        for subscriber, request in requested.get(topic, ())
        if qos_check_compatible(offer, request)[0] == QoSCompatibility.ERROR
    }
    assert not apart
    to_topics = {
        (full, topic)
        for topic, ends in (*publishers.items(), *subscriptions.items())
        for full in ends
    }
    assert to_topics
    return {
        (publisher, subscriber, topic)
        for topic, ends in publishers.items()
        for publisher, subscriber in itertools.product(ends, subscriptions.get(topic, []))
    }


def _qualities(infos: list) -> list[tuple[str, QoSProfile]]:  # type: ignore[type-arg]
    return [
        (f'{info.node_namespace.rstrip("/")}/{info.node_name}', info.qos_profile) for info in infos
    ]
