# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is seen of real processes: participants beneath ROS, endpoints by ROS."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
import socket
import threading

import pytest

from roost_core.graph.dds_names import ros_endpoints
from roost_core.graph.snapshot import EndpointKind
from roost_introspection.collector import Collector
from roost_introspection.joining import NetworkAddress
from roost_introspection.participants import configuration, ParticipantWatch
from testbed.wait import eventually

STRANGE_NODE = Path(__file__).with_name('strange_node.py')
SOON_SEC = 30.0


class Sight:
    """A watch and a collector on one domain."""

    def __init__(self, domain):
        self.complaints = []
        self.changed = threading.Event()
        self.watch = ParticipantWatch(
            domain.id,
            discovery_range='LOCALHOST',
            static_peers=(),
            on_change=self.changed.set,
            complain=self.complaints.append,
        )
        self.noticed = threading.Event()
        self.collector = Collector(
            NetworkAddress(domain_id=domain.id, discovery_range='LOCALHOST'),
            name='looker',
            namespace='/',
            on_change=self.noticed.set,
        )

    def processes(self):
        return {each.process_id: each for each in self.watch.participants()}

    def seen(self):
        return ros_endpoints(self.collector.look().values())

    def endpoints(self):
        """Give what applications have; (node, kind, name) of each endpoint."""
        return Counter(
            (f'{each.node_namespace.rstrip("/")}/{each.node_name}', each.kind, each.name)
            for each in self.seen()
            if not each.type.startswith(('rcl_interfaces/', 'type_description_interfaces/'))
        )

    def close(self):
        self.watch.close()
        self.collector.close()


@pytest.fixture
def sight(domain):
    sight = Sight(domain)
    yield sight
    sight.close()
    assert sight.complaints == []


def test_host_and_process_of_a_participant_are_read(domain, sight):
    process = domain.nodes({'name': '/talker', 'pub': ['chatter']})

    found = eventually(lambda: sight.processes().get(process.pid), SOON_SEC)

    assert found.host_name == socket.gethostname()
    assert found.host_id
    eventually(lambda: found.gid_prefix in {each.gid_prefix for each in sight.seen()}, SOON_SEC)


def test_another_host_name_is_read(domain, sight):
    named = 'hostname roost-0123 && exec "$@"'
    unshare = ('unshare', '--user', '--map-root-user', '--uts', 'sh', '-c', named, 'sh')
    process = domain.nodes({'name': '/talker', 'pub': ['chatter']}, prefix=unshare)

    found = eventually(lambda: sight.processes().get(process.pid), SOON_SEC)

    assert found.host_name == 'roost-0123'


def test_starts_and_ends_wake_us(domain, sight):
    process = domain.nodes({'name': '/talker', 'pub': ['chatter']})
    gids = eventually(lambda: _agreed(sight, 'rt/chatter'), SOON_SEC, 'both discoveries agree')
    sight.changed.clear()

    sight.noticed.clear()

    process.end()

    assert sight.changed.wait(SOON_SEC)
    assert sight.noticed.wait(SOON_SEC)
    eventually(lambda: process.pid not in sight.processes(), SOON_SEC)
    eventually(
        lambda: (_agreed(sight) or gids) < gids, SOON_SEC, 'both know that the endpoints are gone'
    )


def _agreed(sight, topic=None):
    """Give the GUIDs of all endpoints once both discoveries know the same, and the topic."""
    by_ros, by_dds = sight.collector.look(), sight.watch.endpoints()
    if by_ros.keys() != by_dds.keys():
        return None
    nameless = {
        gid: replace(each, node_name='', node_namespace='') for gid, each in by_ros.items()
    }
    assert nameless == by_dds
    if topic and topic not in {each.topic for each in by_ros.values()}:
        return None
    return by_ros.keys()


def test_twins_and_many_nodes_in_a_process_are_told_apart(domain, sight):
    domain.nodes({'name': '/driver', 'pub': ['/left']}, {'name': '/ns/driver', 'sub': ['/left']})
    domain.nodes({'name': '/driver', 'pub': ['/right']})

    def seen():
        endpoints = sight.endpoints()
        assert endpoints[('/driver', EndpointKind.PUBLISHER, '/left')] == 1
        assert endpoints[('/driver', EndpointKind.PUBLISHER, '/right')] == 1
        assert endpoints[('/ns/driver', EndpointKind.SUBSCRIPTION, '/left')] == 1
        return True

    eventually(seen, SOON_SEC)
    prefix_of = {each.name: each.gid_prefix for each in sight.seen()}
    assert prefix_of['/left'] != prefix_of['/right']


def test_what_dds_tells_gets_the_nodes_that_ros_knows(domain, sight):
    domain.nodes({'name': '/driver', 'pub': ['/scan']}, {'name': '/mapper', 'sub': ['/scan']})
    domain.nodes({'name': '/viewer', 'sub': ['/scan'], 'call': ['/reset']})

    def all_told():
        assert _agreed(sight, 'rq/resetRequest')
        asked = sight.collector.look()
        assert all(each.node_told for each in asked.values())
        return asked

    asked = eventually(all_told, SOON_SEC)

    other = Collector(
        NetworkAddress(domain_id=domain.id, discovery_range='LOCALHOST'),
        name='other',
        namespace='/',
        on_change=lambda: None,
    )
    try:

        def same():
            told = other.look(sight.watch.endpoints())
            assert {gid: told.get(gid) for gid in asked} == asked
            return True

        eventually(same, SOON_SEC)
    finally:
        other.close()


@pytest.mark.parametrize('name', ['my-node', 'evil%FF%FE'], ids=['refused', 'undecodable'])
def test_a_name_that_no_node_can_have_hides_nobody_else(domain, sight, name):
    domain.nodes({'name': '/driver', 'pub': ['/scan']}, {'name': '/mapper', 'sub': ['/scan']})
    local = configuration(('lo',), ('127.0.0.1',), multicast=False)
    domain.start(str(STRANGE_NODE), name, CYCLONEDDS_URI=local).ready()
    stranger = eventually(lambda: _writers(sight, 'rt/chatter'), SOON_SEC)
    late = domain.nodes({'name': '/late', 'pub': ['/late']}, {'name': '/ear', 'sub': ['/chatter']})

    def seen():
        found = sight.collector.look(sight.watch.endpoints())
        owners = {
            (each.topic, each.writer): f'{each.node_namespace}{each.node_name}'
            for each in found.values()
        }
        assert owners.get(('rt/scan', True)) == '/driver'
        assert owners.get(('rt/scan', False)) == '/mapper'
        assert owners.get(('rt/late', True)) == '/late'
        assert ('rt/chatter', False) in owners
        assert stranger <= found.keys()
        return True

    eventually(seen, SOON_SEC)

    late.end()
    eventually(lambda: not _writers(sight, 'rt/late', sight.collector.look), SOON_SEC)


def _writers(sight, topic, look=None):
    found = (look or sight.watch.endpoints)()
    return {gid for gid, each in found.items() if each.topic == topic and each.writer}


def test_a_native_network_is_seen_after_a_routed_one(domain):
    """Fast DDS keeps what it once read of the environment."""
    domain.nodes({'name': '/talker', 'pub': ['chatter']})
    native = NetworkAddress(domain_id=domain.id, discovery_range='LOCALHOST')
    routed = replace(native, discovery_server='127.0.0.1:11811')
    names = {'name': 'looker', 'namespace': '/', 'on_change': lambda: None}
    Collector(routed, **names).close()

    collector = Collector(native, **names)

    try:
        eventually(
            lambda: 'rt/chatter' in {each.topic for each in collector.look().values()}, SOON_SEC
        )
    finally:
        collector.close()


def test_services_and_actions_are_single_endpoints(domain, sight):
    domain.nodes(
        {'name': '/server', 'serve': ['/reset'], 'act': ['/drive']},
        {'name': '/client', 'call': ['/reset'], 'ask': ['/drive']},
    )
    expected = Counter(
        {
            ('/server', EndpointKind.SERVICE_SERVER, '/reset'): 1,
            ('/client', EndpointKind.SERVICE_CLIENT, '/reset'): 1,
            ('/server', EndpointKind.ACTION_SERVER, '/drive'): 1,
            ('/client', EndpointKind.ACTION_CLIENT, '/drive'): 1,
        }
    )

    def seen():
        assert sight.endpoints() == expected
        return True

    eventually(seen, SOON_SEC)
    types = {each.name: each.type for each in sight.seen()}
    assert types['/drive'] == 'roost_interfaces/action/DeployAndWait'
    assert types['/reset'] == 'std_srvs/srv/Trigger'


def test_configuration_quotes_what_it_is_given():
    text = configuration(('lo',), ('a"&b',), False)

    assert "<Peer Address='a\"&amp;b'/>" in text
    assert '<AllowMulticast>false<' in text
