# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Watches networks from a device, for introspection elsewhere; started by the device's executor.

Each line of the standard input says which networks, the whole of them. It ends when that does, so
that it never outlives who started it.
"""

from __future__ import annotations

import sys
import threading

from roost_core.graph import watch_order
from roost_core.graph.snapshot import NetworkSnapshot
from roost_core.graph.topology import TopologyNetwork
from roost_introspection import settings
from roost_introspection.network_watch import Manner
from roost_introspection.networks import Networks
from roost_introspection.ros_api.snapshots import Snapshots
from roost_wire import endpoints
from roost_wire.parameters import text
from roost_wire.session import Session


class DeviceCollector:
    """Publishes what is seen of the networks that are asked for."""

    def __init__(self, session: Session) -> None:
        """Begin to read orders."""
        self._session = session
        self._log = session.node.get_logger()
        self._snapshots = Snapshots(session.node)
        self._networks = Networks(_manner(session), tell=self._on_sight, complain=self._complain)
        threading.Thread(target=self._read, name='orders', daemon=True).start()

    def close(self) -> None:
        """End all watches; the node still spins."""
        self._session.do(self._networks.close)

    def _read(self) -> None:
        for line in sys.stdin:
            try:
                networks = watch_order.of_line(line)
            except ValueError as error:
                self._log.error(f'an order is ignored: {error}')
                continue
            self._session.post(lambda networks=networks: self._follow(networks))
        self._session.stop()

    def _follow(self, networks: tuple[TopologyNetwork, ...]) -> None:
        new, gone = self._networks.follow(networks)
        for network in new:
            self._log.info(f"watching network '{network.name}', ROS domain {network.domain_id}")
        for name in gone:
            self._snapshots.forget(name)

    def _on_sight(self, network: str, snapshot: NetworkSnapshot | None, lack: str) -> None:
        if snapshot is not None:
            self._snapshots.note(snapshot)
            self._snapshots.publish()

    def _complain(self, complaint: str) -> None:
        self._log.warning(complaint, throttle_duration_sec=10.0)


def _manner(session: Session) -> Manner:
    node = session.node
    return Manner(
        node=endpoints.COLLECTOR,
        namespace=node.get_namespace(),
        watched_from=text(node, 'device', '', 'name of the device that this runs on'),
        static_peers=settings.static_peers(),
    )


def run(args: list[str]) -> int:
    """Run the node until its input or a signal ends it; return its exit code."""
    session = Session(endpoints.COLLECTOR, args=args, heed_signals=True)
    return session.run(goodbye=DeviceCollector(session).close)
