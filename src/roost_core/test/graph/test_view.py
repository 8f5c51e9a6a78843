# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is drawn: vertices, arrows, switches."""

from graph_builders import (
    ACTION_CLIENT,
    ACTION_SERVER,
    arrows,
    CLIENT,
    deployment,
    draw,
    endpoint,
    in_container,
    labels,
    participant,
    PUB,
    SERVER,
    snapshot,
    SUB,
    topology,
)
from hypothesis import given
from hypothesis import strategies as st
import pytest

from roost_core.graph.model import VertexKind
from roost_core.graph.topology import (
    Topology,
    TopologyComponent,
    TopologyDeployment,
    TopologyNetwork,
    TopologyVolume,
)
from roost_core.graph.view import UnknownRoot

FLEET = topology(
    deployment('simulator'),
    deployment('command-center', 'simulator'),
    deployment('turtle', 'command-center'),
)
PARTICIPANTS = (
    in_container(1, 'simulator'),
    in_container(2, 'command-center'),
    in_container(3, 'turtle'),
    participant(4, host_name='laptop', host_id='x', process_id=4),
)


def seen(*endpoints, **values):
    return snapshot(*PARTICIPANTS, *endpoints, **values)


def test_an_empty_fleet_is_an_empty_graph():
    graph = draw(snapshot(), topology())

    assert (graph.vertices, graph.edges, graph.nodes) == ((), (), ())


def test_dependencies_lead_from_dependant_to_dependency():
    assert arrows(draw(snapshot(), FLEET)) == [
        ('dependency', 'command-center', 'simulator', ''),
        ('dependency', 'turtle', 'command-center', ''),
    ]


def test_each_kind_of_communication_leads_the_way_the_data_goes():
    graph = draw(
        seen(
            endpoint(1, '/sim', PUB, '/pose'),
            endpoint(3, '/t', SUB, '/pose'),
            endpoint(1, '/sim', SERVER, '/reset'),
            endpoint(3, '/t', CLIENT, '/reset'),
            endpoint(2, '/cc', ACTION_SERVER, '/drive'),
            endpoint(3, '/t', ACTION_CLIENT, '/drive'),
        ),
        topology(deployment('simulator'), deployment('command-center'), deployment('turtle')),
    )

    assert arrows(graph) == [
        ('action', 'command-center', 'turtle', '/drive'),
        ('service', 'simulator', 'turtle', '/reset'),
        ('topic', 'simulator', 'turtle', '/pose'),
    ]
    assert {edge.network for edge in graph.edges} == {'default'}


def test_talking_to_oneself_is_no_arrow():
    graph = draw(
        seen(endpoint(1, '/a', PUB, '/tick'), endpoint(1, '/b', SUB, '/tick')),
        topology(deployment('simulator')),
    )

    assert graph.edges == ()
    assert len(graph.nodes) == 2


def test_one_arrow_for_many_endpoints_of_one_pair():
    graph = draw(
        seen(
            *(endpoint(1, f'/pub{n}', PUB, '/pose', entity=n) for n in range(3)),
            *(endpoint(3, f'/sub{n}', SUB, '/pose', entity=n) for n in range(3)),
        ),
        topology(deployment('simulator'), deployment('turtle')),
    )

    assert arrows(graph) == [('topic', 'simulator', 'turtle', '/pose')]


def test_endpoints_of_two_types_do_not_talk():
    graph = draw(
        seen(
            endpoint(1, '/a', PUB, '/pose', 'std_msgs/msg/String'),
            endpoint(3, '/b', SUB, '/pose', 'geometry_msgs/msg/Pose'),
        ),
        topology(deployment('simulator'), deployment('turtle')),
    )

    assert graph.edges == ()


def test_nodes_of_one_name_stay_two():
    graph = draw(
        seen(
            endpoint(1, '/driver', PUB, '/a'),
            endpoint(2, '/driver', PUB, '/b'),
            endpoint(3, '/driver', SUB, '/a'),
        ),
        FLEET,
    )

    assert [node.name for node in graph.nodes] == ['driver'] * 3
    assert len({node.id for node in graph.nodes}) == 3
    assert ('topic', 'simulator', 'turtle', '/a') in arrows(graph)
    assert not any(label == '/b' for *_, label in arrows(graph))


class TestForeignNodes:
    """Two nodes on a laptop, which belong to no deployment."""

    both = seen(
        endpoint(4, '/rviz', SUB, '/pose'),
        endpoint(4, '/joy', PUB, '/cmd'),
        endpoint(4, '/rviz', SUB, '/cmd'),
        endpoint(1, '/sim', PUB, '/pose'),
    )

    def test_they_are_folded_into_one_box(self):
        graph = draw(self.both, topology(deployment('simulator')))

        assert labels(graph) == ['2 other ROS nodes', 'simulator']
        assert arrows(graph) == [('topic', 'simulator', '2 other ROS nodes', '/pose')]

    def test_the_box_can_be_opened(self):
        graph = draw(self.both, topology(deployment('simulator')), open_foreign=True)

        assert labels(graph) == ['/joy', '/rviz', 'simulator']
        assert arrows(graph) == [
            ('topic', '/joy', '/rviz', '/cmd'),
            ('topic', 'simulator', '/rviz', '/pose'),
        ]

    def test_they_go_when_communication_is_hidden(self):
        graph = draw(self.both, topology(deployment('simulator')), hide_communication=True)

        assert labels(graph) == ['simulator']
        assert graph.edges == ()

    def test_each_node_says_how_it_is_known(self):
        graph = draw(self.both, topology(deployment('simulator')))

        assert {(node.name, node.attribution.source) for node in graph.nodes} == {
            ('sim', 'container host name'),
            ('rviz', "host 'laptop' is no device"),
            ('joy', "host 'laptop' is no device"),
        }


def test_infrastructure_is_hidden_unless_asked_for():
    everything = seen(
        endpoint(1, '/sim', PUB, '/rosout', 'rcl_interfaces/msg/Log'),
        endpoint(4, '/logger', SUB, '/rosout', 'rcl_interfaces/msg/Log'),
        endpoint(1, '/sim', SERVER, '/sim/get_parameters', 'rcl_interfaces/srv/GetParameters'),
        endpoint(3, '/t', CLIENT, '/sim/get_parameters', 'rcl_interfaces/srv/GetParameters'),
        endpoint(4, '/roost/introspection', PUB, '/roost/introspection/graph'),
        endpoint(3, '/t', SUB, '/roost/introspection/graph'),
        endpoint(4, '/roosting', SUB, '/x'),
    )
    deployed = topology(deployment('simulator'), deployment('turtle'))

    hidden = draw(everything, deployed)
    shown = draw(everything, deployed, show_infrastructure=True)

    assert hidden.edges == ()
    assert {node.name for node in hidden.nodes} == {'sim', 't', 'logger', 'roosting'}
    assert {label for *_, label in arrows(shown)} == {
        '/rosout',
        '/sim/get_parameters',
        '/roost/introspection/graph',
    }


def test_deployments_that_are_not_running_can_be_hidden_but_not_the_root():
    deployed = topology(
        deployment('simulator'),
        deployment('command-center', 'simulator', running=False),
        deployment('turtle', 'command-center', running=False),
    )

    assert labels(draw(snapshot(), deployed, hide_not_running=True)) == ['simulator']
    around = draw(snapshot(), deployed, hide_not_running=True, root='turtle')
    assert labels(around) == ['turtle']


@pytest.mark.parametrize('root', ['turtle', 'turtle-id'])
@pytest.mark.parametrize(
    ('depth', 'expected'),
    [
        (1, ['command-center', 'turtle']),
        (2, ['command-center', 'simulator', 'turtle']),
        (0, ['command-center', 'simulator', 'turtle']),
    ],
)
def test_a_root_is_marked_and_bounds_what_is_shown(root, depth, expected):
    deployed = topology(*FLEET.deployments, deployment('island'))

    graph = draw(snapshot(), deployed, root=root, depth=depth)

    assert labels(graph) == expected
    assert graph.root == 'deployment/turtle-id'


def test_a_root_that_is_not_there_is_said():
    with pytest.raises(UnknownRoot, match="no deployment, network or volume 'rover'"):
        draw(snapshot(), FLEET, root='rover')
    with pytest.raises(UnknownRoot, match="did you mean 'turtle'"):
        draw(snapshot(), FLEET, root='turtel')


def test_networks_stay_apart_and_can_be_picked():
    one = seen(endpoint(1, '/s', PUB, '/a'), endpoint(3, '/t', SUB, '/a'), network='one')
    two = seen(endpoint(1, '/s', PUB, '/b'), endpoint(2, '/c', SUB, '/b'), network='two')
    apart = seen(endpoint(2, '/c', SUB, '/a'), network='three')

    whole = draw([one, two, apart], FLEET)
    picked = draw([one, two, apart], FLEET, network='two')

    talk = [arrow for arrow in arrows(whole) if arrow[0] == 'topic']
    assert talk == [
        ('topic', 'simulator', 'command-center', '/b'),
        ('topic', 'simulator', 'turtle', '/a'),
    ]
    assert [a for a in arrows(picked) if a[0] == 'topic'] == talk[:1]
    assert {node.network for node in picked.nodes} == {'two'}


def test_two_collectors_of_one_network_count_once():
    one = seen(endpoint(1, '/s', PUB, '/a'), endpoint(3, '/t', SUB, '/a'))

    assert draw([one, one], FLEET) == draw(one, FLEET)


def test_a_hostile_topology_does_no_harm():
    # Given deployments that need themselves, one another, nobody, and share an id
    deployed = topology(
        deployment('a', 'a', 'b', 'nobody'), deployment('b', 'a'), deployment('b', 'a')
    )

    graph = draw(seen(endpoint(1, '', PUB, '')), deployed)

    assert [v.label for v in graph.vertices if v.kind is VertexKind.DEPLOYMENT] == ['a', 'b']


KINDS = st.sampled_from([PUB, SUB, SERVER, CLIENT, ACTION_SERVER, ACTION_CLIENT])
PROVIDERS = {PUB: SUB, SERVER: CLIENT, ACTION_SERVER: ACTION_CLIENT}
ENDPOINTS = st.lists(
    st.builds(
        endpoint,
        process=st.integers(1, 6),
        node=st.sampled_from(['/a', '/b', '/ns/a']),
        kind=KINDS,
        name=st.sampled_from(['/x', '/y']),
        type_=st.sampled_from(['p/msg/A', 'p/msg/B']),
        entity=st.integers(0, 3),
    ),
    max_size=30,
)


@given(ENDPOINTS)
def test_no_arrow_is_invented_and_none_is_missing(endpoints):
    """Compare with every pair of endpoints, looked at one by one."""
    owners = {1: 'simulator', 2: 'command-center', 3: 'turtle', 4: 'turtle'}
    deployed = topology(*(deployment(name) for name in set(owners.values())))
    participants = [
        in_container(process, owners[process])
        if process in owners
        else participant(process, host_name='laptop')
        for process in range(1, 7)
    ]

    graph = draw(snapshot(*participants, *endpoints), deployed)

    def vertex(each):
        name = owners.get(int(each.gid_prefix, 16) & 0xFF)
        return f'deployment/{name}-id' if name else 'foreign'

    expected = {
        (vertex(provider), vertex(user), provider.name, provider.type)
        for provider in endpoints
        for user in endpoints
        if PROVIDERS.get(provider.kind) is user.kind
        and (provider.name, provider.type) == (user.name, user.type)
        and vertex(provider) != vertex(user)
    }
    drawn = [(edge.source, edge.target, edge.label, edge.type) for edge in graph.edges]
    assert set(drawn) == expected
    assert len(graph.edges) == len(set(graph.edges))
    ids = {vertex.id for vertex in graph.vertices}
    assert all(edge.source in ids and edge.target in ids for edge in graph.edges)
    assert all(node.vertex in ids for node in graph.nodes)
    assert draw(snapshot(*participants, *reversed(endpoints)), deployed) == graph


def test_a_client_of_roost_whose_name_is_not_told_yet_is_no_other_node():
    graph = draw(
        seen(
            endpoint(9, '', CLIENT, '/roost/deployment_manager/get_deployment'),
            endpoint(9, '', PUB, '/rosout', entity=2),
        ),
        FLEET,
    )

    assert [vertex for vertex in graph.vertices if vertex.kind is VertexKind.FOREIGN] == []


def test_a_node_whose_name_is_not_told_yet_is_seen_by_what_it_says():
    graph = draw(seen(endpoint(9, '', PUB, '/map')), FLEET)

    assert [vertex.kind for vertex in graph.vertices].count(VertexKind.FOREIGN) == 1


DEFAULT_NETWORK = TopologyNetwork(name='default', domain_id=1)
SITE = TopologyNetwork(id='n1', name='site', domain_id=2)
DOWN = TopologyNetwork(id='n2', name='down', domain_id=3, running=False)
MAPS = TopologyVolume(id='v1', name='maps')
USERS = Topology(
    deployments=(
        TopologyDeployment(
            id='mapper-id',
            name='mapper',
            volumes=('v1', 'gone'),
            networks=('n1',),
            components=(TopologyComponent(name='main', network='site'),),
        ),
        TopologyDeployment(
            id='viewer-id',
            name='viewer',
            components=(TopologyComponent(name='main', network='default'),),
        ),
    ),
    networks=(DEFAULT_NETWORK, SITE, DOWN),
    volumes=(MAPS,),
)
USES = [('dependency', 'mapper', 'maps', ''), ('dependency', 'mapper', 'site', '')]


def test_volumes_and_networks_are_drawn_with_who_uses_them():
    graph = draw(snapshot(), USERS)

    assert arrows(graph) == USES
    assert {each.label: (each.kind, each.deployment_id, each.running) for each in graph.vertices}[
        'maps'
    ] == (VertexKind.VOLUME, 'v1', True)
    assert labels(graph) == ['down', 'mapper', 'maps', 'site', 'viewer']


def test_the_built_in_network_is_drawn_when_asked_for():
    on_default = ('dependency', 'viewer', 'default', '')

    assert arrows(draw(snapshot(), USERS, show_infrastructure=True)) == sorted([*USES, on_default])
    assert arrows(draw(snapshot(), USERS, root='default')) == [on_default]


def test_volumes_and_networks_can_be_the_root():
    assert labels(draw(snapshot(), USERS, root='v1', depth=1)) == ['mapper', 'maps']
    assert draw(snapshot(), USERS, root='site').root == 'network/site'


def test_what_is_not_running_can_be_left_out_but_not_the_root():
    fleet = topology(deployment('mapper'))
    fleet = Topology(deployments=fleet.deployments, networks=(SITE, DOWN))

    assert labels(draw(snapshot(), fleet, hide_not_running=True)) == ['mapper', 'site']
    assert labels(draw(snapshot(), fleet, hide_not_running=True, root='down')) == ['down']


def test_a_network_that_is_not_there_is_said():
    with pytest.raises(UnknownRoot, match=r"no network 'sit' .*did you mean 'site'"):
        draw(snapshot(), USERS, network='sit')
