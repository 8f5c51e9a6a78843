# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""ROS names in DDS: https://design.ros2.org/articles/topic_and_service_names.html.

A topic '/x' is the DDS topic 'rt/x'; a service '/x' is 'rq/xRequest' and 'rr/xReply'; an action
'/x' is three services and two topics below '/x/_action'. Requests alone tell who provides and who
calls a service, so replies need not be looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter

from roost_core.graph.snapshot import (
    Endpoint,
    EndpointKind,
    GID_PREFIX_DIGITS,
    NO_QOS,
    Participant,
    ParticipantSource,
    Qos,
)

# Vendor id in the first two bytes of every GUID of eProsima Fast DDS.
_FAST_DDS = '010f'

_ACTION_TOPICS = ('/_action/feedback', '/_action/status')
_ACTION_SERVICES = ('/_action/send_goal', '/_action/cancel_goal', '/_action/get_result')

# What action parts add to the type of their action; types of 'action_msgs' are all actions'.
_ACTION_TYPE_SUFFIXES = ('_SendGoal', '_GetResult', '_FeedbackMessage')
_ACTION_COMMON_PACKAGE = 'action_msgs/'

# What every node has, or is free not to: a log, parameters and a description of its types.
_CUSTOMARY_TOPICS = ('rt/rosout', 'rt/parameter_events')
_CUSTOMARY_SERVICES = tuple(
    f'/{name}Request'
    for name in (
        'describe_parameters',
        'get_parameter_types',
        'get_parameters',
        'get_type_description',
        'list_parameters',
        'set_parameters',
        'set_parameters_atomically',
    )
)

# What rmw says while it has an endpoint and has not yet heard of its node.
_UNKNOWN_NODE = '_NODE_NAME_UNKNOWN_'

# A graph is read again after each change, and most of it is as it was.
_MEMORY = 16_384

# Action, whether server, and participant, namespace and name of the node.
_PartKey = tuple[str, bool, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DdsEndpoint:
    """An endpoint as DDS names it.

    Attributes:
        topic: for example 'rq/set_penRequest'.
        type: for example 'std_srvs::srv::dds_::SetBool_Request_'.
        writer: it writes; otherwise it reads.
    """

    topic: str
    type: str
    writer: bool
    node_name: str
    node_namespace: str
    gid: str
    qos: Qos = NO_QOS

    @property
    def node_told(self) -> bool:
        """Tell whether its node is known."""
        return self.node_name not in ('', _UNKNOWN_NODE)


def tells_of_ros(dds_topic: str) -> bool:
    """Tell whether endpoints of a DDS topic say something of ROS that no other topic says."""
    return dds_topic.startswith('rt/') or (
        dds_topic.startswith('rq/') and dds_topic.endswith('Request')
    )


def every_node_has(dds_topic: str) -> bool:
    """Tell whether a DDS topic is one that nodes have without being asked to."""
    return dds_topic in _CUSTOMARY_TOPICS or dds_topic.endswith(_CUSTOMARY_SERVICES)


def ros_endpoints(seen: Iterable[DdsEndpoint]) -> tuple[Endpoint, ...]:
    """Turn DDS endpoints into ROS ones; the parts of an action in one node become one endpoint.

    Sorted, so that equal sights give equal results.
    """
    endpoints = []
    parts: dict[_PartKey, list[DdsEndpoint]] = {}
    for each in seen:
        if not tells_of_ros(each.topic):
            continue
        action = _action_of(each.topic)
        if action:
            # A server writes topics and reads requests.
            server = each.writer is each.topic.startswith('rt/')
            owner = (each.gid[:GID_PREFIX_DIGITS], each.node_namespace, each.node_name)
            parts.setdefault((action, server, *owner), []).append(each)
        else:
            endpoints.append(_plain(each))
    types = _action_types(parts)
    for (action, server, _, _, _), found in parts.items():
        first = min(found, key=lambda part: part.gid)
        kind = EndpointKind.ACTION_SERVER if server else EndpointKind.ACTION_CLIENT
        own_types = sorted(filter(None, (_action_type(part.type) for part in found)))
        type_name = own_types[0] if own_types else types.get(action, '')
        endpoints.append(_endpoint(first, kind, action, type_name))
    endpoints.sort(key=attrgetter('name', 'kind', 'gid'))
    return tuple(endpoints)


def participant_from_prefix(gid_prefix: str) -> Participant:
    """Read host and process out of a GUID prefix, as far as its vendor puts them there.

    Fast DDS: bytes 2-3 the host id, bytes 4-5 the low half of the process id, little-endian.
    """
    known = gid_prefix.startswith(_FAST_DDS)
    return Participant(
        gid_prefix=gid_prefix,
        host_id=gid_prefix[4:8] if known else '',
        process_id=int(gid_prefix[10:12] + gid_prefix[8:10], 16) if known else 0,
        process_id_low_16_bits=known,
        source=ParticipantSource.GUID_PREFIX,
    )


def _action_of(topic: str) -> str:
    """Give the name of the action that a DDS topic is a part of; empty for any other."""
    if '/_action/' not in topic:
        return ''
    name = _ros_name(topic)
    for suffix in _ACTION_TOPICS if topic.startswith('rt/') else _ACTION_SERVICES:
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return ''


def _ros_name(topic: str) -> str:
    return topic[2:] if topic.startswith('rt/') else topic[2:].removesuffix('Request')


def _ros_type(dds_type: str) -> str:
    return dds_type.replace('::dds_::', '::').removesuffix('_').replace('::', '/')


def _action_type(dds_type: str) -> str:
    """Give the type of the action; empty when this part does not tell."""
    name = _ros_type(dds_type).removesuffix('_Request')
    if name.startswith(_ACTION_COMMON_PACKAGE):
        return ''
    for suffix in _ACTION_TYPE_SUFFIXES:
        name = name.removesuffix(suffix)
    return name


def _action_types(
    parts: dict[_PartKey, list[DdsEndpoint]],
) -> dict[str, str]:
    """Find a type for each action, for those that use only parts that do not tell."""
    types: dict[str, str] = {}
    for (action, *_), found in sorted(parts.items(), key=lambda item: item[0]):
        for part in found:
            type_name = _action_type(part.type)
            if type_name:
                types.setdefault(action, type_name)
    return types


@lru_cache(_MEMORY)
def _plain(seen: DdsEndpoint) -> Endpoint:
    name = _ros_name(seen.topic)
    if seen.topic.startswith('rt/'):
        kind = EndpointKind.PUBLISHER if seen.writer else EndpointKind.SUBSCRIPTION
        return _endpoint(seen, kind, name, _ros_type(seen.type))
    kind = EndpointKind.SERVICE_CLIENT if seen.writer else EndpointKind.SERVICE_SERVER
    return _endpoint(seen, kind, name, _ros_type(seen.type).removesuffix('_Request'))


def _endpoint(seen: DdsEndpoint, kind: EndpointKind, name: str, type_name: str) -> Endpoint:
    return Endpoint(
        kind=kind,
        name=name,
        type=type_name,
        node_name=seen.node_name if seen.node_told else '',
        node_namespace=seen.node_namespace if seen.node_told else '',
        gid=seen.gid,
        qos=seen.qos,
    )
