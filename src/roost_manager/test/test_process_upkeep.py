# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Secrets, configs, deletion and forgetting, over the wire to the real process of the manager."""

import base64

from manager_process import Client, DEADLINE_SEC, ManagerProcess, Robot
from manager_rig import deployment, manifest
import pytest

from roost_core.config import unpack
from roost_core.document import canonical_json
from roost_interfaces import msg
from roost_wire.sealing import seal
from roost_wire.signing import SigningKey
from testbed.wait import eventually

PACKAGE = """
apiVersion: roost/v1
kind: Package
metadata: {name: pack, version: '1'}
spec:
  components:
    - name: main
      runtime: device
      environment: [{name: PASSWORD, valueFrom: {secret: {name: db, key: password}}}]
      executables: [{name: run, image: 'run:1'}]
"""
CONFIG = """
apiVersion: roost/v1
kind: Config
metadata: {name: params}
spec:
  files: {a.yaml: 'speed: 1'}
"""
VALUE = 'hunter2'


@pytest.fixture
def manager(tmp_path, domain_id):
    manager = ManagerProcess(tmp_path, domain_id).start()
    yield manager
    manager.close()


@pytest.fixture
def client(domain_id, manager):
    client = Client(domain_id)
    yield client
    client.close()


@pytest.fixture
def robot(client, tmp_path):
    robot = Robot(client, tmp_path)
    eventually(lambda: devices(client) == ['rover1'], DEADLINE_SEC)
    return robot


def devices(client):
    return [each.name for each in client.call('list_devices').devices if each.liveness == 1]


def files(*documents):
    return [msg.ManifestFile(name='a.yaml', text=manifest(*documents))]


def apply(client, manager, *documents):
    key_id = SigningKey.load_or_create(manager.state_dir / 'manager.key').key_id
    sealed = seal(key_id, canonical_json({'data': {'password': VALUE}}))
    secret = msg.SealedSecret(name='db', type='opaque', key_id=key_id, sealed=list(sealed))
    answer = client.call('apply', files=files(*documents), secrets=[secret])
    assert answer.result.ok, answer.result.message


def deployments(client):
    return [each.name for each in client.call('list_deployments').deployments]


def test_a_secret_reaches_the_one_device_that_needs_it_and_nobody_else(client, robot, manager):
    apply(client, manager, PACKAGE, deployment('camera'))

    state = eventually(
        lambda: robot.states and robot.states[-1].secrets and robot.states[-1], DEADLINE_SEC
    )

    (told,) = state.secrets
    opened = robot.key.unseal(base64.b64decode(told.sealed))
    assert opened == canonical_json({'data': {'password': VALUE}})
    assert VALUE not in repr(state)
    (listed,) = client.call('list_secrets').secrets
    assert (listed.used_by, listed.keys) == (['camera'], ['password'])
    manager.end()
    for file in manager.state_dir.iterdir():
        assert VALUE.encode() not in file.read_bytes()
    assert VALUE not in manager.log


def test_a_config_is_read_by_its_digest(client, robot, manager):
    apply(client, manager, CONFIG)

    (config,) = client.call('list_configs').configs
    answer = client.call('read_config', digest=config.digest)

    assert unpack(bytes(answer.data)) == {'a.yaml': b'speed: 1'}


def test_everything_that_was_applied_is_deleted_again(client, robot, manager):
    documents = (PACKAGE, CONFIG, deployment('camera'))
    apply(client, manager, *documents)
    eventually(lambda: robot.states and robot.states[-1].keep, DEADLINE_SEC)

    secret = msg.ResourceRef(kind='Secret', name='db')
    answer = client.call('delete', files=files(*documents), resources=[secret])

    assert answer.result.ok, answer.result.message
    eventually(lambda: not deployments(client), DEADLINE_SEC)
    assert client.call('list_packages').packages == []
    assert client.call('list_secrets').secrets == []
    assert client.call('list_configs').configs == []
    found = client.call('list_deployments', include_stopped=True).deployments
    assert [each.name for each in found] == ['camera']


def test_a_device_that_is_forgotten_returns_and_removes_what_it_owes(client, robot, manager):
    apply(client, manager, PACKAGE, deployment('camera'))
    eventually(lambda: robot.device.instances, DEADLINE_SEC)

    refused = client.call('forget_device', device='rover1')
    assert [each.message for each in refused.result.problems] == [
        'deployed on rover1: camera',
        'rover1 is online and would register again with its next report',
    ]
    answer = client.call('forget_device', device='rover1', force=True)

    assert answer.deployments == ['camera']
    assert deployments(client) == []
    eventually(lambda: not robot.device.instances, DEADLINE_SEC, 'what was there is removed')
    eventually(lambda: devices(client) == ['rover1'], DEADLINE_SEC)
    eventually(lambda: not robot.states[-1].remove, DEADLINE_SEC, 'the removal is confirmed')
    apply(client, manager, deployment('lidar'))
    eventually(lambda: robot.states[-1].keep, DEADLINE_SEC)
