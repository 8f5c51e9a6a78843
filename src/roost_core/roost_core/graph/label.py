# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is written on vertices and arrows, safe for any medium.

Names come from the network, where anybody can put anything into them.
"""

from __future__ import annotations

from roost_core.graph.model import EdgeKind, Vertex, VertexKind

MAX_LENGTH = 80
UNNAMED = 'unnamed'

MEANINGS = {
    EdgeKind.DEPENDENCY: 'dependency: dependant to dependency',
    EdgeKind.TOPIC: 'topic: publisher to subscriber',
    EdgeKind.SERVICE: 'service: provider to caller',
    EdgeKind.ACTION: 'action: server to client',
}


def printable(text: str) -> str:
    """Make text fit to show: nothing that could steer a terminal or break a picture."""
    return ''.join(sign if sign.isprintable() else '?' for sign in text)


def shown(text: str) -> str:
    """Make a name fit to show: printable, and not endless."""
    clean = printable(text)
    if len(clean) <= MAX_LENGTH:
        return clean
    half = MAX_LENGTH // 2 - 2
    return f'{clean[:half]}...{clean[-half:]}'


def idle(vertex: Vertex) -> bool:
    """Tell whether it is a deployment, network or volume that does not run."""
    return vertex.phase is not None and not vertex.running


def state(vertex: Vertex) -> str:
    """Tell phase and status, as much of them as says something."""
    if vertex.phase is None or vertex.status is None:
        return ''
    if vertex.kind is not VertexKind.DEPLOYMENT and vertex.running:
        return ''
    if vertex.phase.value == 'Succeeded':
        return vertex.status.value
    return f'{vertex.phase.value}, {vertex.status.value}'
