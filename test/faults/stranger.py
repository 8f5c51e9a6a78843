# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What somebody does who is on the network and has no business there; runs in a client's agent."""

from __future__ import annotations

from importlib import import_module
import random
from typing import Any

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
BEST_EFFORT = QoSProfile(depth=256, reliability=ReliabilityPolicy.BEST_EFFORT)
RELIABLE = QoSProfile(depth=100)
# A request of a service, as DDS carries it.
REQUEST = QoSProfile(depth=10, avoid_ros_namespace_conventions=True)

PROFILES = {
    '/roost/devices/rover1/desired_state': LATCHED,
    '/roost/device_reports': LATCHED,
    '/roost/manager_beacon': LATCHED,
    '/roost/deployment_manager/topology': LATCHED,
    '/roost/introspection/snapshot': LATCHED,
    '/roost/device_heartbeats': BEST_EFFORT,
    '/roost/report_requests': RELIABLE,
}

_publishers: dict[str, Any] = {}


def shout(node: Node, topic: str, kind: type, message: Any) -> None:
    """Publish a message, or bytes that are none, where everybody listens."""
    if topic not in _publishers:
        _publishers[topic] = node.create_publisher(kind, topic, PROFILES[topic])
    _publishers[topic].publish(message)


def heard_by(node: Node, topic: str) -> int:
    """Count who would hear what is said on a topic."""
    return int(node.count_subscribers(topic))


def shout_garbage(node: Node, seed: int, count: int) -> list[str]:
    """Send bytes that are no message to every topic and service of Roost; return their names."""
    chance = random.Random(seed)
    names = []
    for topic, types in node.get_topic_names_and_types():
        if topic in PROFILES:
            names.append(topic)
            kind = _type(types[0])
            for _ in range(count):
                shout(node, topic, kind, _bytes(chance))
    for service, types in node.get_service_names_and_types():
        if not service.startswith('/roost/') or '/_action/' in service:
            continue
        names.append(service)
        publisher = node.create_publisher(_type(types[0]).Request, f'rq{service}Request', REQUEST)
        for _ in range(count):
            publisher.publish(_bytes(chance))
    return names


def _type(name: str) -> Any:
    package, kind, each = name.split('/')
    return getattr(import_module(f'{package}.{kind}'), each)


def _bytes(chance: random.Random) -> bytes:
    """Give bytes that begin like a message, and go on like one or not."""
    body = chance.choice(
        [
            b'',
            bytes(4),
            b'\xff' * 64,
            chance.randbytes(chance.randrange(1, 200)),
            (100_000).to_bytes(4, 'little') + b'rover1',
            b'\x07\0\0\0rover1\0\0' + chance.randbytes(80),
        ]
    )
    return b'\0\1\0\0' + body
