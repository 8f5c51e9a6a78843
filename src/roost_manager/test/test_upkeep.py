# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The services about what is kept beside deployments, called without a wire."""

from manager_rig import deployment, manifest, package
import pytest

from roost_core.config import ConfigSpec
from roost_core.secret import SecretRecord, SecretType
from roost_interfaces import msg
from roost_manager import configs
from roost_manager.ros_api.requests import Requests
from roost_manager.ros_api.upkeep import Upkeep


class Api:
    """The services by name."""

    def __init__(self, rig):
        requests, upkeep = Requests(rig.manager, logger=None), Upkeep(rig.manager)
        self._services = {
            name: (kind, requests.answering(handler))
            for name, (kind, handler) in upkeep.questions().items()
        } | {
            name: (kind, requests.changing(handler))
            for name, (kind, handler) in upkeep.changes().items()
        }

    def __getattr__(self, name):
        kind, serve = self._services[name]
        return lambda **values: serve(kind.Request(**values), kind.Response())


@pytest.fixture
def api(rig):
    """Give the services of a manager that has one of everything."""
    rig.device()
    rig.apply(package(), deployment('camera'), deployment('lidar', 'camera'))
    rig.settle()
    for name in ('db', 'other'):
        record = SecretRecord(
            name=name,
            labels={'of': name},
            type=SecretType.OPAQUE,
            keys=('password',),
            digest='d',
            sealed='c2VhbGVk',
            version=3,
            changed_at=5.0,
        )
        rig.work(lambda work, record=record: work.resources.put_secret(record))
    files = {'a.yaml': b'x' * 3000, 'b/c.yaml': b'y'}
    spec = ConfigSpec(name='params', labels={'site': 'lab'}, files=files)
    rig.work(lambda work: configs.apply(work, spec))
    return Api(rig)


def ref(kind, name, version=''):
    return msg.ResourceRef(kind=kind, name=name, version=version)


def test_secrets_are_listed_without_their_values(api):
    answer = api.list_secrets()

    assert [each.name for each in answer.secrets] == ['db', 'other']
    first = answer.secrets[0]
    assert (first.type, first.keys, first.version) == ('opaque', ['password'], 3)
    assert (first.changed_at.sec, first.used_by) == (5, [])
    assert 'c2VhbGVk' not in str(answer)
    assert [each.name for each in api.list_secrets(selector='of=other').secrets] == ['other']
    assert [each.name for each in api.list_secrets(name='db').secrets] == ['db']
    assert "did you mean 'other'" in api.list_secrets(name='othr').result.message


def test_configs_are_listed_and_read(rig, api):
    (config,) = api.list_configs(selector='site=lab').configs
    assert (config.files, config.size_bytes) == (['a.yaml', 'b/c.yaml'], 3001)
    assert api.list_configs(selector='site=home').configs == []
    assert api.list_configs(selector='=lab').result.code == 'INVALID'

    first = api.read_config(digest=config.digest, max_bytes=1000)
    rest = api.read_config(digest=config.digest, offset=1000)

    packed = bytes(first.data) + bytes(rest.data)
    assert len(first.data) == 1000
    assert packed == rig.store.content(config.digest)
    assert first.total_bytes == rest.total_bytes == len(packed)
    assert api.read_config(digest='none').result.code == 'NOT_FOUND'


def test_things_are_deleted_by_name_and_by_manifest(rig, api):
    files = [msg.ManifestFile(name='a.yaml', text=manifest(deployment('lidar')))]
    named = [ref('Secret', 'db'), ref('Deployment', 'camera'), ref('Package', 'pack')]

    first = api.delete(files=files, resources=named, request_id='r1')

    assert first.result.ok, first.result.message
    assert [(each.kind, each.name, each.version) for each in first.changes] == [
        ('Deployment', 'lidar', ''),
        ('Deployment', 'camera', ''),
        ('Secret', 'db', ''),
        ('Package', 'pack', '1'),
    ]
    assert {each.action for each in first.changes} == {msg.ResourceChange.ACTION_DELETE}
    rig.settle()
    assert api.delete(files=files, resources=named, request_id='r1') == first
    assert (rig.states(), list(rig.fleet.secrets), rig.fleet.packages) == ({}, ['other'], {})


def test_a_dry_run_of_a_deletion_changes_nothing(rig, api):
    answer = api.delete(resources=[ref('Secret', 'db')], dry_run=True, request_id='r1')

    assert answer.result.ok
    assert [each.action for each in answer.changes] == [msg.ResourceChange.ACTION_DELETE]
    assert 'db' in rig.fleet.secrets
    assert api.delete(resources=[ref('Secret', 'db')], request_id='r1').result.ok
    assert 'db' not in rig.fleet.secrets


@pytest.mark.parametrize(
    ('asked', 'code'),
    [
        ({}, 'INVALID'),
        ({'resources': [ref('Thing', 'db')]}, 'INVALID'),
        ({'resources': [ref('Secret', 'db', '1')]}, 'INVALID'),
        ({'resources': [ref('Secret', 'dc')]}, 'NOT_FOUND'),
        ({'resources': [ref('Deployment', 'camera')]}, 'REFUSED'),
        ({'resources': [ref('Package', 'pack')]}, 'CONFLICT'),
    ],
)
def test_refused_deletions_change_nothing(rig, api, asked, code):
    answer = api.delete(**asked)

    assert (answer.result.ok, answer.result.code) == (False, code)
    assert len(rig.fleet.secrets) == 2
    assert not any(each.deprovisioning for each in rig.fleet.deployments.values())


def test_a_device_is_forgotten_once(rig, api):
    refused = api.forget_device(device='rover1')
    forgotten = api.forget_device(device='rover1', force=True, request_id='r1')
    again = api.forget_device(device='rover1', force=True, request_id='r1')

    assert refused.result.code == 'REFUSED'
    assert len(refused.result.problems) == 2
    assert forgotten.deployments == ['camera', 'lidar']
    assert forgotten == again
    assert api.forget_device(device='rover1').result.code == 'NOT_FOUND'
    assert rig.fleet.devices == {}
