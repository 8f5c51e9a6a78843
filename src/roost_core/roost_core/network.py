# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""ROS networks: what components join."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from roost_core.names import DeviceName, NO_DEVICE
from roost_core.package import RestartPolicy, Runtime

# Domains that networks get; the upper ones meet ephemeral ports on Linux.
DOMAIN_POOL = range(1, 102)

DEFAULT_SERVER_PORT = 11811

# Members notice within 20 s, the lease of Fast DDS, that a discovery server has died without a
# word, and then tell a new one all about themselves. One that is there sooner is taken for the
# former one, and tells who joins later nothing of those who were there before. (What a server
# backs up with -b is no way out: it dies of it when it starts again,
# https://github.com/ros2/rmw_fastrtps/issues/784.)
SERVER_REST_SEC = 24.0


class NetworkType(StrEnum):
    """How members of a network find each other."""

    NATIVE = 'native'  # peer to peer, on one site
    ROUTED = 'routed'  # through a discovery server


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSpec:
    """A network as asked for.

    Attributes:
        runtime: where the discovery server of a routed network runs; None for a native one.
        domain_id: ROS domain; None takes a free one of the pool.
        port: of the discovery server; None takes DEFAULT_SERVER_PORT.
    """

    name: str
    description: str = ''
    labels: Mapping[str, str] = field(default_factory=dict)
    type: NetworkType = NetworkType.NATIVE
    runtime: Runtime | None = None
    device: DeviceName = NO_DEVICE
    cloud: str = ''
    domain_id: int | None = None
    port: int | None = None
    restart: RestartPolicy = RestartPolicy.ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class RosNetwork:
    """What a member of a ROS network is told.

    Attributes:
        discovery_range: value of ROS_AUTOMATIC_DISCOVERY_RANGE.
        discovery_server: 'address:port'; empty for a native network.
    """

    name: str
    domain_id: int
    discovery_range: str
    discovery_server: str = ''

    def environment(self) -> dict[str, str]:
        """Variables that make a process a member."""
        variables = {
            'ROS_DOMAIN_ID': str(self.domain_id),
            'ROS_AUTOMATIC_DISCOVERY_RANGE': self.discovery_range,
        }
        if self.discovery_server:
            variables['ROS_DISCOVERY_SERVER'] = self.discovery_server
            variables['RMW_IMPLEMENTATION'] = 'rmw_fastrtps_cpp'
        return variables
