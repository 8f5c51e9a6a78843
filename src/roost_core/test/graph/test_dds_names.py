# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""From DDS endpoints to ROS ones."""

import pytest

from roost_core.graph.dds_names import DdsEndpoint, participant_from_prefix, ros_endpoints
from roost_core.graph.snapshot import EndpointKind, ParticipantSource


def seen(topic, type_, *, writer, process=1, entity=1, node='fibonacci'):
    return DdsEndpoint(
        topic=topic,
        type=type_,
        writer=writer,
        node_name=node,
        node_namespace='/',
        gid=f'{process:024x}{entity:08x}',
    )


def action_parts(*, server, process=1, node='fibonacci'):
    services = {
        'send_goal': 'example_interfaces::action::dds_::Fibonacci_SendGoal_Request_',
        'get_result': 'example_interfaces::action::dds_::Fibonacci_GetResult_Request_',
        'cancel_goal': 'action_msgs::srv::dds_::CancelGoal_Request_',
    }
    topics = {
        'feedback': 'example_interfaces::action::dds_::Fibonacci_FeedbackMessage_',
        'status': 'action_msgs::msg::dds_::GoalStatusArray_',
    }
    return [
        seen(
            f'rq/count/_action/{part}Request', type_, writer=not server, process=process, node=node
        )
        for part, type_ in services.items()
    ] + [
        seen(f'rt/count/_action/{part}', type_, writer=server, process=process, node=node)
        for part, type_ in topics.items()
    ]


@pytest.mark.parametrize(
    ('topic', 'type_', 'writer', 'expected'),
    [
        (
            'rt/scan',
            'sensor_msgs::msg::dds_::LaserScan_',
            True,
            (EndpointKind.PUBLISHER, '/scan', 'sensor_msgs/msg/LaserScan'),
        ),
        (
            'rt/a/b',
            'std_msgs::msg::dds_::String_',
            False,
            (EndpointKind.SUBSCRIPTION, '/a/b', 'std_msgs/msg/String'),
        ),
        (
            'rq/resetRequest',
            'std_srvs::srv::dds_::Empty_Request_',
            False,
            (EndpointKind.SERVICE_SERVER, '/reset', 'std_srvs/srv/Empty'),
        ),
        (
            'rq/RequestRequest',
            'std_srvs::srv::dds_::Empty_Request_',
            True,
            (EndpointKind.SERVICE_CLIENT, '/Request', 'std_srvs/srv/Empty'),
        ),
        (
            'rt/odd/_action/elsewhere',
            'std_msgs::msg::dds_::String_',
            True,
            (EndpointKind.PUBLISHER, '/odd/_action/elsewhere', 'std_msgs/msg/String'),
        ),
    ],
)
def test_names_and_types(topic, type_, writer, expected):
    (endpoint,) = ros_endpoints([seen(topic, type_, writer=writer)])

    assert (endpoint.kind, endpoint.name, endpoint.type) == expected


def test_replies_and_what_is_not_ros_are_left_out():
    assert not ros_endpoints(
        [
            seen('rr/resetReply', 'std_srvs::srv::dds_::Empty_Response_', writer=True),
            seen('ros_discovery_info', 'x', writer=True),
            seen('HelloWorld', 'HelloWorld', writer=True),
        ]
    )


@pytest.mark.parametrize(
    ('server', 'kind'), [(True, EndpointKind.ACTION_SERVER), (False, EndpointKind.ACTION_CLIENT)]
)
def test_the_five_parts_of_an_action_are_one_endpoint(server, kind):
    (endpoint,) = ros_endpoints(action_parts(server=server))

    assert endpoint.kind is kind
    assert endpoint.name == '/count'
    assert endpoint.type == 'example_interfaces/action/Fibonacci'


def test_server_and_client_of_an_action_in_one_node_are_two_endpoints():
    endpoints = ros_endpoints(action_parts(server=True) + action_parts(server=False))

    assert [each.kind for each in endpoints] == [
        EndpointKind.ACTION_CLIENT,
        EndpointKind.ACTION_SERVER,
    ]


def test_who_only_watches_the_status_has_the_type_of_the_action_too():
    watcher = seen(
        'rt/count/_action/status',
        'action_msgs::msg::dds_::GoalStatusArray_',
        writer=False,
        process=2,
        node='panel',
    )

    endpoints = ros_endpoints([*action_parts(server=True), watcher])

    assert {each.type for each in endpoints} == {'example_interfaces/action/Fibonacci'}
    assert {each.kind for each in endpoints} == {
        EndpointKind.ACTION_SERVER,
        EndpointKind.ACTION_CLIENT,
    }


def test_equal_names_in_two_processes_stay_two():
    endpoints = ros_endpoints(
        action_parts(server=True, process=1) + action_parts(server=True, process=2)
    )

    assert len(endpoints) == 2


def test_a_node_that_has_not_been_told_yet_has_no_name():
    (endpoint,) = ros_endpoints([seen('rt/scan', 'x', writer=True, node='_NODE_NAME_UNKNOWN_')])

    assert (endpoint.node_name, endpoint.node_namespace) == ('', '')


def test_order_does_not_matter():
    parts = action_parts(server=True) + action_parts(server=False, process=2)

    assert ros_endpoints(parts) == ros_endpoints(reversed(parts))


def test_a_fast_dds_prefix_tells_host_and_half_the_pid():
    # Given the prefix that process 0x058f5 on host 78fd was seen with
    participant = participant_from_prefix('010f78fdf5581a4000000000')

    assert participant.host_id == '78fd'
    assert participant.process_id == 0x58F5
    assert participant.process_id_low_16_bits
    assert participant.source is ParticipantSource.GUID_PREFIX


def test_a_prefix_of_another_vendor_tells_nothing():
    participant = participant_from_prefix('0110229e097eaba119a616cd')

    assert (participant.host_id, participant.process_id) == ('', 0)
