# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The graph as DOT text: to be read by Graphviz and rqt, or to be painted by Graphviz."""

from __future__ import annotations

from roost_core.graph.legend import cluster, table
from roost_core.graph.model import DependencyGraph
from roost_core.graph.style import edge_attributes, vertex_attributes, written

# Above so many arrows Graphviz is told to look less long for the best places, and above so many
# more to draw straight lines: 1,000 curves between 200 deployments took it minutes.
_MANY = 100
_VERY_MANY = 300


def to_dot(graph: DependencyGraph, *, picture: bool = False) -> str:
    """Write the graph as DOT text without positions, fit for rqt once Graphviz laid it out.

    In an SVG made of it, a vertex is a group with its id, of the class 'node' and its kind; an
    arrow is one with edge_id(), of the class 'edge' and its kind. Titles tell from where to where.

    Args:
        picture: with the legend below the drawing, where it takes less room; rqt would not show
            it.
    """
    names = {vertex.id: f'v{number}' for number, vertex in enumerate(graph.vertices)}
    return ''.join(
        (
            _head(graph),
            *(
                f'  {names[each.id]}'
                f' [{written(vertex_attributes(each, viewed=each.id == graph.root))}];\n'
                for each in graph.vertices
            ),
            *(
                f'  {names[each.source]} -> {names[each.target]}'
                f' [{written(edge_attributes(each))}];\n'
                for each in graph.edges
            ),
            *(table(graph) if picture else cluster(graph)),
            '}\n',
        )
    )


def _head(graph: DependencyGraph) -> str:
    # rqt cannot read the positions of an arrow that go on in another line.
    values = {'linelength': '0', 'rankdir': 'LR', 'nodesep': '0.2', 'ranksep': '0.5'}
    if len(graph.edges) > _MANY:
        values |= {'nslimit': '0.5', 'nslimit1': '0.5', 'mclimit': '0.05'}
    if len(graph.edges) > _VERY_MANY:
        values['splines'] = 'line'
    return f'digraph roost {{\n  graph [{written(values)}];\n'
