# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters of introspection, declared once."""

from __future__ import annotations

from dataclasses import dataclass
import os

from rclpy.node import Node

from roost_wire.parameters import real


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Values of the parameters; seconds where a name ends in _sec."""

    manager_wait_sec: float
    static_peers: tuple[str, ...]
    debounce_sec: float
    resync_sec: float
    unseen_sec: float
    identify_timeout_sec: float
    findings_settle_sec: float
    render_timeout_sec: float


def inherited_range() -> str:
    """Tell the discovery range of this process, as rmw reads it."""
    return os.environ.get('ROS_AUTOMATIC_DISCOVERY_RANGE', 'SUBNET').upper()


def static_peers() -> tuple[str, ...]:
    """Tell the further addresses at which this process looks for others."""
    listed = os.environ.get('ROS_STATIC_PEERS', '').replace(',', ';')
    return tuple(filter(None, listed.split(';')))


def declare(node: Node) -> Settings:
    """Declare all parameters and read them."""
    return Settings(
        manager_wait_sec=real(
            node,
            'manager_wait_sec',
            1.0,
            0.0,
            3600.0,
            "how long the manager has to say which networks there are, before this node's own"
            ' domain is watched instead',
        ),
        static_peers=static_peers(),
        debounce_sec=real(
            node, 'debounce_sec', 0.06, 0.0, 5.0, 'pause between a sign of a change and a look'
        ),
        resync_sec=real(
            node, 'resync_sec', 10.0, 0.1, 3600.0, 'period of looks without any sign of a change'
        ),
        unseen_sec=real(
            node,
            'unseen_sec',
            8.0,
            0.1,
            3600.0,
            'how long nothing of a component is seen on its network before its device watches it;'
            ' less than its nodes take to start makes it do so for nothing',
        ),
        identify_timeout_sec=real(
            node,
            'identify_timeout_sec',
            2.0,
            0.1,
            60.0,
            'how long an executor has to say whose processes are whose, before it is asked again',
        ),
        findings_settle_sec=real(
            node,
            'findings_settle_sec',
            10.0,
            0.0,
            3600.0,
            'how long something odd in the graph must last before it is told as a finding',
        ),
        render_timeout_sec=real(
            node, 'render_timeout_sec', 10.0, 0.1, 600.0, 'how long Graphviz has for a picture'
        ),
    )
