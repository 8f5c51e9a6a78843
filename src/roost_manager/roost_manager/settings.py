# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters of the deployment manager, declared once."""

from __future__ import annotations

from dataclasses import dataclass
import os
from pathlib import Path

from rclpy.exceptions import ParameterException
from rclpy.node import Node

from roost_wire.parameters import real, text, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Values of the parameters; seconds where a name ends in _sec."""

    state_dir: Path
    database_url: str
    heartbeat_period_sec: float
    missed_heartbeats: int
    removal_deadline_sec: float
    second_manager_probe_sec: float
    update_proving_sec: float
    update_timeout_sec: float
    ticket_sec: float
    discovery_server_image: str
    default_network: str
    default_domain_id: int
    discovery_range: str
    events_kept: int
    events_kept_days: float
    stopped_kept: int
    stopped_kept_days: float

    @property
    def offline_after_sec(self) -> float:
        """Silence after which a device is offline."""
        return self.heartbeat_period_sec * self.missed_heartbeats


def declare(node: Node, *, domain_id: int) -> Settings:
    """Declare all parameters and read them; domain_id is that of the control plane.

    Raises:
        ValueError: one has no value that it may have.
    """
    try:
        return _declare(node, domain_id)
    except ParameterException as error:
        raise ValueError(str(error)) from error


def _declare(node: Node, domain_id: int) -> Settings:
    state_dir = text(
        node,
        'state_dir',
        str(_default_state_dir()),
        'folder of the database and of the key that signs desired states',
    )
    return Settings(
        state_dir=Path(state_dir),
        database_url=text(
            node,
            'database_url',
            f'sqlite:///{state_dir}/manager.db',
            'database, as a URL of SQLAlchemy',
        ),
        heartbeat_period_sec=real(
            node, 'heartbeat_period_sec', 2.0, 0.05, 600.0, "period of the devices' heartbeats"
        ),
        missed_heartbeats=whole(
            node, 'missed_heartbeats', 3, 1, 100, 'a device that misses so many is offline'
        ),
        removal_deadline_sec=real(
            node,
            'removal_deadline_sec',
            60.0,
            1.0,
            86400.0,
            'a removal that takes longer makes the deployment Partially deprovisioned',
        ),
        second_manager_probe_sec=real(
            node,
            'second_manager_probe_sec',
            5.0,
            0.0,
            60.0,
            'how long to listen for another manager before serving',
        ),
        update_proving_sec=real(
            node,
            'update_proving_sec',
            3.0,
            0.0,
            3600.0,
            'what an update started must stay up for so long before the update has succeeded',
        ),
        update_timeout_sec=real(
            node,
            'update_timeout_sec',
            600.0,
            1.0,
            86400.0,
            'an update that names no deadline fails when it takes longer',
        ),
        ticket_sec=real(
            node,
            'ticket_sec',
            60.0,
            1.0,
            3600.0,
            'how long a ticket to look into a device is valid; what was opened with it stays open',
        ),
        discovery_server_image=text(
            node,
            'discovery_server_image',
            'ros:jazzy-ros-core',
            'image with fast-discovery-server, for routed networks on devices with docker only',
        ),
        default_network=text(
            node,
            'default_network',
            'default',
            'name of the built-in network; empty switches it off',
        ),
        default_domain_id=whole(
            node,
            'default_domain_id',
            domain_id,
            0,
            232,
            "ROS domain of the built-in network; the control plane's own unless given",
        ),
        discovery_range=text(
            node,
            'discovery_range',
            os.environ.get('ROS_AUTOMATIC_DISCOVERY_RANGE', 'SUBNET'),
            'ROS_AUTOMATIC_DISCOVERY_RANGE of the built-in network',
        ),
        events_kept=whole(
            node, 'events_kept', 100_000, 100, 100_000_000, 'so many newest events are kept'
        ),
        events_kept_days=real(
            node, 'events_kept_days', 30.0, 0.01, 36500.0, 'events are kept for so long'
        ),
        stopped_kept=whole(
            node,
            'stopped_kept',
            10_000,
            0,
            100_000_000,
            'so many deployments are kept that stopped last',
        ),
        stopped_kept_days=real(
            node,
            'stopped_kept_days',
            90.0,
            0.01,
            36500.0,
            'deployments that stopped are kept for so long',
        ),
    )


def _default_state_dir() -> Path:
    if os.geteuid() == 0:
        return Path('/var/lib/roost/manager')
    base = os.environ.get('XDG_STATE_HOME') or Path.home() / '.local' / 'state'
    return Path(base) / 'roost' / 'manager'
