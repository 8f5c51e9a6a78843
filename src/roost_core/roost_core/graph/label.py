# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is written on vertices and arrows, safe for any medium.

Names come from the network, where anybody can put anything into them.
"""

from __future__ import annotations

from roost_core.graph.model import EdgeKind, Vertex, VertexKind

MAX_LENGTH = 80

MEANINGS = {
    EdgeKind.DEPENDENCY: 'dependency: dependant to dependency',
    EdgeKind.TOPIC: 'topic: publisher to subscriber',
    EdgeKind.SERVICE: 'service: provider to caller',
    EdgeKind.ACTION: 'action: server to client',
}


def shown(text: str) -> str:
    """Make text fit to show: nothing that cannot be printed, and not endless."""
    clean = ''.join(sign if sign.isprintable() else '?' for sign in text)
    if len(clean) <= MAX_LENGTH:
        return clean
    half = MAX_LENGTH // 2 - 2
    return f'{clean[:half]}...{clean[-half:]}'


def state(vertex: Vertex) -> str:
    """Tell phase and status of a deployment, as much of them as says something."""
    if vertex.kind is not VertexKind.DEPLOYMENT or vertex.phase is None or vertex.status is None:
        return ''
    if vertex.phase.value == 'Succeeded':
        return vertex.status.value
    return f'{vertex.phase.value}, {vertex.status.value}'
