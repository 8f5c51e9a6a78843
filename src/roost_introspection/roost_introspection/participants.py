# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Watches the participants and endpoints of a domain beneath ROS, by Eclipse Cyclone DDS.

ROS names neither the process behind an endpoint nor the moment at which its graph changes; DDS
discovery tells both, for participants of Fast DDS and Cyclone alike. This only listens. It does
not speak the discovery-server protocol, and is blind there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
import fcntl
import socket
import struct
import threading
import traceback
from typing import Any
from xml.sax.saxutils import quoteattr

from cyclonedds.builtin import (
    BuiltinDataReader,
    BuiltinTopicDcpsParticipant,
    BuiltinTopicDcpsPublication,
    BuiltinTopicDcpsSubscription,
)
from cyclonedds.core import (
    DDSException,
    GuardCondition,
    InstanceState,
    ReadCondition,
    SampleState,
    ViewState,
    WaitSet,
)
from cyclonedds.domain import Domain, DomainParticipant
from cyclonedds.qos import Policy
from cyclonedds.util import duration

from roost_core.graph.dds_names import DdsEndpoint, tells_of_ros
from roost_core.graph.snapshot import GID_PREFIX_DIGITS, Participant, Qos

# Cyclone searches this many ports for participants where there is no multicast.
_MAX_PARTICIPANTS = 120
# Cyclone takes no more than four interfaces.
_MAX_INTERFACES = 4
_GET_INTERFACE_ADDRESS = 0x8915  # SIOCGIFADDR
_BATCH = 256
_LIVELINESSES = {
    Policy.Liveliness.Automatic: 'automatic',
    Policy.Liveliness.ManualByTopic: 'manual by topic',
}
# More nanoseconds than this are no limit; vendors say it in several ways.
_NO_LIMIT = (2**31 - 1) * 10**9
_ANY = SampleState.Any | ViewState.Any | InstanceState.Any
_JOIN_SEC = 2.0


class ParticipantWatch:
    """Keeps what DDS discovery says; a thread of its own sleeps until there is something new."""

    def __init__(
        self,
        domain_id: int,
        *,
        discovery_range: str,
        static_peers: Iterable[str],
        on_change: Callable[[], None],
        complain: Callable[[str], None],
    ) -> None:
        """Join the domain and begin to watch.

        Args:
            discovery_range: as ROS_AUTOMATIC_DISCOVERY_RANGE has it.
            on_change: called on the watching thread after each batch of news; must not block.
            complain: told of what went wrong and ended nothing.

        Raises:
            OSError: the domain cannot be joined.
        """
        self._on_change = on_change
        self._complain = complain
        self._lock = threading.Lock()
        self._participants: dict[str, Participant] = {}
        self._endpoints: dict[str, DdsEndpoint] = {}
        try:
            self._domain = self._open_domain(domain_id, discovery_range, tuple(static_peers))
            self._participant = DomainParticipant(domain_id)
            self._waitset = WaitSet(self._participant)
            self._closing = GuardCondition(self._participant)
            self._waitset.attach(self._closing)
            self._readers = {}
            for topic in (
                BuiltinTopicDcpsParticipant,
                BuiltinTopicDcpsPublication,
                BuiltinTopicDcpsSubscription,
            ):
                reader = BuiltinDataReader(self._participant, topic)
                condition = ReadCondition(reader, _ANY)
                self._waitset.attach(condition)
                self._readers[topic] = (reader, condition)
        except DDSException as error:
            raise OSError(
                f'domain {domain_id} cannot be watched by Cyclone DDS: {error}'
            ) from error
        self._own = self._participant.guid.hex[:GID_PREFIX_DIGITS]
        self._thread = threading.Thread(target=self._watch, name='participants', daemon=True)
        self._thread.start()

    def participants(self) -> tuple[Participant, ...]:
        """List the participants that are there, other than this look itself."""
        with self._lock:
            return tuple(self._participants[prefix] for prefix in sorted(self._participants))

    def endpoints(self) -> dict[str, DdsEndpoint]:
        """Give, by GUID, the endpoints that say something of ROS; DDS knows no node of theirs."""
        with self._lock:
            return dict(self._endpoints)

    def close(self) -> None:
        """Leave the domain."""
        self._closing.set(True)
        self._thread.join(_JOIN_SEC)

    def _open_domain(
        self, domain_id: int, discovery_range: str, static_peers: tuple[str, ...]
    ) -> Domain:
        if discovery_range == 'LOCALHOST':
            return Domain(domain_id, configuration(('lo',), ('localhost', *static_peers), False))
        try:
            return Domain(domain_id, configuration(_interfaces(), static_peers, True))
        except DDSException as error:
            self._complain(f'Cyclone DDS picks a network interface by itself: {error}')
            return Domain(domain_id, configuration((), static_peers, True))

    def _watch(self) -> None:
        while True:
            try:
                self._waitset.wait(timeout=duration(infinite=True))
                if self._closing.read():
                    return
                if self._take():
                    self._on_change()
            except Exception:  # noqa: BLE001
                # What one participant announces must not blind us for all others.
                self._complain(f'what DDS discovery says is lost:\n{traceback.format_exc()}')

    def _take(self) -> bool:
        news = False
        for topic, (reader, condition) in self._readers.items():
            while samples := reader.take(_BATCH, condition=condition):
                for sample in samples:
                    alive = sample.sample_info.instance_state == InstanceState.Alive
                    if topic is BuiltinTopicDcpsParticipant:
                        news |= self._note_participant(sample, alive)
                    else:
                        writer = topic is BuiltinTopicDcpsPublication
                        news |= self._note_endpoint(sample, alive, writer)
        return news

    def _note_participant(self, sample: Any, alive: bool) -> bool:
        """Take in a participant; tell whether that is new."""
        prefix = sample.key.hex[:GID_PREFIX_DIGITS]
        if prefix == self._own:
            return False
        participant = participant_of(prefix, _properties(sample)) if alive else None
        with self._lock:
            before = self._participants.pop(prefix, None)
            if participant is not None:
                self._participants[prefix] = participant
        return participant != before

    def _note_endpoint(self, sample: Any, alive: bool, writer: bool) -> bool:
        """Take in an endpoint; tell whether that is new."""
        gid = sample.key.hex
        endpoint = None
        if alive and tells_of_ros(sample.topic_name):
            endpoint = DdsEndpoint(
                topic=sample.topic_name,
                type=sample.type_name,
                writer=writer,
                node_name='',
                node_namespace='',
                gid=gid,
                qos=_qos(sample),
            )
        with self._lock:
            before = self._endpoints.pop(gid, None)
            if endpoint is not None:
                self._endpoints[gid] = endpoint
        return endpoint != before


def _properties(sample: Any) -> dict[str, str]:
    return {policy.key: policy.value for policy in sample.qos if hasattr(policy, 'key')}


def _qos(sample: Any) -> Qos:
    told = sample.qos
    reliable = isinstance(told[Policy.Reliability], Policy.Reliability.Reliable)
    latched = told[Policy.Durability] == Policy.Durability.TransientLocal
    deadline, liveliness = told[Policy.Deadline], told[Policy.Liveliness]
    return Qos(
        'reliable' if reliable else 'best effort',
        'transient local' if latched else 'volatile',
        _limit(deadline.deadline) if deadline is not None else 0.0,
        _LIVELINESSES.get(type(liveliness), ''),
        _limit(liveliness.lease_duration) if liveliness is not None else 0.0,
    )


def _limit(nanoseconds: int) -> float:
    return nanoseconds / 1e9 if 0 < nanoseconds < _NO_LIMIT else 0.0


def participant_of(prefix: str, properties: Mapping[str, str]) -> Participant:
    """Read what Fast DDS and Cyclone announce of themselves."""
    host_name, _, host_id = properties.get('fastdds.physical_data.host', '').rpartition(':')
    process = properties.get('fastdds.physical_data.process') or properties.get('__Pid', '')
    return Participant(
        gid_prefix=prefix,
        host_name=host_name or properties.get('__Hostname', ''),
        host_id=host_id,
        process_id=int(process) if process.isdecimal() and len(process) <= 9 else 0,
    )


def configuration(interfaces: Iterable[str], peers: Iterable[str], multicast: bool) -> str:
    """Write Cyclone's configuration; no interfaces leave the choice to Cyclone."""
    names = ''.join(f'<NetworkInterface name={quoteattr(name)}/>' for name in interfaces)
    addresses = ''.join(f'<Peer Address={quoteattr(peer)}/>' for peer in peers)
    chosen = names or '<NetworkInterface autodetermine="true"/>'
    return (
        '<CycloneDDS><Domain Id="any"><General>'
        f'<Interfaces>{chosen}</Interfaces>'
        f'<AllowMulticast>{"default" if multicast else "false"}</AllowMulticast>'
        '</General><Discovery><ParticipantIndex>auto</ParticipantIndex>'
        f'<MaxAutoParticipantIndex>{_MAX_PARTICIPANTS}</MaxAutoParticipantIndex>'
        f'<Peers>{addresses}</Peers></Discovery></Domain></CycloneDDS>'
    )


def _interfaces() -> tuple[str, ...]:
    """List the interfaces that lead to other machines: those that have an IPv4 address.

    Those of container engines come last, for there is not room for all.
    """
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                fcntl.ioctl(probe, _GET_INTERFACE_ADDRESS, struct.pack('256s', name.encode()))
            except OSError:
                continue
            if name != 'lo':
                found.append(name)
    found.sort(key=lambda name: name.startswith(('docker', 'br-', 'veth')))
    return tuple(found[:_MAX_INTERFACES])
