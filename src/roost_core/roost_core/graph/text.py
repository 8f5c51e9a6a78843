# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The graph drawn with characters, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
import textwrap

from roost_core.graph.label import idle, printable, shown, state, UNNAMED
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
# Beyond this a name stands out of the column of names, so that one long name costs the others no
# room; with less room than this to its right, a list begins on the next line.
_TARGET_WIDTH = 24
_LEAST_ROOM = 30
_INDENT = ' ' * 6
_KINDS = list(VertexKind)
_EDGE_KINDS = list(EdgeKind)


def to_text(graph: DependencyGraph, *, colour: bool = False, width: int = 100) -> str:
    """Draw each vertex and the arrows that leave it; those of a kind to one vertex share a line.

    The vertex being viewed comes first; networks that are not watched and findings come last.

    Args:
        colour: with ANSI escapes.
        width: columns, beyond which names go to the next line.
    """
    names = {vertex.id: _name(vertex) for vertex in graph.vertices}
    leaving: dict[str, dict[tuple[EdgeKind, str], list[Edge]]] = {}
    for edge in graph.edges:
        arrows = leaving.setdefault(edge.source, {})
        arrows.setdefault((edge.kind, edge.target), []).append(edge)

    def place(vertex: Vertex) -> tuple[bool, int, str, str]:
        return vertex.id != graph.root, _KINDS.index(vertex.kind), vertex.label, vertex.id

    blocks = []
    for vertex in sorted(graph.vertices, key=place):
        arrows = leaving.get(vertex.id, {})
        lengths = [len(names[target]) for _, target in arrows]
        column = max((each for each in lengths if each <= _TARGET_WIDTH), default=0)
        lines = [_head(vertex, viewed=vertex.id == graph.root, colour=colour)]
        for kind, target in sorted(
            arrows, key=lambda key: (_EDGE_KINDS.index(key[0]), names[key[1]], key[1])
        ):
            listed = sorted({shown(edge.label) for edge in arrows[kind, target]})
            target = names[target].ljust(column)
            lines += _arrow(kind, target, listed, colour=colour, width=width)
        blocks.append(lines)
    blocks += _unwatched(graph, width)
    blocks += _findings(graph, colour=colour, width=width)
    return '\n'.join('\n'.join(lines) + '\n' for lines in blocks)


def _painted(words: str, code: str, colour: bool) -> str:
    return f'\x1b[{code}m{words}\x1b[0m' if colour and words else words


def _name(vertex: Vertex) -> str:
    name = shown(vertex.label) or UNNAMED
    if vertex.kind in (VertexKind.VOLUME, VertexKind.NETWORK):
        return f'{name} ({vertex.kind})'
    return name


def _head(vertex: Vertex, *, viewed: bool, colour: bool) -> str:
    code = _VIEWED if viewed else _DIM if idle(vertex) else _BOLD
    mark = ' (viewed)' if viewed and not colour else ''
    head = f'{_painted(_name(vertex), code, colour)}{mark}'
    return f'{head}  {_painted(state(vertex), _DIM, colour)}'.rstrip()


def _arrow(
    kind: EdgeKind, target: str, names: list[str], *, colour: bool, width: int
) -> list[str]:
    line = '\N{BOX DRAWINGS LIGHT HORIZONTAL}'
    tip = '\N{BLACK RIGHT-POINTING TRIANGLE}'
    arrow = f'{line} {_WORDS[kind]} ' + line * (_WORD_WIDTH - len(_WORDS[kind]) + 1) + tip
    start = f'  {arrow} {target}'
    painted = f'  {_painted(arrow, _COLOURS[kind], colour)} {target}'
    room = width - len(start) - 2
    if room < max(_LEAST_ROOM, *map(len, names)):
        return [painted.rstrip(), *_wrapped(', '.join(names), _INDENT, width)]
    first, *rest = _wrapped(', '.join(names), ' ' * (len(start) + 2), width) or ['']
    return [f'{painted}  {first.lstrip()}'.rstrip(), *rest]


def _wrapped(words: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(
        words,
        max(width, len(indent) + _LEAST_ROOM),
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )


def _unwatched(graph: DependencyGraph, width: int) -> Iterator[list[str]]:
    lines = []
    for network in graph.networks:
        if network.message:
            head = f'network {shown(network.name)} (domain {network.domain_id})'
            lines += textwrap.wrap(
                f'{head}: {printable(network.message)}', width, subsequent_indent='  '
            )
    if lines:
        yield lines


def _findings(graph: DependencyGraph, *, colour: bool, width: int) -> Iterator[list[str]]:
    if not graph.findings:
        return
    count = len(graph.findings)
    lines = [_painted(f'{count} finding{"s" if count > 1 else ""}', _BOLD, colour)]
    for finding in graph.findings:
        lines += textwrap.wrap(
            f'{finding.kind}: {printable(finding.message)}',
            width,
            initial_indent='  ',
            subsequent_indent='    ',
        )
    yield lines
