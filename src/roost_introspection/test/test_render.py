# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures by the real Graphviz, and what reads them."""

import json
import subprocess
from xml.etree import ElementTree

from graph_builders import (
    deployment,
    draw,
    endpoint,
    in_container,
    PUB,
    snapshot,
    SUB,
    topology,
)
import pydot
import pytest

from roost_core.problem import ResultCode
from roost_introspection.render import Renderer, RenderFailed

# pydot uses names that pyparsing renamed.
pytestmark = pytest.mark.filterwarnings("ignore:'.*' deprecated - use:DeprecationWarning")

TIMEOUT_SEC = 30.0
HOSTILE = [
    'a"b',
    'a\\',
    '\\N\\l\\"',
    '<b>&amp;</b>',
    '/\x00\x1b[2J\n',
    '}; v0 -> v1 [label="x',
    'ünïcödé/日本',
    '',
    'x' * 5000,
]


def graph_of(*names, root='simulator'):
    fleet = topology(
        deployment('simulator'),
        deployment('turtle', 'simulator'),
        deployment('spare', 'turtle', running=False),
    )
    seen = snapshot(
        in_container(1, 'simulator'),
        in_container(2, 'turtle'),
        *(endpoint(1, '/s', PUB, name) for name in names),
        *(endpoint(2, '/t', SUB, name) for name in names),
    )
    return draw(seen, fleet, root=root)


@pytest.fixture
def renderer():
    renderer = Renderer(timeout_sec=TIMEOUT_SEC)
    yield renderer
    renderer.close()


def test_svg_and_png_are_pictures(renderer):
    graph = graph_of('/pose')

    svg = ElementTree.fromstring(renderer.render(graph, 'svg'))

    assert svg.tag.endswith('svg')
    assert renderer.render(graph, 'png').startswith(b'\x89PNG')


def test_json_and_text_need_no_graphviz():
    renderer = Renderer(timeout_sec=TIMEOUT_SEC, program='no-such-program')

    document = json.loads(renderer.render(graph_of('/pose'), 'json'))

    assert {vertex['label'] for vertex in document['vertices']} == {
        'simulator',
        'turtle',
        'spare',
    }
    assert '/pose' in renderer.render(graph_of('/pose'), 'text').decode()


def test_dot_has_all_that_rqt_needs(renderer):
    """Read it as rqt does: by pydot, with places from the file and names as they stand there."""
    text = renderer.render(graph_of('/pose', '/clock'), 'dot').decode()

    (graph,) = pydot.graph_from_dot_data(text)
    nodes = {
        node.get_name(): node
        for part in (graph, *graph.get_subgraphs())
        for node in part.get_nodes()
        if node.get_name() not in ('graph', 'node', 'edge')
    }
    for node in nodes.values():
        x, y = node.get('pos').strip('"').split(',')
        assert float(x) + float(y) + float(node.get('width')) + float(node.get('height')) > 0
        assert node.get('shape')
    for edge in graph.get_edges():
        assert edge.get_source() in nodes
        assert edge.get_destination() in nodes
        assert edge.get('pos')
        assert int(edge.get('penwidth')) > 0
        assert edge.get('colorR')
    assert len(graph.get_edges()) == 4
    (legend,) = graph.get_subgraphs()
    assert legend.get_node('graph')[0].get('bb')


@pytest.mark.parametrize('name', HOSTILE)
def test_no_name_breaks_a_picture(renderer, name):
    graph = graph_of(name)

    svg = ElementTree.fromstring(renderer.render(graph, 'svg'))
    (read,) = pydot.graph_from_dot_data(renderer.render(graph, 'dot').decode())

    groups = [each.get('class') for each in svg.iter() if each.get('class')]
    assert groups.count('edge') == len(read.get_edges()) == len(graph.edges)
    shown = name.isprintable() and len(name) < 80
    if shown and name:
        assert name in [
            ''.join(each.itertext()) for each in svg.iter() if each.tag.endswith('text')
        ]


def test_a_format_that_is_not_known(renderer):
    with pytest.raises(RenderFailed, match="'gif' is none of") as failure:
        renderer.render(graph_of(), 'gif')

    assert failure.value.code is ResultCode.INVALID


def test_no_graphviz_is_said():
    renderer = Renderer(timeout_sec=TIMEOUT_SEC, program='no-such-program')

    with pytest.raises(RenderFailed, match='Install the package graphviz') as failure:
        renderer.render(graph_of(), 'png')

    assert failure.value.code is ResultCode.UNAVAILABLE


def test_a_picture_that_takes_too_long_is_given_up(tmp_path):
    slow = tmp_path / 'slow'
    slow.write_text('#!/bin/sh\nexec sleep 60\n')
    slow.chmod(0o755)
    renderer = Renderer(timeout_sec=0.2, program=str(slow))

    with pytest.raises(RenderFailed, match='more than') as failure:
        renderer.render(graph_of(), 'svg')

    assert failure.value.code is ResultCode.TIMEOUT
    running = subprocess.run(['pgrep', '-f', 'sleep 60'], capture_output=True, check=False)
    assert str(slow) not in running.stdout.decode()


def test_after_closing_nothing_is_painted(renderer):
    renderer.close()

    with pytest.raises(RenderFailed, match='shutting down'):
        renderer.render(graph_of(), 'svg')
