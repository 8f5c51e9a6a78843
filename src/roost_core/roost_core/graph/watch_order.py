# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Which networks a collector on a device is to watch, as a line of text."""

from __future__ import annotations

from collections.abc import Iterable
import json

from roost_core.graph.topology import TopologyNetwork

# What to_line gives for no networks.
NONE = '[]'


def to_line(networks: Iterable[TopologyNetwork]) -> str:
    """Write what is needed to join each network, without a line break."""
    return json.dumps(
        [
            {
                'name': each.name,
                'domain_id': each.domain_id,
                'discovery_range': each.discovery_range,
                'discovery_server': each.discovery_server,
            }
            for each in networks
        ]
    )


def of_line(line: str) -> tuple[TopologyNetwork, ...]:
    """Read what `to_line` wrote.

    Raises:
        ValueError: it is something else.
    """
    try:
        return tuple(
            TopologyNetwork(
                name=str(each['name']),
                domain_id=int(each['domain_id']),
                discovery_range=str(each['discovery_range']),
                discovery_server=str(each['discovery_server']),
            )
            for each in json.loads(line)
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f'this is no list of networks: {line:.100}') from error
