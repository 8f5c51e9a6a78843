# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a collector sees on one network."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

GID_PREFIX_DIGITS = 24


class EndpointKind(StrEnum):
    """What an endpoint is to the node that owns it."""

    PUBLISHER = 'publisher'
    SUBSCRIPTION = 'subscription'
    SERVICE_SERVER = 'service server'
    SERVICE_CLIENT = 'service client'
    ACTION_SERVER = 'action server'
    ACTION_CLIENT = 'action client'


class ParticipantSource(StrEnum):
    """How a participant's host and process are known."""

    PROPERTIES = 'participant properties'
    GUID_PREFIX = 'guid prefix'


@dataclass(frozen=True, slots=True)
class Qos:
    """The part of an endpoint's quality of service that decides whether two can talk.

    Attributes:
        reliability: 'reliable', 'best effort', or empty when it cannot be told.
        durability: 'volatile', 'transient local', or empty.
        deadline_sec: at most so long between two messages; 0 for no limit, or when not told.
        liveliness: 'automatic', 'manual by topic', or empty.
        lease_sec: of the liveliness; 0 for no limit, or when not told.
    """

    reliability: str = ''
    durability: str = ''
    deadline_sec: float = 0.0
    liveliness: str = ''
    lease_sec: float = 0.0


NO_QOS = Qos()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A ROS endpoint.

    Attributes:
        name: topic, service or action, fully qualified.
        type: interface type, for example 'geometry_msgs/msg/Pose'.
        node_name: empty when its node has not been told yet, or is no ROS node.
        gid: its DDS GUID, 32 hexadecimal digits; of one of the five parts of an action.
    """

    kind: EndpointKind
    name: str
    type: str
    node_name: str
    node_namespace: str
    gid: str
    qos: Qos = NO_QOS

    @property
    def gid_prefix(self) -> str:
        """Identify the participant that it belongs to."""
        return self.gid[:GID_PREFIX_DIGITS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A DDS participant: usually one process, and all ROS nodes in it.

    Attributes:
        gid_prefix: first 12 bytes of the GUIDs of its endpoints, 24 hexadecimal digits.
        host_name, host_id: empty when not known.
        process_id: in its own pid namespace; 0 when not known.
        process_id_low_16_bits: only the low 16 bits of process_id are known.
    """

    gid_prefix: str
    host_name: str = ''
    host_id: str = ''
    process_id: int = 0
    process_id_low_16_bits: bool = False
    source: ParticipantSource = ParticipantSource.PROPERTIES


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSnapshot:
    """Everything that one collector sees on one network at one time, or several together.

    Attributes:
        watched_from: device that the collector is on; empty beside introspection.
        sights: of several, the GUIDs of the endpoints that each sees; empty when one sees all.
    """

    network: str
    watched_from: str = ''
    domain_id: int
    endpoints: tuple[Endpoint, ...] = ()
    participants: tuple[Participant, ...] = ()
    sights: tuple[frozenset[str], ...] = ()
