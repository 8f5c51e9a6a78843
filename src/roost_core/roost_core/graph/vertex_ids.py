# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What vertices are called, wherever they are drawn or spoken of."""

from __future__ import annotations

FOREIGN = 'foreign'


def of_deployment(deployment_id: str) -> str:
    """Give the vertex of a deployment."""
    return f'deployment/{deployment_id}'


def of_volume(deployment_id: str) -> str:
    """Give the vertex of a volume."""
    return f'volume/{deployment_id}'


def of_network(name: str) -> str:
    """Give the vertex of a network: by its name, for the built-in one has no id."""
    return f'network/{name}'


def of_node(node_id: str) -> str:
    """Give the vertex of a ROS node that belongs to no deployment and is drawn by itself."""
    return f'node/{node_id}'
