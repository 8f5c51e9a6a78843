# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who would suffer if something stopped."""

from dataclasses import replace

from graph_builders import (
    ACTION_CLIENT,
    ACTION_SERVER,
    CLIENT,
    deployment,
    device,
    endpoint,
    in_container,
    participant,
    PUB,
    SERVER,
    snapshot,
    SUB,
    topology,
)
from hypothesis import given
from hypothesis import strategies as st
from live_builders import declares, live
import pytest

from roost_core.graph.asked import UnknownThing
from roost_core.graph.needs import By, who_needs
from roost_core.graph.topology import TopologyNetwork, TopologyVolume

NAMES = ('simulator', 'turtle', 'center', 'board')
PARTICIPANTS = (
    *(in_container(number, name) for number, name in enumerate(NAMES, 1)),
    participant(9, host_name='laptop', host_id='x', process_id=4),
)
SITE = TopologyNetwork(id='site-id', name='site', domain_id=7, device='rover2')
BUILT_IN = TopologyNetwork(name='default', domain_id=6)
MAPS = TopologyVolume(id='maps-id', name='maps', device='rover2')
FLEET = replace(
    topology(
        declares('simulator'),
        declares('turtle', 'simulator'),
        replace(declares('center', network='site'), volumes=('maps-id',), networks=('site-id',)),
        declares('board', 'center', device='rover2'),
        device('rover1'),
        device('rover2'),
        device('rover3'),
    ),
    networks=(SITE, BUILT_IN),
    volumes=(MAPS,),
)


def ask(what, *endpoints, deployed=FLEET, also=(), **values):
    seen = [snapshot(*PARTICIPANTS, *endpoints), *also]
    return who_needs(live(seen, deployed), what, **values)


def told(answer):
    return [
        (need.distance, need.label, need.needs, need.by.value, ' '.join(need.names))
        for need in answer.needs
    ]


def test_dependants_need_it_through_any_number_of_steps():
    answer = ask(
        'simulator',
        deployed=topology(
            deployment('simulator'),
            deployment('turtle', 'simulator'),
            deployment('board', 'turtle'),
        ),
    )

    assert answer.found == ('deployment/simulator-id',)
    assert told(answer) == [
        (1, 'turtle', 'simulator', 'dependency', ''),
        (2, 'board', 'turtle', 'dependency', ''),
    ]
    assert answer.needs[0].deployment_id == 'turtle-id'
    assert answer.summary == (
        "2 deployments would suffer if deployment 'simulator' stopped: 'turtle'; through them,"
        " 'board'"
    )


def test_each_kind_of_communication_is_a_need():
    answer = ask(
        'simulator',
        endpoint(1, '/sim', PUB, '/pose'),
        endpoint(1, '/sim', PUB, '/scan'),
        endpoint(3, '/c', SUB, '/pose'),
        endpoint(3, '/c', SUB, '/scan'),
        endpoint(1, '/sim', SERVER, '/reset'),
        endpoint(3, '/c', CLIENT, '/reset'),
        endpoint(1, '/sim', ACTION_SERVER, '/drive'),
        endpoint(2, '/t', ACTION_CLIENT, '/drive'),
    )

    assert told(answer) == [
        (1, 'center', 'simulator', 'service', '/reset'),
        (1, 'center', 'simulator', 'topic', '/pose /scan'),
        (1, 'turtle', 'simulator', 'action', '/drive'),
        (1, 'turtle', 'simulator', 'dependency', ''),
        (2, 'board', 'center', 'dependency', ''),
    ]
    assert answer.summary == (
        "3 deployments would suffer if deployment 'simulator' stopped: 'center' and 'turtle';"
        " through them, 'board'"
    )


def test_what_it_takes_itself_is_no_need_of_others():
    answer = ask(
        'board',
        endpoint(1, '/sim', PUB, '/pose'),
        endpoint(4, '/b', SUB, '/pose'),
        endpoint(4, '/b', CLIENT, '/reset'),
        endpoint(1, '/sim', SERVER, '/reset'),
    )

    assert (answer.needs, answer.summary) == ((), "nobody needs deployment 'board'")


def test_a_ring_ends():
    answer = ask(
        'simulator',
        endpoint(1, '/sim', PUB, '/pose'),
        endpoint(2, '/t', SUB, '/pose'),
        endpoint(2, '/t', PUB, '/cmd'),
        endpoint(1, '/sim', SUB, '/cmd'),
        deployed=topology(deployment('simulator'), deployment('turtle')),
    )

    assert told(answer) == [(1, 'turtle', 'simulator', 'topic', '/pose')]


def test_foreign_nodes_are_told_each_and_lead_on():
    answer = ask(
        'simulator',
        endpoint(1, '/sim', PUB, '/pose'),
        endpoint(9, '/relay', SUB, '/pose'),
        endpoint(9, '/relay', PUB, '/pose2'),
        endpoint(4, '/b', SUB, '/pose2'),
        deployed=topology(deployment('simulator'), deployment('board')),
    )

    assert told(answer) == [
        (1, '/relay', 'simulator', 'topic', '/pose'),
        (2, 'board', '/relay', 'topic', '/pose2'),
    ]
    assert answer.needs[0].vertex.startswith('node/default/')
    assert answer.needs[0].deployment_id == ''
    assert answer.summary.startswith('1 deployment and 1 other ROS node would suffer')


def test_infrastructure_and_roost_need_nothing():
    answer = ask(
        'turtle',
        endpoint(2, '/t', PUB, '/rosout'),
        endpoint(9, '/log', SUB, '/rosout'),
        endpoint(2, '/t', PUB, '/pose'),
        endpoint(9, '/roost/devices/rover1/executor', SUB, '/pose'),
    )

    assert not answer.needs


def test_it_can_be_asked_how_far():
    near = ask('maps', depth=1)
    far = ask('maps', depth=2)

    assert told(near) == [(1, 'center', 'maps', 'dependency', '')]
    assert told(far) == [*told(near), (2, 'board', 'center', 'dependency', '')]


class TestWhat:
    """All that can be asked about."""

    def test_networks(self):
        assert told(ask('site'))[0] == (1, 'center', 'site', 'dependency', '')
        assert [need.label for need in ask('default').needs] == ['board', 'simulator', 'turtle']
        assert ask('site').found == ('network/site',)

    def test_volumes_and_ids(self):
        assert ask('maps').needs == ask('maps-id').needs == ask('volume/maps-id').needs
        assert ask('deployment/center-id').found == ask('center').found

    def test_a_device_takes_along_what_is_on_it(self):
        answer = ask('rover2')

        assert answer.found == ('deployment/board-id', 'network/site', 'volume/maps-id')
        assert told(answer) == [
            (1, 'board', 'rover2', 'dependency', ''),
            (1, 'maps', 'rover2', 'dependency', ''),
            (1, 'site', 'rover2', 'dependency', ''),
            (2, 'center', 'maps', 'dependency', ''),
            (2, 'center', 'site', 'dependency', ''),
        ]
        assert answer.summary == (
            '2 deployments, 1 volume and 1 network would suffer if device'
            " 'rover2' stopped: 'board', 'maps' and 'site'; through them, 'center'"
        )
        assert ask('rover3').summary == "nobody needs device 'rover3'"

    parts = (
        endpoint(1, '/sim', PUB, '/pose'),
        endpoint(1, '/other', PUB, '/scan'),
        endpoint(1, '/sim', SERVER, '/reset'),
        endpoint(2, '/t', SUB, '/pose'),
        endpoint(2, '/t', CLIENT, '/reset'),
        endpoint(4, '/b', SUB, '/scan'),
    )

    def test_a_node_and_what_it_says(self):
        answer = ask('/sim', *self.parts)

        assert answer.found == ('deployment/simulator-id',)
        assert told(answer) == [
            (1, 'turtle', '/sim', 'service', '/reset'),
            (1, 'turtle', '/sim', 'topic', '/pose'),
        ]

    @pytest.mark.parametrize(
        ('what', 'by'), [('/pose', By.TOPIC), ('/reset', By.SERVICE), ('topic /pose', By.TOPIC)]
    )
    def test_a_topic_or_service(self, what, by):
        answer = ask(what, *self.parts)

        assert answer.found == ('deployment/simulator-id',)
        assert [(need.label, need.by) for need in answer.needs] == [('turtle', by)]
        assert answer.summary.endswith("stopped: 'turtle'")

    def test_a_topic_that_all_talk_on_is_needed_by_all(self):
        ends = [
            endpoint(number, f'/n{number}', kind, '/tf', entity=1 + (kind is SUB))
            for number in (1, 2, 9)
            for kind in (PUB, SUB)
        ]

        assert [need.label for need in ask('/tf', *ends).needs if need.distance == 1] == [
            '/n9',
            'simulator',
            'turtle',
        ]

    def test_a_topic_that_only_its_publisher_reads_is_needed_by_nobody(self):
        own = [endpoint(4, '/b', PUB, '/tick'), endpoint(4, '/b2', SUB, '/tick')]

        assert ask('/tick', *own).needs == ()

    def test_a_topic_without_a_publisher(self):
        answer = ask('/goal', endpoint(4, '/b', SUB, '/goal'))

        assert (answer.found, told(answer)) == ((), [(1, 'board', '/goal', 'topic', '/goal')])

    def test_equal_names_can_be_chosen_between(self):
        parts = [
            endpoint(1, '/map', PUB, '/map'),
            endpoint(1, '/map', SERVER, '/map'),
            endpoint(2, '/t', SUB, '/map'),
            endpoint(4, '/b', CLIENT, '/map'),
        ]

        assert {need.label for need in ask('/map', *parts).needs} == {'turtle', 'board'}
        assert [need.label for need in ask('topic /map', *parts).needs] == ['turtle']
        assert [need.label for need in ask('service /map', *parts).needs] == ['board']

    @pytest.mark.parametrize(
        ('what', 'words'),
        [
            ('simulater', "did you mean 'simulator'?"),
            ('pose', "did you mean '/pose'?"),
            ('device rover9', "no device 'rover9'"),
            ('', 'no deployment, network, volume, device, node, topic, service or action'),
            ('topic /resett', "no topic '/resett'"),
        ],
    )
    def test_what_is_not_there_is_said_and_guessed(self, what, words):
        with pytest.raises(UnknownThing) as caught:
            ask(what, *self.parts)

        assert words in str(caught.value)


class TestOneNetwork:
    """Only ROS communication of one network."""

    here = (endpoint(1, '/sim', PUB, '/pose'), endpoint(4, '/b', SUB, '/pose'))
    there = snapshot(
        in_container(1, 'simulator'),
        in_container(3, 'center'),
        endpoint(1, '/sim', PUB, '/scan'),
        endpoint(3, '/c', SUB, '/scan'),
        network='site',
    )

    @pytest.mark.parametrize(
        ('network', 'labels'),
        [
            ('', ['board', 'center', 'turtle']),
            ('default', ['board', 'turtle']),
            ('site', ['center', 'turtle', 'board']),
        ],
    )
    def test_dependencies_and_what_is_said_on_it(self, network, labels):
        answer = ask('simulator', *self.here, also=[self.there], network=network)

        assert [need.label for need in answer.needs] == labels

    def test_one_that_is_not_there(self):
        with pytest.raises(UnknownThing, match="no network 'sit'; did you mean 'site'"):
            ask('simulator', network='sit')


WEBS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), max_size=14)


def web(ties):
    """Give a live graph of six deployments: by a dependency, or by a topic of its own."""
    needs = [
        {f'd{needed}' for needed, who, red in ties if red and who == number != needed}
        for number in range(6)
    ]
    fleet = topology(*(deployment(f'd{n}', *sorted(needs[n])) for n in range(6)))
    seen = snapshot(
        *(in_container(n, f'd{n}') for n in range(6)),
        *(
            end
            for number, (needed, who, red) in enumerate(ties)
            if not red
            for end in (
                endpoint(needed, f'/n{needed}', PUB, f'/t{number}', entity=number),
                endpoint(who, f'/n{who}', SUB, f'/t{number}', entity=100 + number),
            )
        ),
    )
    return live(seen, fleet)


@given(WEBS, st.integers(0, 4))
def test_everybody_is_found_by_the_shortest_way(ties, depth):
    distances = {0: 0}
    for step in range(1, depth + 1 if depth else 7):
        for needed, who, _ in ties:
            if distances.get(needed) == step - 1:
                distances.setdefault(who, step)

    answer = who_needs(web(ties), 'd0', depth=depth)

    del distances[0]
    assert {need.label: need.distance for need in answer.needs} == {
        f'd{number}': distance for number, distance in distances.items()
    }
    steps = [need.distance for need in answer.needs]
    assert steps == sorted(steps)
    reached = {'d0': 0} | {need.label: need.distance for need in answer.needs}
    assert all(reached[need.needs] == need.distance - 1 for need in answer.needs)
