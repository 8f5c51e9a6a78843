# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""How vertices and arrows look in DOT, whoever draws it.

rqt takes the colour of an arrow from 'colorR', 'colorG', 'colorB', its width only as an integer
and its hint from 'edgetooltip'. It knows the shapes box, ellipse and box3d, fills none of them,
and writes what is in one in the colour of its line (qt_dotgraph, dot_to_qt.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
import re

from roost_core.graph.label import idle, printable, shown, state, UNNAMED
from roost_core.graph.model import Edge, EdgeKind, Vertex, VertexKind

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
    VertexKind.NETWORK: 'box3d',
    VertexKind.ROS_NODE: 'box',
    VertexKind.FOREIGN: 'box',
}
VIEWED = '#d00000'
GREY = '#707070'
BLACK = '#202020'
_FONT = '"Helvetica"'
_HINT_LENGTH = 500
# Graphviz takes no more than 16,384 characters in a string; ids of Roost are much shorter.
_ID_LENGTH = 1000
_ENTITY = re.compile(r'&(?=#?\w+;)')


def escaped(text: str) -> str:
    """Escape text for a DOT string, so that Graphviz shows it as it is.

    An '&' that begins no entity stays bare, for rqt knows no entities.
    """
    return _ENTITY.sub('&amp;', text.replace('\\', '\\\\').replace('"', '\\"'))


def quoted(*lines: str) -> str:
    """Quote lines of text as a DOT string that shows as it is."""
    joined = '\\n'.join(map(escaped, lines))
    # rqt strips all quotation marks at the end, and cannot read the backslash that then remains.
    return f'"{joined} "' if joined.endswith('"') else f'"{joined}"'


def written(values: Mapping[str, str]) -> str:
    """Write attributes as they stand in brackets."""
    return ', '.join(f'{key}={value}' for key, value in values.items())


def colour(kind: EdgeKind) -> str:
    """Give the colour of an arrow, hexadecimal."""
    return '#' + ''.join(f'{part:02x}' for part in _COLOURS[kind])


def vertex_attributes(vertex: Vertex, *, viewed: bool) -> dict[str, str]:
    """Give the attributes of a vertex, all of them: rqt reads no defaults."""
    if viewed:
        line, fill, text = VIEWED, VIEWED, '#ffffff'
    elif idle(vertex):
        line, fill, text = GREY, '#f4f4f4', GREY
    else:
        line, fill, text = BLACK, '#ffffff', BLACK
    styles = ['filled']
    if vertex.kind in (VertexKind.ROS_NODE, VertexKind.FOREIGN):
        styles.append('rounded')
    if idle(vertex) or vertex.kind is VertexKind.FOREIGN:
        styles.append('dashed')
    lines = [shown(vertex.label) or UNNAMED]
    if state(vertex):
        lines.append(state(vertex))
    classes = [vertex.kind.value.replace(' ', '-')]
    if viewed:
        classes.append('viewed')
    if idle(vertex):
        classes.append('idle')
    return {
        'label': quoted(*lines),
        'shape': _SHAPES[vertex.kind],
        'style': f'"{",".join(styles)}"',
        'color': f'"{line}"',
        'fillcolor': f'"{fill}"',
        'fontcolor': f'"{text}"',
        'fontname': _FONT,
        'fontsize': '12',
        'margin': '"0.15,0.08"',
        'tooltip': quoted(_hint(f'{vertex.kind} {vertex.label}')),
        'id': quoted(vertex_id(vertex)),
        'class': f'"{" ".join(classes)}"',
    }


def edge_attributes(edge: Edge) -> dict[str, str]:
    """Give the attributes of an arrow, all of them; a dependency has no label.

    The default line of 'edge' must not be needed: rqt would draw it as a node of that name.
    """
    values = {}
    hint = edge.kind.value
    if edge.kind is not EdgeKind.DEPENDENCY:
        values['label'] = quoted(shown(edge.label) or UNNAMED)
        hint = f'{edge.kind} {edge.label}, {edge.type}, network {edge.network}'
    red, green, blue = _COLOURS[edge.kind]
    return values | {
        'color': f'"{colour(edge.kind)}"',
        'fontcolor': f'"{colour(edge.kind)}"',
        'fontname': _FONT,
        # As large as the letters of rqt, so that labels have the room that they need there.
        'fontsize': '11',
        'style': _EDGE_STYLES[edge.kind],
        'penwidth': '2' if edge.kind is EdgeKind.DEPENDENCY else '1',
        'arrowsize': '0.8',
        'tooltip': quoted(_hint(hint)),
        'edgetooltip': quoted(_hint(hint)),
        'colorR': str(red),
        'colorG': str(green),
        'colorB': str(blue),
        'id': f'"{edge_id(edge)}"',
        'class': f'"{edge.kind}"',
    }


def vertex_id(vertex: Vertex) -> str:
    """Name a vertex the same in every picture: by its id, unless no picture can hold that."""
    if len(vertex.id) <= _ID_LENGTH:
        return printable(vertex.id)
    return blake2b(vertex.id.encode(errors='replace'), digest_size=16).hexdigest()


def edge_id(edge: Edge) -> str:
    """Name an arrow the same in every picture."""
    parts = (edge.kind, edge.source, edge.target, edge.label, edge.type, edge.network)
    content = '\0'.join(parts).encode(errors='backslashreplace')
    return f'arrow/{blake2b(content, digest_size=8).hexdigest()}'


def _hint(text: str) -> str:
    return printable(text)[:_HINT_LENGTH]
