# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The legend: what occurs in a graph, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from roost_core.graph.label import idle, MEANINGS
from roost_core.graph.model import DependencyGraph, VertexKind
from roost_core.graph.style import BLACK, colour, GREY, quoted, VIEWED, written


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the legend, in the colour of what it explains."""

    name: str
    text: str
    colour: str


def arrows(graph: DependencyGraph) -> tuple[Entry, ...]:
    """Explain the colours of the arrows."""
    kinds = {edge.kind for edge in graph.edges}
    return tuple(
        Entry(name=kind.value, text=f'\N{RIGHTWARDS ARROW} {meaning}', colour=colour(kind))
        for kind, meaning in MEANINGS.items()
        if kind in kinds
    )


def shapes(graph: DependencyGraph) -> tuple[Entry, ...]:
    """Explain shapes and fillings; a rectangle by itself is a deployment and needs no words."""
    kinds = {vertex.kind for vertex in graph.vertices}
    occurring = (
        (bool(graph.root), 'viewed', 'filled red: what is viewed', VIEWED),
        (any(map(idle, graph.vertices)), 'idle', 'grey, dashed: not running', GREY),
        (VertexKind.VOLUME in kinds, 'volume', 'ellipse: volume', BLACK),
        (VertexKind.NETWORK in kinds, 'network', 'box with depth: network', BLACK),
        (
            bool(kinds & {VertexKind.FOREIGN, VertexKind.ROS_NODE}),
            'foreign',
            'rounded: in no deployment',
            BLACK,
        ),
    )
    return tuple(
        Entry(name=name, text=text, colour=line)
        for occurs, name, text, line in occurring
        if occurs
    )


def cluster(graph: DependencyGraph) -> Iterator[str]:
    """Write the legend as a cluster of nodes, which rqt draws too."""
    entries = arrows(graph) + shapes(graph)
    if not entries:
        return
    yield '  subgraph cluster_legend {\n'
    yield f'    graph [label="Legend", labeljust=l, color="{GREY}", style=rounded];\n'
    for entry in entries:
        values = {
            'label': quoted(entry.text),
            'shape': 'box',
            'color': f'"{entry.colour}"',
            'fontcolor': f'"{entry.colour}"',
            'fontname': '"Helvetica"',
            'fontsize': '11',
            'penwidth': '0',
            'height': '0.2',
            'margin': '"0.05,0.02"',
        }
        yield f'    legend_{entry.name} [{written(values)}];\n'
    yield '  }\n'


def table(graph: DependencyGraph) -> Iterator[str]:
    """Write the legend as a small table below the drawing, which Graphviz alone can show."""
    pairs = list(zip_longest(arrows(graph), shapes(graph)))
    if not pairs:
        return
    rows = ''.join(
        f'<TR>{_cell(left)}<TD WIDTH="12"></TD>{_cell(right)}</TR>' for left, right in pairs
    )
    inner = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="1">{rows}</TABLE>'
    values = {
        'labelloc': 'b',
        'labeljust': 'l',
        'fontname': '"Helvetica"',
        'fontsize': '10',
        'label': f'<{inner}>',
    }
    yield f'  graph [{written(values)}];\n'


def _cell(entry: Entry | None) -> str:
    if entry is None:
        return '<TD></TD>'
    return f'<TD ALIGN="LEFT"><FONT COLOR="{entry.colour}">{entry.text}</FONT></TD>'
