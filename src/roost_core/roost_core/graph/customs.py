# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What nodes bring along without anybody asking for it: no news to the owner of a package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
import re

from roost_core.graph.build import Channel
from roost_core.graph.model import EdgeKind

# Of lifecycle nodes, component containers and topic statistics.
_CUSTOMARY_PACKAGES = ('lifecycle_msgs/', 'composition_interfaces/', 'statistics_msgs/')
# Shared by whole fleets, and published to whether or not anybody listens.
_CUSTOMARY_TOPICS = frozenset({'/tf', '/tf_static', '/diagnostics', '/diagnostics_agg'})
_CUSTOMARY_NODE = re.compile(r'launch_ros_\d+|transform_listener_impl_[0-9a-f]+')

# Topics that image_transport and point_cloud_transport put beside those of these types.
_CARRIED_TYPES = frozenset({'sensor_msgs/msg/Image', 'sensor_msgs/msg/PointCloud2'})


def hidden(name: str) -> bool:
    """Tell whether a name of ROS is hidden: a part of it begins with '_'."""
    return '/_' in name


def customary(channel: Channel) -> bool:
    """Tell whether it comes with a kind of node, whoever uses it."""
    return channel.name in _CUSTOMARY_TOPICS or channel.type.startswith(_CUSTOMARY_PACKAGES)


def customary_node(name: str) -> bool:
    """Tell whether a node, by its name without namespace, comes with a library."""
    return _CUSTOMARY_NODE.fullmatch(name) is not None


def carriers(channels: Iterable[Channel]) -> Mapping[tuple[str, str], str]:
    """Give, by network and name, the topic that another one carries in a different form.

    A camera with '/image' has '/image/compressed' and more beside it, of which mostly one is
    used: together they are one topic.
    """
    topics = [each for each in channels if each.kind is EdgeKind.TOPIC]
    carried: dict[tuple[str, str], frozenset[str]] = {}
    for each in topics:
        if each.type in _CARRIED_TYPES:
            key = (each.network, each.name)
            carried[key] = carried.get(key, frozenset()) | each.sources
    found = {}
    for each in topics:
        parent = each.name.rpartition('/')[0]
        if carried.get((each.network, parent), frozenset()) & each.sources:
            found[each.network, each.name] = parent
    return found
