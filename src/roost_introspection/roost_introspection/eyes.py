# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is needed to see a network: a collector, and what knows hosts and processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from roost_core.graph.dds_names import DdsEndpoint, ros_endpoints
from roost_core.graph.snapshot import NetworkSnapshot, Participant
from roost_introspection.collector import Collector
from roost_introspection.joining import NetworkAddress
from roost_introspection.participants import ParticipantWatch
from roost_introspection.server_listener import ServerListener


class _Processes(Protocol):
    """Knows hosts and processes of participants."""

    def participants(self) -> tuple[Participant, ...]:
        """List the participants that are there."""

    def close(self) -> None:
        """End."""


class Eyes:
    """Sees one network; for one thread at a time.

    Attributes:
        address: where the network is.
        lack: what cannot be seen; empty when all can.
        deaf: on_change is not called at each change.
    """

    def __init__(
        self,
        address: NetworkAddress,
        *,
        node: str,
        namespace: str,
        static_peers: Iterable[str],
        on_change: Callable[[], None],
        complain: Callable[[str], None],
    ) -> None:
        """Join the network.

        Args:
            node, namespace: of the node by which it is joined.
            static_peers: further addresses at which members are looked for.
            on_change: called after changes, on threads that must not be blocked.
            complain: told of what went wrong and ended nothing.

        Raises:
            OSError: the network cannot be joined.
        """
        self.address = address
        self._collector = Collector(address, name=node, namespace=namespace, on_change=on_change)
        self.lack = self._collector.deaf
        self.deaf = bool(self.lack)
        self._beneath: ParticipantWatch | None = None
        self._processes: _Processes | None = None
        try:
            if address.discovery_server:
                self._processes = ServerListener(
                    address.discovery_server, on_change=on_change, complain=complain
                )
            else:
                self._processes = self._beneath = ParticipantWatch(
                    address.domain_id,
                    discovery_range=address.discovery_range,
                    static_peers=static_peers,
                    on_change=on_change,
                    complain=complain,
                )
        except (OSError, ValueError) as error:
            self.lack = f'{error}. The processes behind its nodes are known by GUID prefix only'
            complain(self.lack)

    def look(self, network: str, watched_from: str) -> tuple[NetworkSnapshot, bool]:
        """Look; tell whether all is settled, as far as can be told."""
        by_dds: dict[str, DdsEndpoint] = {}
        if self._beneath is not None:
            by_dds = self._beneath.endpoints()
        by_ros = self._collector.look(by_dds)
        # Either may be ahead of the other; only ROS knows nodes.
        found = ros_endpoints((by_dds | by_ros).values())
        prefixes = {endpoint.gid_prefix for endpoint in found}
        participants = self._processes.participants() if self._processes is not None else ()
        snapshot = NetworkSnapshot(
            network=network,
            watched_from=watched_from,
            domain_id=self.address.domain_id,
            endpoints=found,
            participants=tuple(each for each in participants if each.gid_prefix in prefixes),
        )
        agreed = self._beneath is None or by_ros.keys() == by_dds.keys()
        named = all(endpoint.node_name for endpoint in found)
        return snapshot, self._collector.settled and agreed and named

    def close(self) -> None:
        """Leave the network."""
        if self._processes is not None:
            self._processes.close()
        self._collector.close()
