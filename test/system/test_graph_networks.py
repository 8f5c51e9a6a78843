# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The example fleet on two devices, in containers and natively, on each kind of network."""

from pathlib import Path
import sys

import pytest

from roost_core.graph.model import VertexKind
from roost_core.policy import DISCOVERY_SERVER
from roost_interfaces import srv
from roost_wire.convert.graph import graph_of
from system.operator import AGAIN_SEC, containers
from system.resources import delete, network, routed, text_of, until_gone
from testbed import eventually, ros_with_roost

EXAMPLES = Path(__file__).parents[2] / 'config' / 'examples'
IMAGE = 'roost/examples:0.1.0'
NAMES = ('simulator', 'turtle', 'command-center')

ARROWS = {
    ('dependency', 'turtle', 'simulator', ''),
    ('dependency', 'command-center', 'simulator', ''),
    ('topic', 'simulator', 'turtle', '/sim/pose'),
    ('topic', 'turtle', 'simulator', '/turtle_0/velocity'),
    ('service', 'simulator', 'turtle', '/register_sim_turtle'),
    ('action', 'turtle', 'command-center', '/turtle_0/goto_action'),
    ('topic', 'simulator', 'command-center', '/sim/pose'),
    ('topic', 'simulator', 'command-center', '/sim/sensors'),
    ('service', 'simulator', 'command-center', '/teleport_turtle'),
}
# After the nodes work.
SOON_SEC = {'docker': 3, 'preinstalled': 20}
HOW = {'docker': 'container host name', 'preinstalled': 'process tree'}


@pytest.fixture(scope='module')
def fleet(module_fleet):
    examples = ros_with_roost('roost_examples').with_files(
        {f'usr/bin/{DISCOVERY_SERVER}': Path(sys.prefix, 'bin', DISCOVERY_SERVER).read_bytes()}
    )
    fleet = module_fleet(
        2, images=(examples,), manager_parameters={'discovery_server_image': IMAGE}
    )
    for device in fleet.devices.values():
        device.engine.load(examples, IMAGE)
    return fleet


@pytest.fixture(params=['native', 'routed'])
def site(request, operator):
    """Give the name of a network of each kind, and remove it with all that is on it."""
    named = network('site') if request.param == 'native' else routed('site', 'rover1')
    operator.apply_text(text_of(named))
    yield 'site'
    operator.until_stopped(*operator.deprovision(*operator.deployments(), force=True))
    delete(operator, 'Network/site')
    until_gone(operator, 'Network/site')


@pytest.fixture(params=['docker', 'preinstalled'])
def examples(request, fleet, operator, site):
    """Apply the manifests that users are shown, with all components on the network."""
    text = (EXAMPLES / f'{request.param}.yaml').read_text()
    text = text.replace('"0.1.0"', f'"0.1.0-{request.param}"')
    for device in ('rover1', 'rover2'):
        text = text.replace(
            f'main: {{device: {device}}}', f'main: {{device: {device}, network: {site}}}'
        )
    operator.apply_text(text)
    operator.until_running(*NAMES, timeout_sec=60)
    # On a busy machine it takes long until what was started has its nodes.
    if request.param == 'docker':
        (turtle,) = containers(fleet, operator.see('turtle').id).values()
        fleet.devices['rover2'].engine.wait_output(turtle, 'going to', 60)
    else:
        eventually(lambda: 'going to' in fleet.roost('logs', 'turtle'), 60, 'the turtle goes')
    return request.param


def look(fleet, **fields):
    answer = fleet.client.call(
        srv.GetGraph,
        '/roost/introspection/get_graph',
        srv.GetGraph.Request(**fields),
        every_sec=AGAIN_SEC,
    )
    assert answer.result.ok, answer.result
    return graph_of(answer.graph)


def arrows(graph):
    names = {each.id: each.label for each in graph.vertices}
    return {
        (each.kind.value, names[each.source], names[each.target], each.label)
        for each in graph.edges
    }


def seen_from_the_device(graph, how):
    """Check all of the example fleet on rover1: its arrows, whose nodes, and who watches."""
    seen = arrows(graph)
    assert seen == ARROWS, f'missing {ARROWS - seen}, too many {seen - ARROWS}'
    known = {each.name: each.attribution for each in graph.nodes if each.attribution.place}
    assert set(known) == {'simulator', 'turtle', 'command_center'}
    assert {each.source for each in known.values()} == {how}
    assert {each.device for each in known.values()} == {'rover1'}
    (watched,) = graph.networks
    assert (watched.watched_from, watched.message) == (('here', 'rover1'), '')
    return True


def eventually_arrows(fleet, expected, timeout_sec):
    def drawn():
        graph = look(fleet)
        seen = arrows(graph)
        assert seen == expected, f'missing {expected - seen}, too many {seen - expected}'
        return graph

    return eventually(drawn, timeout_sec, 'the arrows')


def test_every_arrow_and_no_other_and_whose_node_each_is(fleet, operator, site, examples):
    on_site = {('dependency', name, site, '') for name in NAMES}

    eventually_arrows(fleet, ARROWS | on_site, timeout_sec=SOON_SEC[examples])

    def known():
        graph = look(fleet)
        (watched,) = (each for each in graph.networks if each.name == site)
        # A device whose nodes took long to start may watch too.
        assert (watched.watched_from[0], watched.message) == ('here', '')
        own = {each.name: each for each in graph.nodes if each.attribution.place}
        assert set(own) == {name.replace('-', '_') for name in NAMES}
        assert {each.attribution.source for each in own.values()} == {HOW[examples]}
        return own

    for name, node in eventually(known, 30, 'all nodes are attributed').items():
        deployment = operator.see(name.replace('_', '-'))
        place = node.attribution.place
        assert (place.deployment_id, place.executable) == (deployment.id, deployment.name)
        assert node.attribution.device == deployment.components[0].device
        assert node.network == site
    (vertex,) = (each for each in look(fleet).vertices if each.kind is VertexKind.NETWORK)
    assert (vertex.label, vertex.running) == (site, True)

    operator.until_stopped(*operator.deprovision('turtle'))

    left = {arrow for arrow in ARROWS | on_site if 'turtle' not in arrow}
    eventually_arrows(fleet, left, timeout_sec=5)
