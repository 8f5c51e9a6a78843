# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Has devices watch networks that cannot be seen from here, and hears what they see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
import time

from rclpy.client import Client
from rclpy.node import Node
from rclpy.subscription import Subscription
from rclpy.task import Future

from roost_core.graph.snapshot import NetworkSnapshot
from roost_core.graph.topology import TopologyNetwork
from roost_core.names import DeviceName
from roost_interfaces import msg, srv
from roost_wire import endpoints, qos
from roost_wire.convert.graph import snapshot_of
from roost_wire.convert.topology import network_message

LEASE_SEC = 30.0
_RENEW_SEC = LEASE_SEC / 3
_ANSWER_SEC = 3.0


@dataclass(slots=True)
class _Watch:
    """What one device is asked for; pending is a request that has not been answered."""

    client: Client
    subscription: Subscription
    networks: tuple[TopologyNetwork, ...] = ()
    heard: set[str] = field(default_factory=set)
    asked_at: float = 0.0
    pending: Future | None = None


class DeviceWatches:
    """Leases collectors on devices. For the spinning thread only."""

    def __init__(
        self,
        node: Node,
        *,
        namespace: str,
        on_sight: Callable[[str, NetworkSnapshot], None],
        on_gone: Callable[[str, str], None],
    ) -> None:
        """Take what hears of snapshots, and of a device and network of which no more will come."""
        self._node = node
        self._namespace = namespace
        self._on_sight = on_sight
        self._on_gone = on_gone
        self._log = node.get_logger()
        self._watches: dict[str, _Watch] = {}
        node.create_timer(_RENEW_SEC / 2, self._renew)

    def want(self, wanted: Mapping[str, Sequence[TopologyNetwork]]) -> None:
        """Have each device watch these networks from now on, and no others."""
        for device in self._watches.keys() - wanted.keys():
            self._release(device)
        for device, networks in wanted.items():
            watch = self._watches.get(device)
            if watch is None:
                watch = self._watches[device] = self._open(device)
            if watch.networks != tuple(networks):
                watch.networks = tuple(networks)
                names = ', '.join(f"'{each.name}'" for each in networks)
                self._log.info(f"having '{device}' watch {names}: nothing of it is seen from here")
                self._forget(device, watch, {each.name for each in networks})
                self._ask(device, watch)

    def _open(self, device: str) -> _Watch:
        name = DeviceName(device)
        return _Watch(
            self._node.create_client(
                srv.WatchNetworks,
                endpoints.of_executor(name, 'watch_networks', self._namespace),
            ),
            self._node.create_subscription(
                msg.GraphSnapshot,
                endpoints.snapshots_of_device(name, self._namespace),
                lambda message: self._heard(device, message),
                qos.SNAPSHOT_READER,
            ),
        )

    def _heard(self, device: str, message: msg.GraphSnapshot) -> None:
        watch = self._watches.get(device)
        snapshot = snapshot_of(message)
        if watch is not None and snapshot.network in {each.name for each in watch.networks}:
            watch.heard.add(snapshot.network)
            self._on_sight(device, replace(snapshot, watched_from=device))

    def _renew(self) -> None:
        now = time.monotonic()
        for device, watch in self._watches.items():
            if now - watch.asked_at >= _RENEW_SEC:
                self._ask(device, watch)

    def _ask(self, device: str, watch: _Watch) -> None:
        watch.asked_at = time.monotonic()
        if watch.pending is not None:
            watch.client.remove_pending_request(watch.pending)
            watch.pending = None
        if not watch.client.service_is_ready():
            # Soon again: it is found, or comes back, any moment.
            watch.asked_at -= _RENEW_SEC - _ANSWER_SEC
            return
        watch.pending = watch.client.call_async(
            srv.WatchNetworks.Request(
                networks=[network_message(each) for each in watch.networks],
                lease_sec=LEASE_SEC,
                requested_by=self._node.get_fully_qualified_name(),
            )
        )
        watch.pending.add_done_callback(lambda done: self._answered(device, watch, done))

    def _answered(self, device: str, watch: _Watch, done: Future) -> None:
        if watch.pending is not done or done.cancelled():
            return
        watch.pending = None
        result = done.result().result
        if not result.ok:
            self._log.warning(
                f"'{device}' does not watch networks: {result.message}",
                throttle_duration_sec=60.0,
            )

    def _release(self, device: str) -> None:
        watch = self._watches.pop(device)
        self._forget(device, watch, set())
        self._node.destroy_subscription(watch.subscription)
        # Its lease ends by itself if this does not arrive.
        if watch.client.service_is_ready():
            watch.client.call_async(
                srv.WatchNetworks.Request(requested_by=self._node.get_fully_qualified_name())
            ).add_done_callback(lambda _: self._node.destroy_client(watch.client))
        else:
            self._node.destroy_client(watch.client)

    def _forget(self, device: str, watch: _Watch, wanted: set[str]) -> None:
        for network in watch.heard - wanted:
            self._on_gone(device, network)
        watch.heard &= wanted
