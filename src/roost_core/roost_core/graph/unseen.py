# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Which networks a device should watch itself, for from elsewhere its nodes are not seen there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from roost_core.graph.build import LiveGraph
from roost_core.status import Status

# A device, and a network that something of it is on.
OnNetwork = tuple[str, str]

Since = Mapping[OnNetwork, float]

# Of deployments with a device that is silent: what runs there is Unknown, the whole in Error.
_UNTOLD = (Status.UNKNOWN, Status.ERROR)


@dataclass(frozen=True, slots=True)
class Overdue:
    """What has not been seen for long enough.

    Attributes:
        networks: by device, names of networks.
        since: when each began not to be seen; to be given back next time.
        due_sec: after so many seconds there will be more; None for no more.
    """

    networks: Mapping[str, frozenset[str]]
    since: Since
    due_sec: float | None


def unseen(live: LiveGraph, here: Mapping[str, Collection[str]]) -> frozenset[OnNetwork]:
    """List the devices that run a component on a network where nothing of it is seen from here.

    One component may be seen from afar and its neighbour not: a container with a network
    namespace of its own is behind its device.

    Args:
        here: GUID prefixes of the participants that are seen from here, by network.
    """
    online = {device.name for device in live.topology.devices if device.online}
    seen = {
        (node.attribution.device, node.network, place.deployment_id, place.component)
        for node in live.nodes.values()
        if (place := node.attribution.place) and node.gid_prefix in here.get(node.network, ())
    }
    return frozenset(
        (device, network)
        for device, network, *part in _expected(live)
        if device in online and (device, network, *part) not in seen
    )


def unseen_anywhere(live: LiveGraph, lost: Collection[OnNetwork] = ()) -> frozenset[OnNetwork]:
    """List the devices that run something on a network where nobody sees anything of theirs.

    Args:
        lost: devices that alone saw what is theirs on a network: that nobody can say of an
            executable there whether it runs is no reason to think that it does not.
    """
    seen = {
        (node.attribution.device, node.network)
        for node in live.nodes.values()
        if node.attribution.place is not None
    }
    return frozenset((device, network) for device, network, *_ in _expected(live, lost)) - seen


def _expected(
    live: LiveGraph, lost: Collection[OnNetwork] = ()
) -> Iterator[tuple[str, str, str, str]]:
    """Give device, network, deployment and component of what runs on networks that run."""
    running = {network.name for network in live.topology.networks if network.running}
    for deployment in live.topology.deployments:
        networks = {part.name: part.network for part in deployment.components}
        for executable in deployment.executables:
            network = networks.get(executable.component, '')
            untold = deployment.status in _UNTOLD and (executable.device, network) in lost
            if network in running and (executable.running or untold):
                yield executable.device, network, deployment.id, executable.component


def overdue(
    missing: Collection[OnNetwork], since: Since, *, now: float, settle_sec: float
) -> Overdue:
    """Pick what has been missing for settle_sec; now is of any clock that never goes back."""
    began = {each: since.get(each, now) for each in missing}
    waits = {each: start + settle_sec - now for each, start in began.items()}
    networks: dict[str, set[str]] = {}
    for (device, network), wait in waits.items():
        if wait <= 0:
            networks.setdefault(device, set()).add(network)
    return Overdue(
        networks={device: frozenset(names) for device, names in networks.items()},
        since=began,
        due_sec=min((wait for wait in waits.values() if wait > 0), default=None),
    )
