# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is found wrong, and above all what is not."""

from dataclasses import replace

from graph_builders import (
    ACTION_CLIENT,
    ACTION_SERVER,
    CLIENT,
    deployment,
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
from live_builders import declares, live, WATCHED, with_qos
import pytest

from roost_core.graph.findings import findings, relevant, SEVERITIES, Severity
from roost_core.graph.model import FindingKind, WatchedNetwork
from roost_core.phase import Phase
from roost_core.status import Status

POSE = 'geometry_msgs/msg/Pose'
SIMULATOR = declares('simulator')
TURTLE = declares('turtle')
PARTICIPANTS = (
    in_container(1, 'simulator'),
    in_container(2, 'turtle'),
    participant(9, host_name='laptop', host_id='x', process_id=4),
)


def found(*endpoints, deployed=(SIMULATOR, TURTLE), networks=(WATCHED,), also=()):
    seen = [snapshot(*PARTICIPANTS, *endpoints), *also]
    return findings(live(seen, topology(*deployed)), networks)


def kinds(*endpoints, **values):
    return [each.kind for each in found(*endpoints, **values)]


def the_one(*endpoints, **values):
    (one,) = found(*endpoints, **values)
    return one


def test_a_fleet_in_order_has_no_findings():
    assert not found(
        endpoint(1, '/sim', PUB, '/pose'),
        endpoint(2, '/turtle', SUB, '/pose'),
        endpoint(2, '/turtle', CLIENT, '/reset'),
        endpoint(1, '/sim', SERVER, '/reset'),
        endpoint(1, '/sim', SERVER, '/unused'),
        endpoint(1, '/sim', ACTION_SERVER, '/drive'),
        endpoint(2, '/turtle', ACTION_CLIENT, '/drive'),
    )
    assert findings(live([], topology()), ()) == ()


class TestLooseEnds:
    """One end of a topic, service or action is missing."""

    def test_a_publisher_alone_is_information(self):
        finding = the_one(endpoint(1, '/sim', PUB, '/debug'))

        assert (finding.kind, finding.name) == (FindingKind.NO_SUBSCRIBER, '/debug')
        assert (finding.deployment_id, finding.component) == ('simulator-id', 'main')
        assert finding.type == 'std_msgs/msg/String'
        assert SEVERITIES[finding.kind] is Severity.INFORMATION
        assert 'Nothing needs to be done' in finding.message

    def test_a_subscriber_alone(self):
        finding = the_one(endpoint(2, '/turtle', SUB, '/pose'))

        assert (finding.kind, finding.deployment_id) == (FindingKind.NO_PUBLISHER, 'turtle-id')
        assert finding.message == (
            "topic '/pose' has no publisher on network 'default', and 'turtle' subscribes to it:"
            ' nothing arrives there. Start what publishes it, or correct name or namespace,'
            ' unless it is an input that may stay empty.'
        )

    @pytest.mark.parametrize('kind', [CLIENT, ACTION_CLIENT])
    def test_a_caller_alone(self, kind):
        finding = the_one(endpoint(2, '/turtle', kind, '/drive'))

        assert (finding.kind, finding.name) == (FindingKind.NO_SERVER, '/drive')
        assert "called by 'turtle', and nobody provides it" in finding.message

    def test_one_finding_for_a_topic_however_many_wait(self):
        finding = the_one(
            endpoint(1, '/a', SUB, '/pose'),
            endpoint(1, '/b', SUB, '/pose', entity=2),
            endpoint(2, '/turtle', SUB, '/pose'),
        )

        assert finding.deployment_ids == ('simulator-id', 'turtle-id')

    def test_a_foreign_node_is_an_end_like_any_other(self):
        assert not found(
            endpoint(1, '/sim', PUB, '/pose'),
            endpoint(9, '/rviz', SUB, '/pose'),
            endpoint(9, '/joy', PUB, '/cmd'),
            endpoint(2, '/turtle', SUB, '/cmd'),
            endpoint(9, '/map', SERVER, '/get_map'),
            endpoint(2, '/turtle', CLIENT, '/get_map'),
        )

    def test_foreign_nodes_among_themselves_are_nobodys_business(self):
        assert not found(
            endpoint(9, '/rviz', SUB, '/goal'),
            endpoint(9, '/rviz', CLIENT, '/plan'),
            with_qos(endpoint(9, '/a', PUB, '/x'), 'best effort'),
            with_qos(endpoint(9, '/b', SUB, '/x')),
            endpoint(9, '/a', PUB, '/y', POSE),
            endpoint(9, '/b', SUB, '/y'),
        )

    def test_a_listener_of_roost_is_none(self):
        assert kinds(
            endpoint(1, '/sim', PUB, '/pose'),
            endpoint(9, '/roost/devices/rover1/executor', SUB, '/pose'),
        ) == [FindingKind.NO_SUBSCRIBER]

    @pytest.mark.parametrize(
        'parts',
        [
            [endpoint(1, '/sim', PUB, '/rosout'), endpoint(1, '/sim', PUB, '/parameter_events')],
            [endpoint(1, '/sim', CLIENT, '/x/get_parameters', 'rcl_interfaces/srv/GetParameters')],
            [endpoint(1, '/sim', SUB, '/roost/introspection/graph')],
            [endpoint(1, '/sim', PUB, '/sim/_service_event')],
            [endpoint(1, '/sim', PUB, '/tf', 'tf2_msgs/msg/TFMessage')],
            [
                endpoint(
                    1, '/sim', PUB, '/s/transition_event', 'lifecycle_msgs/msg/TransitionEvent'
                )
            ],
        ],
    )
    def test_what_comes_with_every_node_is_left_out(self, parts):
        assert not found(*parts)

    def test_an_image_and_its_compressed_form_are_one(self):
        camera = [
            endpoint(1, '/cam', PUB, '/image', 'sensor_msgs/msg/Image'),
            endpoint(1, '/cam', PUB, '/image/compressed', 'sensor_msgs/msg/CompressedImage'),
            endpoint(1, '/cam', PUB, '/image/zstd', 'sensor_msgs/msg/CompressedImage', entity=3),
        ]
        listener = endpoint(
            2, '/turtle', SUB, '/image/compressed', 'sensor_msgs/msg/CompressedImage'
        )

        assert [each.name for each in found(*camera)] == ['/image']
        assert not found(*camera, listener)

    def test_a_blind_spot_may_hide_the_other_end(self):
        partly = replace(WATCHED, message="nobody on 'rover2' is seen")
        alone = endpoint(2, '/turtle', SUB, '/pose')

        assert kinds(alone, networks=[partly]) == [FindingKind.BLIND]
        assert not found(alone, networks=[])

    def test_ends_on_two_networks_do_not_meet(self):
        site = WatchedNetwork(name='site', domain_id=2, watched_from=('rover1',))
        other = snapshot(
            in_container(1, 'simulator'), endpoint(1, '/sim', PUB, '/pose'), network='site'
        )

        waits, speaks = found(
            endpoint(2, '/turtle', SUB, '/pose'), networks=[WATCHED, site], also=[other]
        )

        assert (waits.kind, waits.network) == (FindingKind.NO_PUBLISHER, 'default')
        assert waits.message.endswith(
            "On network 'site' it comes from 'simulator': ends on different networks do not meet."
        )
        assert (speaks.kind, speaks.network) == (FindingKind.NO_SUBSCRIBER, 'site')
        assert "there is one, 'turtle'" in speaks.message

    def test_a_name_that_is_near_is_guessed(self):
        waits, speaks = found(
            endpoint(2, '/turtle', SUB, '/pose'), endpoint(1, '/sim', PUB, '/sim/pose')
        )

        assert waits.message.endswith(" Is '/sim/pose' of 'simulator' meant, which nobody uses?")
        assert speaks.message.endswith(" Is '/pose' of 'turtle' meant, which nobody publishes?")

    def test_nothing_of_another_type_is_guessed(self):
        waits, _ = found(
            endpoint(2, '/turtle', SUB, '/pose'), endpoint(1, '/sim', PUB, '/sim/pose', POSE)
        )

        assert 'meant' not in waits.message

    def test_who_declares_it_and_does_not_run_is_told(self):
        broken = replace(
            declares('simulator', topics=['/pose'], running=False),
            phase=Phase.SUCCEEDED,
            status=Status.ERROR,
        )

        finding = the_one(endpoint(2, '/turtle', SUB, '/pose'), deployed=[broken, TURTLE])

        assert "'simulator' declares it, and does not run wholly" in finding.message


class TestUnrest:
    """Deployments that are not, or not only, up and running."""

    alone = (
        endpoint(1, '/sim', PUB, '/debug'),
        endpoint(1, '/sim', SUB, '/input'),
        endpoint(1, '/sim', CLIENT, '/map'),
        with_qos(endpoint(1, '/sim', PUB, '/x'), 'best effort'),
        with_qos(endpoint(1, '/sim', SUB, '/x', entity=2)),
        endpoint(1, '/sim', PUB, '/y', POSE),
        endpoint(1, '/sim', SUB, '/y', entity=3),
    )
    greedy = declares('simulator', nodes=['/gone'], topics=['/gone'], services=['/gone'])

    def test_a_steady_one_has_them_all(self):
        assert len(found(*self.alone, deployed=[self.greedy])) > 7

    @pytest.mark.parametrize(
        ('phase', 'status'),
        [
            (Phase.IN_PROGRESS, Status.PENDING),
            (Phase.PROVISIONING, Status.PENDING),
            (Phase.PROVISIONING, Status.ERROR),
            (Phase.SUCCEEDED, Status.PENDING),
            (Phase.SUCCEEDED, Status.UNKNOWN),
            (Phase.SUCCEEDED, Status.STOPPED),
            (Phase.PARTIALLY_DEPROVISIONED, Status.RUNNING),
            (None, Status.RUNNING),
        ],
    )
    def test_one_that_changes_has_none(self, phase, status):
        changing = replace(self.greedy, phase=phase, status=status)

        assert not found(*self.alone, deployed=[changing])

    def test_one_that_does_not_run_has_none(self):
        idle = replace(
            self.greedy, executables=(replace(self.greedy.executables[0], running=False),)
        )

        assert not found(*self.alone, deployed=[idle])

    @pytest.mark.parametrize('needs', [('simulator',), ()])
    def test_while_a_neighbour_changes_a_missing_end_is_no_news(self, needs):
        changing = replace(SIMULATOR, status=Status.PENDING)
        if not needs:
            changing = replace(changing, dependencies=('turtle-id',))
        deployed = [changing, declares('turtle', *needs)]

        assert not found(endpoint(2, '/turtle', SUB, '/pose'), deployed=deployed)
        assert kinds(
            with_qos(endpoint(2, '/turtle', PUB, '/pose'), 'best effort'),
            with_qos(endpoint(9, '/rviz', SUB, '/pose')),
            deployed=deployed,
        ) == [FindingKind.QOS]


class TestQos:
    """Ends of a topic whose quality of service keeps them apart."""

    def test_it_says_who_must_change_what(self):
        finding = the_one(
            with_qos(endpoint(1, '/sim', PUB, '/scan'), 'best effort'),
            with_qos(endpoint(2, '/turtle', SUB, '/scan'), 'transient local'),
        )

        assert (finding.kind, finding.deployment_id) == (FindingKind.QOS, 'turtle-id')
        assert finding.deployment_ids == ('simulator-id', 'turtle-id')
        assert finding.message == (
            "topic '/scan' does not reach 'turtle' from 'simulator': the publisher offers best"
            ' effort and volatile, and the subscriber asks for reliable and transient local, so'
            ' that nothing is delivered. Let the publisher offer reliable and transient local, or'
            ' the subscriber ask for no more than best effort and volatile.'
        )

    def test_ends_that_can_talk_are_not_named(self):
        finding = the_one(
            with_qos(endpoint(1, '/sim', PUB, '/scan'), 'best effort'),
            with_qos(endpoint(1, '/other', PUB, '/scan', entity=2)),
            with_qos(endpoint(2, '/turtle', SUB, '/scan')),
            with_qos(endpoint(9, '/rviz', SUB, '/scan'), 'best effort'),
        )

        assert "does not reach 'turtle' from 'simulator'" in finding.message
        assert 'rviz' not in finding.message

    def test_one_finding_for_a_topic_of_many_pairs(self):
        finding = the_one(
            with_qos(endpoint(1, '/a', PUB, '/scan'), 'best effort'),
            with_qos(endpoint(1, '/b', PUB, '/scan', entity=2), 'best effort', deadline=2.0),
            with_qos(endpoint(2, '/turtle', SUB, '/scan')),
            with_qos(endpoint(9, '/rviz', SUB, '/scan'), deadline=1.0),
        )

        assert 'more of another cause' in finding.message

    def test_a_foreign_end_counts(self):
        finding = the_one(
            with_qos(endpoint(1, '/sim', PUB, '/scan'), 'best effort'),
            with_qos(endpoint(9, '/rviz', SUB, '/scan')),
        )

        assert finding.deployment_id == 'simulator-id'
        assert "does not reach node '/rviz' from" in finding.message

    def test_what_is_not_told_is_no_cause(self):
        assert not found(
            endpoint(1, '/sim', PUB, '/scan'), with_qos(endpoint(2, '/turtle', SUB, '/scan'))
        )


class TestTypes:
    """One name with several types."""

    def test_each_type_is_told_with_its_ends(self):
        finding = the_one(
            endpoint(1, '/sim', PUB, '/pose', POSE), endpoint(2, '/turtle', SUB, '/pose')
        )

        assert (finding.kind, finding.name, finding.type) == (FindingKind.TYPE, '/pose', '')
        assert finding.deployment_id == 'turtle-id'
        assert (
            "'geometry_msgs/msg/Pose', published by 'simulator';"
            " 'std_msgs/msg/String', subscribed to by 'turtle'. Ends"
        ) in finding.message

    def test_a_type_that_is_not_told_is_none(self):
        assert not found(
            endpoint(1, '/sim', ACTION_SERVER, '/drive', 'x/action/Drive'),
            endpoint(2, '/turtle', ACTION_CLIENT, '/drive', ''),
        )

    def test_a_topic_and_a_service_may_share_a_name(self):
        assert not found(
            endpoint(1, '/sim', PUB, '/map', POSE),
            endpoint(2, '/turtle', SUB, '/map', POSE),
            endpoint(1, '/sim', SERVER, '/map', 'x/srv/Map'),
        )

    def test_two_networks_do_not_mix(self):
        other = snapshot(
            in_container(1, 'simulator'),
            endpoint(1, '/sim', PUB, '/pose', POSE),
            endpoint(1, '/sim', SUB, '/pose', POSE, entity=2),
            network='site',
        )

        assert not found(
            endpoint(1, '/sim', PUB, '/pose'), endpoint(2, '/turtle', SUB, '/pose'), also=[other]
        )


class TestDeclared:
    """What a package declares, and what is seen."""

    def test_all_is_there(self):
        simulator = declares(
            'simulator',
            nodes=['/sim', '/sim/camera_*'],
            topics=[('/pose', POSE)],
            services=['/reset'],
            actions=['/drive'],
        )

        assert not found(
            endpoint(1, '/sim', PUB, '/pose', POSE),
            endpoint(1, '/sim/camera_7', SUB, '/pose', POSE),
            endpoint(1, '/sim', SERVER, '/reset'),
            endpoint(1, '/sim', ACTION_SERVER, '/drive', ''),
            deployed=[simulator],
        )

    def test_nothing_is_there(self):
        simulator = declares(
            'simulator', nodes=['/sim'], topics=['/pose'], services=['/reset'], actions=['/drive']
        )

        missing = found(deployed=[simulator])

        assert {each.kind for each in missing} == {FindingKind.NOT_SEEN}
        assert [each.name for each in missing] == ['/drive', '/pose', '/reset', '/sim']
        assert {(each.deployment_id, each.component) for each in missing} == {
            ('simulator-id', 'main')
        }

    def test_only_of_components_that_run_wholly(self):
        simulator = declares('simulator', topics=['/pose'])
        part = simulator.executables[0]
        half = replace(simulator, executables=(part, replace(part, name='other', running=False)))

        assert not found(deployed=[half])

    def test_a_node_of_another_one_does_not_do(self):
        simulator = declares('simulator', nodes=['/turtle'], topics=['/pose'])
        pose = endpoint(2, '/turtle', PUB, '/pose')
        ear = endpoint(9, '/rviz', SUB, '/pose')

        assert kinds(pose, ear, deployed=[simulator, TURTLE]) == [FindingKind.NOT_SEEN] * 2

    def test_what_cannot_be_attributed_may_be_it(self):
        simulator = declares('simulator', nodes=['/sim'], topics=['/pose'])

        assert not found(
            endpoint(9, '/sim', PUB, '/pose'),
            endpoint(9, '/rviz', SUB, '/pose'),
            deployed=[simulator],
        )

    def test_a_node_whose_name_is_not_told_yet_may_be_it(self):
        assert not found(
            endpoint(1, '', PUB, '/pose'),
            endpoint(9, '/rviz', SUB, '/pose'),
            deployed=[declares('simulator', nodes=['/sim'])],
        )

    def test_another_type_is_told(self):
        finding = the_one(
            endpoint(1, '/sim', PUB, '/pose'),
            endpoint(2, '/turtle', SUB, '/pose'),
            deployed=[declares('simulator', topics=[('/pose', POSE)]), TURTLE],
        )

        assert finding.kind is FindingKind.NOT_SEEN
        assert f"declared as '{POSE}'" in finding.message
        assert "seen as 'std_msgs/msg/String'" in finding.message

    def test_what_is_only_taken_is_not_provided(self):
        finding = the_one(
            endpoint(1, '/sim', SUB, '/cmd'),
            endpoint(2, '/turtle', PUB, '/cmd'),
            deployed=[declares('simulator', topics=['/cmd']), TURTLE],
        )

        assert 'takes it and does not provide it' in finding.message

    def test_what_is_not_declared_is_information_where_others_of_its_kind_are(self):
        parts = [
            endpoint(1, '/sim', PUB, '/pose'),
            endpoint(2, '/turtle', SUB, '/pose'),
            endpoint(1, '/sim', PUB, '/more'),
            endpoint(2, '/turtle', SUB, '/more'),
            endpoint(1, '/helper', SERVER, '/reset'),
            endpoint(1, '/helper', PUB, '/s/transition_event', 'lifecycle_msgs/msg/Event'),
            endpoint(1, '/transform_listener_impl_55f3', SUB, '/pose'),
        ]

        topics = found(*parts, deployed=[declares('simulator', topics=['/pose']), TURTLE])
        nodes = found(*parts, deployed=[declares('simulator', nodes=['/sim']), TURTLE])

        assert [(each.kind, each.name) for each in topics] == [(FindingKind.NOT_DECLARED, '/more')]
        assert [(each.kind, each.name) for each in nodes] == [
            (FindingKind.NOT_DECLARED, '/helper')
        ]


class TestBlind:
    """Networks that are not watched."""

    def test_it_is_told_with_its_cause_and_whom_it_concerns(self):
        blind = WatchedNetwork(name='default', domain_id=3, message='no server at 10.0.0.1:11811.')

        finding = the_one(networks=[blind])

        assert finding.kind is FindingKind.BLIND
        assert finding.deployment_ids == ('simulator-id', 'turtle-id')
        assert finding.message.startswith(
            "network 'default' (ROS domain 3) is not watched: no server at 10.0.0.1:11811. What"
        )

    def test_nothing_declared_is_missed_there(self):
        blind = WatchedNetwork(name='default', domain_id=3, message='no')

        assert kinds(deployed=[declares('simulator', nodes=['/sim'])], networks=[blind]) == [
            FindingKind.BLIND
        ]


def test_the_worst_comes_first():
    order = kinds(
        endpoint(1, '/sim', PUB, '/debug'),
        endpoint(1, '/sim', SUB, '/input'),
        endpoint(1, '/sim', CLIENT, '/map'),
        with_qos(endpoint(1, '/sim', PUB, '/x'), 'best effort'),
        with_qos(endpoint(1, '/sim', SUB, '/x', entity=2)),
        endpoint(1, '/sim', PUB, '/y', POSE),
        endpoint(1, '/sim', SUB, '/y', entity=3),
        deployed=[declares('simulator', nodes=['/gone', '/sim'])],
        networks=[WATCHED, WatchedNetwork(name='site', domain_id=2, message='no')],
    )

    assert order == sorted(order, key=list(SEVERITIES).index)
    assert set(SEVERITIES) - set(order) == {FindingKind.NOT_DECLARED}
    assert list(SEVERITIES.values()) == sorted(SEVERITIES.values(), key=list(Severity).index)


def test_what_the_network_says_is_made_fit_to_show():
    finding = the_one(endpoint(2, '/turtle', SUB, '/\x1b[31mpose'))

    assert '\x1b' not in finding.message


def test_findings_of_a_part():
    both = found(
        endpoint(1, '/sim', PUB, '/debug'),
        endpoint(2, '/turtle', PUB, '/trace'),
        networks=[WATCHED, WatchedNetwork(name='site', domain_id=2, message='no')],
    )

    assert len(both) == 3
    assert relevant(both) == both
    assert [each.name for each in relevant(both, network='default')] == ['/debug', '/trace']
    assert [each.name for each in relevant(both, deployments={'turtle-id'})] == ['', '/trace']


ENDS = st.builds(
    lambda process, kind, name, type_, entity, reliability: with_qos(
        endpoint(process, f'/n{process}', kind, name, type_, entity), reliability
    ),
    st.sampled_from([1, 2, 9]),
    st.sampled_from([PUB, SUB, SERVER, CLIENT, ACTION_SERVER, ACTION_CLIENT]),
    st.sampled_from(['/a', '/b/a', '/b', '/rosout', '/roost/x']),
    st.sampled_from(['std_msgs/msg/String', POSE]),
    st.integers(1, 99),
    st.sampled_from(['reliable', 'best effort']),
)


@given(st.lists(ENDS, max_size=12), st.randoms())
def test_findings_depend_on_what_is_there_and_not_on_its_order(ends, random):
    shuffled = list(ends)
    random.shuffle(shuffled)

    first = found(*ends)

    assert found(*shuffled) == first
    assert len({each.message for each in first}) == len(first)
    assert all(each.deployment_ids and each.message.endswith(('.', '?')) for each in first)


@given(st.lists(ENDS, max_size=12))
def test_an_end_that_is_said_to_be_missing_is_missing_whatever_its_type(ends):
    there = {(each.kind, each.name) for each in ends}
    missing = {
        (FindingKind.NO_SUBSCRIBER, 'topic'): SUB,
        (FindingKind.NO_PUBLISHER, 'topic'): PUB,
        (FindingKind.NO_SERVER, 'service'): SERVER,
        (FindingKind.NO_SERVER, 'action'): ACTION_SERVER,
    }

    for each in found(*ends):
        end = missing.get((each.kind, each.message.partition(' ')[0]))
        assert (end, each.name) not in there


def test_a_deployment_without_a_network_declares_nothing_that_could_be_seen():
    assert not found(deployed=[replace(declares('simulator', topics=['/x']), components=())])
    assert not found(deployed=[declares('simulator', topics=['/x'], network='')])
    assert not found(deployed=[deployment('simulator', nodes=['/x'])])
