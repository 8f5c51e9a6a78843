# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Which networks a device should watch itself, for from elsewhere its nodes are not seen there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
    """List the devices that run something on a network where nothing of theirs is seen from here.

    Args:
        here: GUID prefixes of the participants that are seen from here, by network.
    """
    online = {device.name for device in live.topology.devices if device.online}
    seen = {
        (node.attribution.device, node.network)
        for node in live.nodes.values()
        if node.attribution.place is not None and node.gid_prefix in here.get(node.network, ())
    }
    return frozenset(each for each in _expected(live) - seen if each[0] in online)


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
    return frozenset(_expected(live, lost) - seen)


def _expected(live: LiveGraph, lost: Collection[OnNetwork] = ()) -> set[OnNetwork]:
    running = {network.name for network in live.topology.networks if network.running}
    return {
        (executable.device, component.network)
        for deployment in live.topology.deployments
        for component in deployment.components
        if component.network in running
        for executable in deployment.executables
        if executable.component == component.name
        and (
            executable.running
            or (deployment.status in _UNTOLD and (executable.device, component.network) in lost)
        )
    }


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
