# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Watches the networks that there are: a watch comes and goes with its network."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from roost_core.graph.topology import TopologyNetwork
from roost_introspection.joining import NetworkAddress
from roost_introspection.network_watch import Manner, NetworkWatch, Tell


class Networks:
    """Holds a watch for each network; for one thread at a time."""

    def __init__(self, manner: Manner, *, tell: Tell, complain: Callable[[str], None]) -> None:
        """Take tell and complain for the watches, see there."""
        self._manner = manner
        self._tell = tell
        self._complain = complain
        self._watches: dict[str, NetworkWatch] = {}

    def follow(
        self, networks: Iterable[TopologyNetwork]
    ) -> tuple[list[TopologyNetwork], set[str]]:
        """Watch these networks from now on, and no others; returns at once.

        Returns:
            Those that are new, and the names of those that are gone.
        """
        wanted = {network.name: network for network in networks}
        gone = self._watches.keys() - wanted.keys()
        for name in gone:
            self._watches.pop(name).end()
        new = [network for name, network in wanted.items() if name not in self._watches]
        for network in new:
            self._watches[network.name] = NetworkWatch(
                network.name, self._manner, tell=self._tell, complain=self._complain
            )
        for name, network in wanted.items():
            self._watches[name].follow(*_address_of(network))
        return new, gone

    def close(self) -> None:
        """End all watches."""
        for watch in self._watches.values():
            watch.end()
        for watch in self._watches.values():
            watch.close()


def _address_of(network: TopologyNetwork) -> tuple[NetworkAddress | None, str]:
    """Tell where a network is; if that is not known, why."""
    if network.device and not network.discovery_server:
        return None, 'its discovery server is not known yet'
    return (
        NetworkAddress(
            domain_id=network.domain_id,
            discovery_range=network.discovery_range,
            discovery_server=network.discovery_server,
        ),
        '',
    )
