# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The service ~/watch_networks: networks that can be seen from this device only."""

from __future__ import annotations

import math
import os
from pathlib import Path

from rclpy.node import Node

from roost_core.names import DeviceName
from roost_core.problem import ResultCode
from roost_executor.watching import NetworkWatching
from roost_interfaces.srv import WatchNetworks
from roost_wire import endpoints
from roost_wire.convert.basic import accepted, refused
from roost_wire.convert.topology import network_of

LONGEST_LEASE_SEC = 300.0
MOST_NETWORKS = 100

_PACKAGE, _PROGRAM = 'roost_introspection', 'network_collector'


class WatchService:
    """Takes leases."""

    def __init__(
        self,
        node: Node,
        watching: NetworkWatching | None,
        *,
        device: DeviceName,
        namespace: str,
    ) -> None:
        """Serve; without the program there is no watching."""
        self._watching = watching
        self._topic = endpoints.snapshots_of_device(device, namespace)
        node.create_service(WatchNetworks, '~/watch_networks', self._on_request)

    def _on_request(
        self, request: WatchNetworks.Request, response: WatchNetworks.Response
    ) -> WatchNetworks.Response:
        if self._watching is None:
            response.result = refused(
                ResultCode.UNAVAILABLE,
                f'{_PACKAGE} is not installed on this device: networks cannot be watched from it',
            )
        elif not 0.0 <= request.lease_sec <= LONGEST_LEASE_SEC or math.isnan(request.lease_sec):
            response.result = refused(
                ResultCode.INVALID,
                f'lease_sec is {request.lease_sec:g}, it must be 0 to {LONGEST_LEASE_SEC:g}',
            )
        elif len(request.networks) > MOST_NETWORKS:
            response.result = refused(
                ResultCode.TOO_LARGE,
                f'{len(request.networks)} networks, at most {MOST_NETWORKS} are allowed',
            )
        else:
            self._watching.lease(
                tuple(network_of(each) for each in request.networks), sec=request.lease_sec
            )
            response.result = accepted()
            response.topics = [self._topic] * len(request.networks)
        return response


def collector_command(device: DeviceName, namespace: str) -> list[str] | None:
    """Give the command of a collector for this device; None where it is not installed."""
    for prefix in filter(None, os.environ.get('AMENT_PREFIX_PATH', '').split(':')):
        for folder in (Path(prefix, 'lib', _PACKAGE), Path(prefix, 'bin')):
            if (folder / _PROGRAM).exists():
                place = endpoints.device_namespace(device, namespace)
                return [
                    str(folder / _PROGRAM),
                    '--ros-args',
                    *('-r', f'__ns:={place}', '-p', f'device:={device}'),
                ]
    return None
