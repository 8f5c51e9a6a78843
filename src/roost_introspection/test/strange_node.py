# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A participant for tests that announces a node by a name that no node of ROS can have.

The argument is the name, percent-encoded: any bytes. The node publishes on '/chatter'.
"""

from dataclasses import dataclass
import os
import sys
import threading
from urllib.parse import unquote_to_bytes

from cyclonedds.core import Policy
from cyclonedds.domain import DomainParticipant
from cyclonedds.idl import IdlStruct
import cyclonedds.idl.annotations as annotate
from cyclonedds.idl.types import array, sequence, uint8
from cyclonedds.pub import DataWriter
from cyclonedds.qos import Qos
from cyclonedds.topic import Topic
from cyclonedds.util import duration

_CDR = Policy.DataRepresentation(use_cdrv0_representation=True)


@dataclass
@annotate.final
class Gid(IdlStruct, typename='rmw_dds_common::msg::dds_::Gid_'):
    """rmw_dds_common/msg/Gid."""

    data: array[uint8, 16]


@dataclass
@annotate.final
class NodeEntities(IdlStruct, typename='rmw_dds_common::msg::dds_::NodeEntitiesInfo_'):
    """rmw_dds_common/msg/NodeEntitiesInfo."""

    node_namespace: str
    node_name: str
    reader_gid_seq: sequence[Gid]
    writer_gid_seq: sequence[Gid]


@dataclass
@annotate.final
class Entities(IdlStruct, typename='rmw_dds_common::msg::dds_::ParticipantEntitiesInfo_'):
    """rmw_dds_common/msg/ParticipantEntitiesInfo."""

    gid: Gid
    node_entities_info_seq: sequence[NodeEntities]


@dataclass
@annotate.final
class Text(IdlStruct, typename='std_msgs::msg::dds_::String_'):
    """std_msgs/msg/String."""

    data: str


class Bytes(str):
    """A text that is written as the bytes that it was made of."""

    def encode(self, *_):
        return unquote_to_bytes(str(self))


def main():
    """Announce the node until killed."""
    participant = DomainParticipant(int(os.environ['ROS_DOMAIN_ID']))
    announced = Qos(
        Policy.Reliability.Reliable(duration(seconds=1)), Policy.Durability.TransientLocal, _CDR
    )
    nodes = DataWriter(
        participant, Topic(participant, 'ros_discovery_info', Entities), qos=announced
    )
    chatter = DataWriter(participant, Topic(participant, 'rt/chatter', Text), qos=Qos(_CDR))
    node = NodeEntities('/', Bytes(sys.argv[1]), [], [_gid(chatter)])
    nodes.write(Entities(_gid(participant), [node]))
    sys.stdout.write('ready\n')
    sys.stdout.flush()
    threading.Event().wait()


def _gid(entity):
    return Gid(list(entity.guid.bytes))


if __name__ == '__main__':
    main()
