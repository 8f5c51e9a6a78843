# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The graph drawn with characters, for a terminal."""

from __future__ import annotations

import textwrap

from roost_core.graph.label import shown, state
from roost_core.graph.model import DependencyGraph, Edge, EdgeKind, Vertex, VertexKind

_WORDS = {
    EdgeKind.DEPENDENCY: 'needs',
    EdgeKind.TOPIC: 'topic',
    EdgeKind.SERVICE: 'service',
    EdgeKind.ACTION: 'action',
}
_COLOURS = {
    EdgeKind.DEPENDENCY: '31',
    EdgeKind.TOPIC: '32',
    EdgeKind.SERVICE: '38;5;205',
    EdgeKind.ACTION: '33',
}
_VIEWED = '1;97;41'
_BOLD = '1'
_DIM = '2'
_WORD_WIDTH = max(map(len, _WORDS.values()))


def to_text(graph: DependencyGraph, *, colour: bool = False, width: int = 100) -> str:
    """Draw each vertex and the arrows that leave it; those of a kind to one vertex share a line.

    Args:
        colour: with ANSI escapes.
        width: columns, beyond which names go to the next line.
    """
    labels = {vertex.id: shown(vertex.label) for vertex in graph.vertices}
    leaving: dict[str, dict[tuple[EdgeKind, str], list[Edge]]] = {}
    for edge in graph.edges:
        arrows = leaving.setdefault(edge.source, {})
        arrows.setdefault((edge.kind, edge.target), []).append(edge)
    order = list(EdgeKind)
    blocks = []
    for vertex in sorted(
        graph.vertices, key=lambda vertex: (vertex.kind, vertex.label, vertex.id)
    ):
        arrows = leaving.get(vertex.id, {})
        widest = max((len(labels[target]) for _, target in arrows), default=0)
        lines = [_head(vertex, viewed=vertex.id == graph.root, colour=colour)]
        for kind, target in sorted(arrows, key=lambda key: (order.index(key[0]), labels[key[1]])):
            names = sorted({shown(edge.label) for edge in arrows[kind, target]})
            lines += _arrow(kind, labels[target].ljust(widest), names, colour=colour, width=width)
        blocks.append('\n'.join(lines) + '\n')
    return '\n'.join(blocks)


def _painted(words: str, code: str, colour: bool) -> str:
    return f'\x1b[{code}m{words}\x1b[0m' if colour and words else words


def _head(vertex: Vertex, *, viewed: bool, colour: bool) -> str:
    idle = vertex.kind is VertexKind.DEPLOYMENT and not vertex.running
    name = _painted(shown(vertex.label), _VIEWED if viewed else _DIM if idle else _BOLD, colour)
    mark = ' (viewed)' if viewed and not colour else ''
    return f'{name}{mark}  {_painted(state(vertex), _DIM, colour)}'.rstrip()


def _arrow(
    kind: EdgeKind, target: str, names: list[str], *, colour: bool, width: int
) -> list[str]:
    line = '\N{BOX DRAWINGS LIGHT HORIZONTAL}'
    tip = '\N{BLACK RIGHT-POINTING TRIANGLE}'
    arrow = f'{line} {_WORDS[kind]} ' + line * (_WORD_WIDTH - len(_WORDS[kind]) + 1) + tip
    start = f'  {arrow} {target}'
    listed = ', '.join(names)
    room = max(20, width - len(start) - 2)
    first, *rest = textwrap.wrap(listed, room, break_long_words=False, break_on_hyphens=False) or [
        ''
    ]
    indent = ' ' * (len(start) + 2)
    painted = f'  {_painted(arrow, _COLOURS[kind], colour)} {target}'
    return [f'{painted}  {first}'.rstrip(), *(indent + more for more in rest)]
