# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The graph as DOT text and as characters for a terminal."""

import re

from graph_builders import deployment, draw, endpoint, in_container, PUB, snapshot, SUB, topology
import pytest

from roost_core.graph.dot import quoted, to_dot
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


def test_dot_shapes_and_colours():
    written = to_dot(draw(SEEN, FLEET, root='turtle'))

    assert 'v2 [label="turtle\\nRunning", shape=box' in written
    assert 'fillcolor="#d00000"' in written
    assert 'v2 -> v0 [label="", color="#d00000"' in written
    assert 'v0 -> v2 [label="/clock", color="#008000"' in written
    assert 'label="spare\\nProvisioning, Pending", shape=box, style="filled,dashed"' in written


def test_the_legend_tells_only_of_what_occurs():
    only_dependencies = to_dot(draw(SEEN, FLEET, hide_communication=True))
    running = to_dot(draw(SEEN, topology(deployment('simulator'), deployment('turtle'))))

    assert 'legend_dependency' in only_dependencies
    assert 'legend_idle' in only_dependencies
    assert 'legend_topic' not in only_dependencies
    assert re.findall(r'legend_\w+', running) == ['legend_topic']
    assert 'legend' not in to_dot(draw(snapshot(), topology(deployment('simulator'))))


def test_quoting():
    assert quoted('a"b\\') == '"a\\"b\\\\"'
    assert quoted('a&lt;b') == '"a&amp;lt;b"'
