# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures by the real Graphviz, and what reads them."""

import codecs
from itertools import combinations
import json
from pathlib import Path
import re
import resource
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
from large_graph import large_graph
import pydot
import pytest

from roost_core.graph.dot import to_dot
from roost_core.graph.model import DependencyGraph, Edge, EdgeKind, Vertex, VertexKind
from roost_core.graph.style import colour, edge_id
from roost_core.problem import ResultCode
from roost_introspection.render import Renderer, RenderFailed

# pydot uses names that pyparsing renamed.
pytestmark = pytest.mark.filterwarnings("ignore:'.*' deprecated - use:DeprecationWarning")

TIMEOUT_SEC = 30.0
POINTS_PER_INCH = 72.0
HOSTILE = [
    'a"b',
    'ends with "',
    '\\x41\\',
    'a|b{c}%s',
    'R&D &c',
    'x' * 60,
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


def test_json_has_the_keys_that_are_documented():
    page = (Path(__file__).parents[3] / 'docs' / 'graph_pictures.md').read_text(encoding='utf-8')
    rows = dict(re.findall(r'^\| `(\w+)` \| (.*) \|$', page, re.MULTILINE))
    renderer = Renderer(timeout_sec=TIMEOUT_SEC)

    document = json.loads(renderer.render(graph_of('/pose'), 'json'))

    assert list(document) == list(rows)
    for part in ('vertices', 'edges', 'nodes'):
        assert document[part]
        assert set(document[part][0]) <= set(re.findall(r'`(\w+)`', rows[part]))


def read_as_rqt_does(text):
    """Give the nodes by name and the arrows, as qt_dotgraph takes them out of what pydot read."""
    (graph,) = pydot.graph_from_dot_data(text)
    nodes = {
        node.get_name(): node
        for part in (graph, *graph.get_subgraphs())
        for node in part.get_nodes()
        if node.get_name() not in ('graph', 'node')
    }
    return nodes, graph.get_edges()


def value(item, name):
    found = item.get(name)
    return found if found is None else found.strip('"\n')


def label(item):
    """Read a label as qt_dotgraph does; ValueError is a crash of rqt."""
    found = value(item, 'label')
    return found if found is None else codecs.escape_decode(found)[0].decode()


def test_dot_has_all_that_rqt_needs(renderer):
    """Read it as rqt does: by pydot, with places from the file and names as they stand there."""
    text = renderer.render(graph_of('/pose', '/clock'), 'dot').decode()

    nodes, edges = read_as_rqt_does(text)

    for node in nodes.values():
        x, y = value(node, 'pos').split(',')
        assert float(x) + float(y) + float(node.get('width')) + float(node.get('height')) > 0
        assert value(node, 'shape') in ('box', 'ellipse', 'box3d')
    for edge in edges:
        assert edge.get_source() in nodes
        assert edge.get_destination() in nodes
        for point in value(edge, 'pos').removeprefix('e,').split(' '):
            assert len([float(part) for part in point.split(',')]) == 2
        assert (label(edge) is None) == (value(edge, 'lp') is None)
        assert int(edge.get('penwidth')) > 0
        assert edge.get('colorR')
    assert len(edges) == 4
    (legend,) = pydot.graph_from_dot_data(text)[0].get_subgraphs()
    assert legend.get_node('graph')[0].get('bb')


@pytest.mark.parametrize('size', [(3, 9), (30, 200)])
def test_rqt_reads_every_node_arrow_colour_and_label(renderer, size):
    graph = large_graph(*size, long_names=True)

    nodes, edges = read_as_rqt_does(renderer.render(graph, 'dot').decode())

    drawn = [node for name, node in nodes.items() if not name.startswith('legend')]
    assert sorted(label(node).split('\n')[0] for node in drawn) == sorted(
        vertex.label for vertex in graph.vertices
    )
    assert sorted((value(edge, 'color'), label(edge) or '') for edge in edges) == sorted(
        (colour(edge.kind), edge.label) for edge in graph.edges
    )
    red, green, blue = bytes.fromhex(value(edges[0], 'color')[1:])
    assert (red, green, blue) == tuple(int(edges[0].get(f'color{part}')) for part in 'RGB')


@pytest.mark.parametrize('name', HOSTILE)
def test_no_name_breaks_a_picture(renderer, name):
    graph = graph_of(name)

    svg = ElementTree.fromstring(renderer.render(graph, 'svg'))
    _, edges = read_as_rqt_does(renderer.render(graph, 'dot').decode())

    groups = [(each.get('class') or '').split(' ')[0] for each in svg.iter()]
    assert groups.count('edge') == len(edges) == len(graph.edges)
    seen = [label(edge) for edge in edges]
    if name.isprintable() and name and len(name) < 80:
        assert name in [''.join(each.itertext()).rstrip() for each in svg.iter()]
        # rqt knows no entities: there, such a name shows how it was escaped.
        assert name.replace('&amp;', '&amp;amp;') in [
            each.rstrip() for each in seen if each is not None
        ]
    assert len([each for each in seen if each]) == len(
        [edge for edge in graph.edges if edge.kind is not EdgeKind.DEPENDENCY]
    )


@pytest.mark.parametrize('name', HOSTILE)
def test_no_name_of_a_node_breaks_a_picture(renderer, name):
    graph = DependencyGraph(
        vertices=(
            Vertex(id=f'node/{name}', kind=VertexKind.ROS_NODE, label=name, running=True),
            Vertex(id='foreign', kind=VertexKind.FOREIGN, label='1 other ROS node', running=True),
        ),
        edges=(Edge(kind=EdgeKind.TOPIC, source=f'node/{name}', target='foreign', label='/pose'),),
    )

    svg = ElementTree.fromstring(renderer.render(graph, 'svg'))
    nodes, edges = read_as_rqt_does(renderer.render(graph, 'dot').decode())

    groups = [(each.get('class') or '').split(' ')[0] for each in svg.iter()]
    assert groups.count('node') == 2
    assert [label(edge) for edge in edges] == ['/pose']
    assert label(nodes['v1']) == '1 other ROS node'
    assert label(nodes['v0'])


def test_each_vertex_and_arrow_is_found_in_an_svg(renderer):
    graph = graph_of('/pose')

    svg = ElementTree.fromstring(renderer.render(graph, 'svg'))

    classes = {each.get('id'): each.get('class') for each in svg.iter() if each.get('class')}
    assert classes['deployment/simulator-id'] == 'node deployment viewed'
    assert classes['deployment/spare-id'] == 'node deployment idle'
    assert all(classes[edge_id(edge)] == f'edge {edge.kind}' for edge in graph.edges)
    assert not [each for each in svg.iter() if each.tag.endswith('script')]


@pytest.mark.parametrize('long_names', [False, True])
def test_nothing_lies_on_a_label(long_names):
    """Let Graphviz tell where it puts what, and measure."""
    graph = large_graph(30, 200, seed=7, long_names=long_names)
    before = processor_sec_of_children()
    laid_out = subprocess.run(
        ['dot', '-Tjson'],
        input=to_dot(graph, picture=True).encode(),
        capture_output=True,
        check=True,
        timeout=TIMEOUT_SEC,
    )
    worked_sec = processor_sec_of_children() - before
    drawing = json.loads(laid_out.stdout)

    labels = [text_box(each) for each in drawing['edges'] if each.get('label')]
    nodes = [node_box(each) for each in drawing['objects']]

    assert len(labels) > 150
    assert len(nodes) == len(graph.vertices)
    assert not [pair for pair in combinations(labels, 2) if overlap(*pair)]
    assert not [(one, node) for one in labels for node in nodes if overlap(one, node)]
    assert not [pair for pair in combinations(nodes, 2) if overlap(*pair)]
    assert worked_sec < 2


def text_box(edge):
    """Give left, bottom, right and top of the label of an arrow, in points."""
    size = next(each['size'] for each in edge['_ldraw_'] if each['op'] == 'F')
    (text,) = [each for each in edge['_ldraw_'] if each['op'] == 'T']
    x, _ = text['pt']
    _, y = map(float, edge['lp'].split(','))
    return x - text['width'] / 2, y - size / 2, x + text['width'] / 2, y + size / 2


def node_box(node):
    x, y = map(float, node['pos'].split(','))
    width = float(node['width']) * POINTS_PER_INCH
    height = float(node['height']) * POINTS_PER_INCH
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_a_very_large_graph_is_painted_in_time(renderer):
    graph = large_graph(200, 1000)
    before = processor_sec_of_children()

    svg = renderer.render(graph, 'svg').decode()

    assert svg.count('class="edge ') == 1000
    assert processor_sec_of_children() - before < 10


def processor_sec_of_children():
    """Give what Graphviz has worked; how long that took depends on who else is at work."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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
