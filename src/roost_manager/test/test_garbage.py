# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Garbage on every topic, service and action of the manager never hurts it."""

import itertools
import random
import re
import time

from manager_process import Client, DEADLINE_SEC, ManagerProcess, Robot
from manager_rig import Device
import pytest
from rclpy.action import ActionClient

from roost_interfaces import action, msg, srv
from roost_manager.node import TICK_SEC
from roost_wire import qos
from roost_wire.envelope import seal_report
from roost_wire.signing import SigningKey
from testbed.wait import eventually

SERVICES = {
    'apply': srv.Apply,
    'create_deployment': srv.CreateDeployment,
    'deprovision': srv.Deprovision,
    'recover': srv.Recover,
    'list_deployments': srv.ListDeployments,
    'get_deployment': srv.GetDeployment,
    'list_packages': srv.ListPackages,
    'get_package': srv.GetPackage,
    'list_devices': srv.ListDevices,
    'get_device': srv.GetDevice,
    'list_events': srv.ListEvents,
    'explain': srv.Explain,
    'update': srv.Update,
    'cancel_update': srv.CancelUpdate,
    'restart': srv.Restart,
    'stop': srv.Stop,
    'start': srv.Start,
    'delete': srv.Delete,
    'forget_device': srv.ForgetDevice,
    'get_history': srv.GetHistory,
    'list_networks': srv.ListNetworks,
    'list_volumes': srv.ListVolumes,
    'list_secrets': srv.ListSecrets,
    'list_configs': srv.ListConfigs,
    'read_config': srv.ReadConfig,
}
ACTIONS = {
    'deploy_and_wait': action.DeployAndWait,
    'deprovision_and_wait': action.DeprovisionAndWait,
    'update_and_wait': action.UpdateAndWait,
}
TEXTS = [
    '',
    ' ',
    '\n',
    '../../etc/passwd',
    "'; DROP TABLE deployments; --",
    '\u202e\U0001f600\ufffd',
    '{}',
    '- &a [*a]',
    'a' * 63,
    'x' * 100_000,
    'rover1',
    '=,!=,,',
]
INTEGERS = {'uint8': 8, 'uint16': 16, 'uint32': 32, 'uint64': 64}
ROUNDS = 12


class Rubbish:
    """Random content for messages of any type."""

    def __init__(self, seed):
        self._chance = random.Random(seed)

    def fill(self, message):
        for name, kind in message.get_fields_and_field_types().items():
            setattr(message, name, self.value(kind))
        return message

    def value(self, kind):
        chance = self._chance
        sequence = re.fullmatch(r'sequence<(.+)>', kind)
        if sequence and sequence[1] == 'uint8':
            return list(chance.randbytes(chance.choice([0, 1, 64, 5000])))
        if sequence:
            return [self.value(sequence[1]) for _ in range(chance.choice([0, 1, 3]))]
        if kind == 'string':
            return chance.choice(TEXTS)
        if kind == 'boolean':
            return chance.random() < 0.5
        if kind in INTEGERS:
            return chance.choice([0, 1, 2 ** INTEGERS[kind] - 1])
        if kind in ('double', 'float'):
            return chance.choice([0.0, -1.0, 1e30, float('nan'), float('inf')])
        if kind == 'int32':
            return chance.choice([0, -(2**31), 2**31 - 1])
        package, name = kind.split('/')
        assert package == 'roost_interfaces', kind
        return self.fill(getattr(msg, name)())


@pytest.fixture
def manager(tmp_path, domain_id):
    """Give a manager that serves."""
    manager = ManagerProcess(tmp_path, domain_id).start()
    yield manager
    manager.close()


@pytest.fixture
def client(domain_id):
    """Give a node on the manager's domain."""
    client = Client(domain_id)
    yield client
    client.close()


def is_well(client, manager):
    assert client.call('list_deployments').result.ok
    assert client.call('list_devices').result.ok
    assert manager.child.poll() is None
    assert 'Traceback' not in manager.log


def test_services_answer_anything(client, manager, tmp_path):
    Robot(client, tmp_path)
    for name, kind in SERVICES.items():
        rubbish = Rubbish(name)
        for _ in range(ROUNDS):
            answer = client.call(name, rubbish.fill(kind.Request()))
            assert answer.result.code != 'INTERNAL', answer.result.message
            assert answer.result.ok or answer.result.message

    is_well(client, manager)


def test_actions_end_whatever_they_are_asked(client, manager):
    for name, kind in ACTIONS.items():
        rubbish = Rubbish(name)
        actions = ActionClient(client.node, kind, f'/roost/deployment_manager/{name}')
        eventually(actions.server_is_ready, DEADLINE_SEC)
        for _ in range(ROUNDS):
            goal = rubbish.fill(kind.Goal())
            goal.timeout_sec = 0.1
            handle = client.send(actions, goal)
            client.result(handle.get_result_async)

    is_well(client, manager)


def test_topics_may_carry_anything(client, manager, tmp_path):
    Robot(client, tmp_path)
    for topic, kind, profile in (
        ('/roost/device_reports', msg.Envelope, qos.REPORT_WRITER),
        ('/roost/device_heartbeats', msg.Heartbeat, qos.HEARTBEAT),
    ):
        publisher = client.publisher(kind, topic, profile)
        rubbish = Rubbish(topic)
        for _ in range(ROUNDS * 4):
            publisher.publish(rubbish.fill(kind()))

    is_well(client, manager)
    eventually(lambda: client.call('list_devices').devices, DEADLINE_SEC)
    assert [each.name for each in client.call('list_devices').devices] == ['rover1']


def test_a_flood_of_heartbeats_makes_no_flood_of_requests(client, manager):
    asked = client.listen(msg.ReportRequest, '/roost/report_requests', qos.REQUESTS)
    beats = client.publisher(msg.Heartbeat, '/roost/device_heartbeats', qos.HEARTBEAT)
    began = time.monotonic()
    numbers = itertools.count()

    def beat():
        for _ in range(100):  # a flood on a busy machine, too
            beats.publish(msg.Heartbeat(device='ghost', key_id='x', sequence=next(numbers)))
        return len(asked) >= 3

    eventually(beat, DEADLINE_SEC, 'three requests', period_sec=0.001)
    is_well(client, manager)
    assert next(numbers) > 20 * len(asked)
    assert len(asked) <= 2 + (time.monotonic() - began) / TICK_SEC


def test_signed_reports_may_hold_anything(client, manager, tmp_path):
    key = SigningKey.load_or_create(tmp_path / 'key')
    publisher = client.publisher(msg.Envelope, '/roost/device_reports', qos.REPORT_WRITER)
    whole = seal_report(Device('rover1').report(), key)
    bodies = [
        b'',
        b'null',
        b'[' * 100_000,
        b'{"device":"rover1"}',
        bytes(whole.body).replace(b'"incarnation":1', b'"incarnation":1e400'),
        bytes(whole.body).replace(b'"sequence":1', b'"sequence":-5'),
        bytes(whole.body).replace(b'rover1', b'\xff\xfe'),
        bytes(whole.body).replace(b'rover1', rb'\ud800'),
        bytes(whole.body).replace(b'"amd64"', b'[]'),
        bytes(whole.body) * 20_000,
    ]
    for body in bodies:
        whole.body = body
        whole.signature = key.sign(body)
        publisher.publish(whole)

    is_well(client, manager)
    assert client.call('list_devices').devices == []


def test_a_beacon_of_anything_does_not_end_it(client, manager):
    publisher = client.publisher(msg.ManagerBeacon, '/roost/manager_beacon', qos.LATCHED)
    rubbish = Rubbish('beacon')
    for _ in range(ROUNDS):
        beacon = rubbish.fill(msg.ManagerBeacon())
        beacon.serving_sec = -abs(beacon.serving_sec)
        publisher.publish(beacon)

    is_well(client, manager)
