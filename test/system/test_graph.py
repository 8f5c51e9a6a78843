# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The example fleet in containers on two devices, and the picture that is drawn of it."""

from pathlib import Path
import xml.etree.ElementTree

import pydot
import pytest

from roost_core.graph.model import EdgeKind
from roost_interfaces import srv
from roost_wire.convert.graph import graph_of
from system.operator import AGAIN_SEC
from testbed import eventually, ros_with_roost

MANIFEST = Path(__file__).parents[2] / 'config' / 'examples' / 'docker.yaml'
IMAGE = 'roost/examples:0.1.0'

NEEDS = {
    ('dependency', 'turtle', 'simulator', ''),
    ('dependency', 'command-center', 'simulator', ''),
}
TURTLES = {
    ('topic', 'simulator', 'turtle', '/sim/pose'),
    ('topic', 'turtle', 'simulator', '/turtle_0/velocity'),
    ('service', 'simulator', 'turtle', '/register_sim_turtle'),
    ('action', 'turtle', 'command-center', '/turtle_0/goto_action'),
}
OTHERS = {
    ('topic', 'simulator', 'command-center', '/sim/pose'),
    ('topic', 'simulator', 'command-center', '/sim/sensors'),
    ('service', 'simulator', 'command-center', '/teleport_turtle'),
}


@pytest.fixture(scope='module')
def fleet(module_fleet):
    examples = ros_with_roost('roost_examples')
    fleet = module_fleet(2, images=(examples,))
    for device in fleet.devices.values():
        device.engine.load(examples, IMAGE)
    return fleet


@pytest.fixture(scope='module', autouse=True)
def examples(fleet, operator):
    """Apply the very manifests that users are shown."""
    operator.apply_text(MANIFEST.read_text())
    operator.until_running('simulator', 'turtle', 'command-center', timeout_sec=60)


def ask(fleet, **fields):
    answer = fleet.client.call(
        srv.GetGraph,
        '/roost/introspection/get_graph',
        srv.GetGraph.Request(**fields),
        every_sec=AGAIN_SEC,
    )
    assert answer.result.ok, answer.result
    return answer


def arrows(fleet, **fields):
    """Draw the graph; return its arrows, each by the names of its ends."""
    graph = graph_of(ask(fleet, **fields).graph)
    names = {each.id: each.label for each in graph.vertices}
    return {
        (each.kind.value, names[each.source], names[each.target], each.label)
        for each in graph.edges
    }


def vertex(fleet, label):
    """Give the vertex of the graph that has this label."""
    (found,) = (each for each in ask(fleet).graph.vertices if each.label == label)
    return found


def eventually_arrows(fleet, expected, timeout_sec=30.0):
    def drawn():
        seen = arrows(fleet)
        assert seen == expected, f'missing {expected - seen}, too many {seen - expected}'
        return True

    eventually(drawn, timeout_sec, 'the arrows')


def test_every_arrow_is_drawn(fleet):
    eventually_arrows(fleet, NEEDS | TURTLES | OTHERS)


def test_data_flows_where_arrows_are(fleet, operator):
    engine = fleet.devices['rover1'].engine
    (center,) = engine.client.containers.list(
        filters={'label': 'roost.deployment-name=command-center'}
    )

    engine.wait_output(center, 'the turtle reached', 60)


def test_each_node_is_known_by_its_container(fleet, operator):
    def known():
        own = {each.name: each for each in ask(fleet).graph.nodes if each.deployment_id}
        assert set(own) == {'simulator', 'turtle', 'command_center'}
        return own

    own = eventually(known, 30, 'all nodes are attributed')

    for name, node in own.items():
        deployment = operator.see(name.replace('_', '-'))
        assert node.source == 'container host name'
        assert node.deployment_id == deployment.id
        assert node.device == deployment.components[0].device
        assert (node.component, node.executable) == ('main', deployment.name)


# Some releases of pydot call a parser by names that it has renamed.
@pytest.mark.filterwarnings('ignore::DeprecationWarning')
def test_it_is_drawn_in_every_format(fleet):
    eventually_arrows(fleet, NEEDS | TURTLES | OTHERS)

    dot = bytes(ask(fleet, format='dot', root='turtle').content).decode()
    svg = bytes(ask(fleet, format='svg').content)
    png = bytes(ask(fleet, format='png').content)

    (parsed,) = pydot.graph_from_dot_data(dot)
    assert len(parsed.get_edges()) == len(NEEDS | TURTLES | OTHERS)
    labels = {(each.get_label() or '').strip('"') for each in parsed.get_edges()}
    assert labels == {label for *_, label in NEEDS | TURTLES | OTHERS}
    (viewed,) = (each for each in parsed.get_nodes() if each.get('fillcolor') == '"#d00000"')
    assert viewed.get_label().startswith('"turtle')
    root = xml.etree.ElementTree.fromstring(svg)
    assert root.tag.endswith('svg')
    text = svg.decode()
    assert all(label in text for *_, label in TURTLES | OTHERS)
    assert png.startswith(b'\x89PNG\r\n')


def test_switches_leave_out_what_they_say(fleet):
    eventually_arrows(fleet, NEEDS | TURTLES | OTHERS)

    assert arrows(fleet, hide_communication=True) == NEEDS


def test_the_command_line_shows_it_too(fleet):
    shown = fleet.roost('graph', 'turtle')

    assert '/turtle_0/goto_action' in shown
    assert 'simulator' in shown


def test_the_node_of_a_stopped_container_is_taken_out(fleet, operator):
    eventually_arrows(fleet, NEEDS | TURTLES | OTHERS)
    (turtle,) = fleet.devices['rover2'].engine.client.containers.list()

    turtle.stop(timeout=10)

    eventually_arrows(fleet, NEEDS | OTHERS)
    eventually(  # DDS may tell of the end of a node after that of its topics
        lambda: 'turtle' not in {each.name for each in ask(fleet).graph.nodes},
        5,
        'the node is out of the graph',
    )
    eventually(lambda: not vertex(fleet, 'turtle').running, 5, 'the turtle is drawn as stopped')
    assert arrows(fleet, hide_not_running=True) == {
        each for each in NEEDS | OTHERS if 'turtle' not in each
    }

    turtle.start()

    operator.until_running('turtle')
    eventually_arrows(fleet, NEEDS | TURTLES | OTHERS)


def test_a_removed_deployment_leaves_the_picture(fleet, operator):
    operator.until_stopped(*operator.deprovision('turtle'))

    eventually_arrows(fleet, OTHERS | {('dependency', 'command-center', 'simulator', '')})
    eventually(
        lambda: 'turtle' not in {each.label for each in graph_of(ask(fleet).graph).vertices},
        5,
        'nothing is left of the turtle',
    )
    assert EdgeKind.ACTION not in {each.kind for each in graph_of(ask(fleet).graph).edges}
