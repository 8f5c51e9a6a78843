# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters of introspection, declared once."""

from __future__ import annotations

from dataclasses import dataclass
import os

from rclpy.node import Node

from roost_wire.parameters import real, text, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Values of the parameters; seconds where a name ends in _sec."""

    default_network: str
    default_domain_id: int
    discovery_range: str
    static_peers: tuple[str, ...]
    debounce_sec: float
    resync_sec: float
    identify_timeout_sec: float
    render_timeout_sec: float


def inherited_range() -> str:
    """Tell the discovery range of this process, as rmw reads it."""
    return os.environ.get('ROS_AUTOMATIC_DISCOVERY_RANGE', 'SUBNET').upper()


def declare(node: Node, *, domain_id: int) -> Settings:
    """Declare all parameters and read them; domain_id is that of the control plane."""
    return Settings(
        default_network=text(node, 'default_network', 'default', 'name of the network watched'),
        default_domain_id=whole(
            node,
            'default_domain_id',
            domain_id,
            0,
            232,
            "ROS domain of the network watched; the control plane's own unless given",
        ),
        discovery_range=text(
            node,
            'discovery_range',
            inherited_range(),
            'ROS_AUTOMATIC_DISCOVERY_RANGE of the network watched',
        ).upper(),
        static_peers=tuple(
            filter(None, os.environ.get('ROS_STATIC_PEERS', '').replace(',', ';').split(';'))
        ),
        debounce_sec=real(
            node, 'debounce_sec', 0.06, 0.0, 5.0, 'pause between a sign of a change and a look'
        ),
        resync_sec=real(
            node, 'resync_sec', 10.0, 0.1, 3600.0, 'period of looks without any sign of a change'
        ),
        identify_timeout_sec=real(
            node,
            'identify_timeout_sec',
            2.0,
            0.1,
            60.0,
            'how long an executor has to say whose processes are whose, before it is asked again',
        ),
        render_timeout_sec=real(
            node, 'render_timeout_sec', 10.0, 0.1, 600.0, 'how long Graphviz has for a picture'
        ),
    )
