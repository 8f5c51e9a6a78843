# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The graph as DOT text, for Graphviz, and for rqt once Graphviz has laid it out.

rqt takes the colour of an arrow from 'colorR', 'colorG', 'colorB', its width only as an integer,
and shapes only from the node itself (qt_dotgraph, dot_to_qt.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from roost_core.graph.label import MEANINGS, shown, state
from roost_core.graph.model import DependencyGraph, Edge, EdgeKind, Vertex, VertexKind

# Dark enough to be read as text on white.
_COLOURS = {
    EdgeKind.DEPENDENCY: (208, 0, 0),
    EdgeKind.TOPIC: (0, 128, 0),
    EdgeKind.SERVICE: (219, 62, 151),
    EdgeKind.ACTION: (184, 134, 11),
}
_EDGE_STYLES = {
    EdgeKind.DEPENDENCY: 'bold',
    EdgeKind.TOPIC: 'solid',
    EdgeKind.SERVICE: 'dashed',
    EdgeKind.ACTION: 'solid',
}
_SHAPES = {
    VertexKind.DEPLOYMENT: 'box',
    VertexKind.VOLUME: 'ellipse',
    VertexKind.NETWORK: 'hexagon',
    VertexKind.ROS_NODE: 'box',
    VertexKind.FOREIGN: 'box',
}
_VIEWED = '#d00000'
_GREY = '#808080'
_BLACK = '#202020'

_HEAD = """digraph roost {
  graph [rankdir=LR, nodesep=0.25, ranksep=0.6, fontname="Helvetica", fontsize=10];
  node [fontname="Helvetica", fontsize=12, margin="0.15,0.08"];
  edge [fontname="Helvetica", fontsize=10, arrowsize=0.8];
"""


def to_dot(graph: DependencyGraph) -> str:
    """Write the graph as DOT text without positions."""
    names = {vertex.id: f'v{number}' for number, vertex in enumerate(graph.vertices)}
    return ''.join(
        (
            _HEAD,
            *(_vertex(names[each.id], each, each.id == graph.root) for each in graph.vertices),
            *(_edge(names, each) for each in graph.edges),
            *_legend(graph),
            '}\n',
        )
    )


def quoted(text: str) -> str:
    """Quote text as a DOT string that shows as it is."""
    escaped = text.replace('\\', '\\\\').replace('"', '\\"').replace('&', '&amp;')
    return f'"{escaped}"'


def _attributes(values: Mapping[str, str]) -> str:
    return ', '.join(f'{key}={value}' for key, value in values.items())


def _vertex(name: str, vertex: Vertex, viewed: bool) -> str:
    lines = [quoted(shown(vertex.label))[1:-1]]
    if state(vertex):
        lines.append(state(vertex))
    if viewed:
        line, fill, text = _VIEWED, _VIEWED, '#ffffff'
    elif vertex.kind is VertexKind.DEPLOYMENT and not vertex.running:
        line, fill, text = _GREY, '#f4f4f4', _GREY
    else:
        line, fill, text = _BLACK, '#ffffff', _BLACK
    styles = ['filled']
    if vertex.kind in (VertexKind.ROS_NODE, VertexKind.FOREIGN):
        styles.append('rounded')
    if line == _GREY or vertex.kind is VertexKind.FOREIGN:
        styles.append('dashed')
    values = {
        'label': '"' + '\\n'.join(lines) + '"',
        'shape': _SHAPES[vertex.kind],
        'style': f'"{",".join(styles)}"',
        'color': f'"{line}"',
        'fillcolor': f'"{fill}"',
        'fontcolor': f'"{text}"',
        'tooltip': quoted(shown(vertex.deployment_id or vertex.label)),
    }
    return f'  {name} [{_attributes(values)}];\n'


def _hexadecimal(kind: EdgeKind) -> str:
    return '"#' + ''.join(f'{part:02x}' for part in _COLOURS[kind]) + '"'


def _edge(names: Mapping[str, str], edge: Edge) -> str:
    red, green, blue = _COLOURS[edge.kind]
    label = quoted(shown(edge.label))
    hint = f'{edge.kind} {edge.type}, network {edge.network}' if edge.label else edge.kind.value
    values = {
        'label': label,
        'color': _hexadecimal(edge.kind),
        'fontcolor': _hexadecimal(edge.kind),
        'style': _EDGE_STYLES[edge.kind],
        'penwidth': '2' if edge.kind is EdgeKind.DEPENDENCY else '1',
        'tooltip': quoted(shown(hint)),
        'colorR': str(red),
        'colorG': str(green),
        'colorB': str(blue),
    }
    return f'  {names[edge.source]} -> {names[edge.target]} [{_attributes(values)}];\n'


def _legend(graph: DependencyGraph) -> Iterator[str]:
    """Explain what occurs in this graph, and nothing else."""
    kinds = {edge.kind for edge in graph.edges}
    entries = [
        (kind.value, f'\N{RIGHTWARDS ARROW} {meaning}', _hexadecimal(kind))
        for kind, meaning in MEANINGS.items()
        if kind in kinds
    ]
    if graph.root:
        entries.append(('viewed', 'filled red: the deployment being viewed', f'"{_VIEWED}"'))
    if any(each.kind is VertexKind.DEPLOYMENT and not each.running for each in graph.vertices):
        entries.append(('idle', 'grey, dashed: not running', f'"{_GREY}"'))
    if any(each.kind is VertexKind.VOLUME for each in graph.vertices):
        entries.append(('volume', 'ellipse: volume', f'"{_BLACK}"'))
    if any(each.kind in (VertexKind.FOREIGN, VertexKind.ROS_NODE) for each in graph.vertices):
        entries.append(('foreign', 'rounded: in no deployment', f'"{_BLACK}"'))
    if not entries:
        return
    yield '  subgraph cluster_legend {\n'
    yield f'    graph [label="Legend", labeljust=l, color="{_GREY}", style=rounded];\n'
    for name, text, colour in entries:
        values = {
            'label': quoted(text),
            'shape': 'plaintext',
            'fontsize': '10',
            'fontcolor': colour,
            'height': '0.2',
            'margin': '"0.05,0.02"',
        }
        yield f'    legend_{name} [{_attributes(values)}];\n'
    yield '  }\n'
