# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The graph as DOT text and as characters for a terminal."""

from dataclasses import replace
import re

from graph_builders import deployment, draw, endpoint, in_container, PUB, snapshot, SUB, topology
from large_graph import large_graph, needs, vertex
import pytest

from roost_core.graph.dot import to_dot
from roost_core.graph.model import (
    DependencyGraph,
    Finding,
    FindingKind,
    VertexKind,
    WatchedNetwork,
)
from roost_core.graph.style import edge_id, quoted
from roost_core.graph.text import to_text

FLEET = topology(
    deployment('simulator'),
    deployment('turtle', 'simulator'),
    deployment('spare', 'simulator', running=False),
)
SEEN = snapshot(
    in_container(1, 'simulator'),
    in_container(2, 'turtle'),
    endpoint(1, '/s', PUB, '/pose'),
    endpoint(1, '/s', PUB, '/clock'),
    endpoint(2, '/t', SUB, '/pose'),
    endpoint(2, '/t', SUB, '/clock'),
)


def test_text_groups_arrows_of_a_kind_to_one_deployment():
    assert to_text(draw(SEEN, FLEET)) == (
        'simulator  Running\n'
        '  ─ topic ───▶ turtle  /clock, /pose\n'
        '\n'
        'spare  Provisioning, Pending\n'
        '  ─ needs ───▶ simulator\n'
        '\n'
        'turtle  Running\n'
        '  ─ needs ───▶ simulator\n'
    )


def test_long_lists_of_names_go_on_in_the_next_line():
    names = [f'/sensor_number_{number}/points' for number in range(6)]
    seen = snapshot(
        *SEEN.participants,
        *(endpoint(1, '/s', PUB, name) for name in names),
        *(endpoint(2, '/t', SUB, name) for name in names),
    )

    lines = to_text(draw(seen, FLEET), width=80).splitlines()

    assert all(len(line) <= 80 for line in lines)
    assert all(name in '\n'.join(lines) for name in names)


def test_colour_changes_no_word():
    graph = draw(SEEN, FLEET, root='turtle')

    coloured = to_text(graph, colour=True)

    assert '\x1b[32m' in coloured
    assert re.sub(r'\x1b\[[0-9;]*m', '', coloured) == to_text(graph).replace(' (viewed)', '')


@pytest.mark.parametrize('drawn', [to_text, to_dot])
def test_names_from_the_network_cannot_steer_a_terminal(drawn):
    seen = snapshot(
        *SEEN.participants,
        endpoint(1, '/s', PUB, '/\x1b[2J\x07\n\x00evil'),
        endpoint(2, '/t', SUB, '/\x1b[2J\x07\n\x00evil'),
    )

    written = drawn(draw(seen, FLEET))

    assert not set(written) & set('\x1b\x07\x00')
    assert '/?[2J???evil' in written


def test_what_is_viewed_comes_first():
    written = to_text(draw(SEEN, FLEET, root='turtle'))

    assert written.startswith('turtle (viewed)  Running\n  ─ needs ───▶ simulator\n\nsimulator')


def test_networks_and_volumes_say_what_they_are():
    camera = vertex('camera')
    lab = vertex('lab', kind=VertexKind.NETWORK)
    recordings = vertex('recordings', kind=VertexKind.VOLUME, running=False)
    graph = DependencyGraph(
        vertices=(lab, recordings, camera), edges=(needs(camera, lab), needs(camera, recordings))
    )

    assert to_text(graph) == (
        'camera  Running\n'
        '  ─ needs ───▶ lab (network)\n'
        '  ─ needs ───▶ recordings (volume)\n'
        '\n'
        'recordings (volume)  Provisioning, Pending\n'
        '\n'
        'lab (network)\n'
    )


def test_findings_and_networks_that_are_not_watched_come_last():
    graph = replace(
        draw(SEEN, FLEET),
        networks=(
            WatchedNetwork(name='default', domain_id=0, watched_from=('here',)),
            WatchedNetwork(name='lab', domain_id=7, message='its discovery server is away'),
        ),
        findings=(
            Finding(kind=FindingKind.QOS, network='default', message='cannot\x1b talk ' * 20),
            Finding(kind=FindingKind.NO_SERVER, network='default', message='nobody provides /x'),
        ),
    )

    drawn, networks, told = to_text(graph, width=80).rsplit('\n\n', 2)
    findings = told.splitlines()

    assert drawn.startswith('simulator')
    assert networks == 'network lab (domain 7): its discovery server is away'
    assert findings[0] == '2 findings'
    assert findings[1].startswith('  QoS that cannot talk: cannot? talk')
    assert findings[-1] == '  called and not provided: nobody provides /x'
    assert all(len(line) <= 80 for line in findings)


@pytest.mark.parametrize('width', [80, 120, 200])
@pytest.mark.parametrize('deployments', [3, 10, 30])
def test_large_graphs_fit_the_terminal(deployments, width):
    graph = large_graph(deployments, deployments * 6, long_names=True)

    lines = to_text(graph, width=width).splitlines()

    assert all(len(line) <= width for line in lines)
    assert all(edge.label in '\n'.join(lines) for edge in graph.edges)


def test_dot_shapes_and_colours():
    written = to_dot(draw(SEEN, FLEET, root='turtle'))

    assert 'v2 [label="turtle\\nRunning", shape=box' in written
    assert 'fillcolor="#d00000"' in written
    assert 'v2 -> v0 [color="#d00000"' in written
    assert 'v0 -> v2 [label="/clock", color="#008000"' in written
    assert 'label="spare\\nProvisioning, Pending", shape=box, style="filled,dashed"' in written


@pytest.mark.parametrize('picture', [False, True])
def test_the_legend_tells_only_of_what_occurs(picture):
    fleet = topology(deployment('simulator'), deployment('turtle'))
    only_dependencies = to_dot(draw(SEEN, FLEET, hide_communication=True), picture=picture)
    running = to_dot(draw(SEEN, fleet), picture=picture)
    quiet = to_dot(draw(snapshot(), topology(deployment('simulator'))), picture=picture)

    assert 'dependant to dependency' in only_dependencies
    assert 'not running' in only_dependencies
    assert 'publisher to subscriber' not in only_dependencies
    assert 'publisher to subscriber' in running
    assert not re.search('not running|volume|network:|viewed|provider|in no deployment', running)
    assert not re.search('legend|TABLE', quiet)


def test_quoting():
    assert quoted('a"b\\') == '"a\\"b\\\\"'
    assert quoted('one', 'two') == '"one\\ntwo"'


def test_an_ampersand_is_escaped_only_where_it_would_be_read_as_a_character():
    assert quoted('a&lt;b') == '"a&amp;lt;b"'
    assert quoted('&#38; & b') == '"&amp;#38; & b"'


def test_no_label_ends_with_a_quotation_mark():
    """Rqt strips such marks, and cannot read the backslash that is left."""
    assert quoted('a"') == '"a\\" "'


def test_arrows_keep_their_names():
    before = draw(SEEN, topology(deployment('simulator'), deployment('turtle')))
    after = draw(SEEN, FLEET)

    names = {edge_id(edge) for edge in after.edges}

    assert len(names) == len(after.edges)
    assert {edge_id(edge) for edge in before.edges} < names
