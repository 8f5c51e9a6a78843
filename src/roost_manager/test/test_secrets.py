# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Secrets: how they come in, how they are kept, and what devices are told."""

import base64
from dataclasses import replace
import json

from manager_rig import deployment
import pytest

from roost_core.document import canonical_json
from roost_core.secret import SecretOffer, SecretType
from roost_manager.plan import Action
from roost_manager.secrets import MAX_SECRET_BYTES, Secrets
from roost_wire.sealing import seal
from roost_wire.signing import SigningKey

PACKAGE = """
apiVersion: roost/v1
kind: Package
metadata: {name: pack, version: '1'}
spec:
  components:
    - name: main
      runtime: device
      environment: [{name: PASSWORD, valueFrom: {secret: {name: db, key: password}}}]
      executables: [{name: run, image: 'run:1', pullSecret: registry}]
"""
LOGIN = {'registry': 'registry.local', 'username': 'ann', 'password': 'hunter2'}


@pytest.fixture
def key(tmp_path):
    return SigningKey.load_or_create(tmp_path / 'manager.key')


@pytest.fixture
def device_key(tmp_path):
    return SigningKey.load_or_create(tmp_path / 'device.key')


@pytest.fixture
def secrets(rig, key):
    return Secrets(rig.fleet, key)


@pytest.fixture
def offer(key):
    """Make offers as a client does."""

    def make(name='db', content=None, **values):
        body = canonical_json(content if content is not None else data(password='hunter2'))
        offered = SecretOffer(
            name=name,
            type='opaque',
            key_id=key.key_id,
            sealed=seal(key.key_id, body),
            file='a.yaml',
            line=3,
        )
        return replace(offered, **values)

    return make


def data(**values):
    return {'data': values}


def apply(rig, secrets, *offers):
    """Apply secrets, which must be right; give what is done with them."""

    def do(work):
        changes, problems = secrets.apply(work, offers)
        assert problems == []
        return [change.action for change in changes]

    return rig.work(do)


def refused(rig, secrets, *offers):
    changes, problems = secrets.apply(rig.manager.begin(), offers)
    assert changes[-1].action is Action.REFUSE
    assert all('hunter2' not in str(problem) for problem in problems)
    return [str(problem) for problem in problems]


def test_a_secret_is_kept_sealed(rig, secrets, offer, key):
    assert apply(rig, secrets, offer(labels={'site': 'lab'})) == [Action.CREATE]

    rig.restart()
    record = rig.fleet.secrets['db']
    assert (record.version, record.keys, record.labels) == (1, ('password',), {'site': 'lab'})
    assert key.unseal(base64.b64decode(record.sealed)) == b'{"data":{"password":"hunter2"}}'
    assert 'hunter2' not in rig.path.read_bytes().decode(errors='replace')
    assert 'sealed' not in repr(record)


def test_the_same_secret_sealed_anew_is_unchanged(rig, secrets, offer):
    apply(rig, secrets, offer())
    before = rig.fleet.secrets['db']

    assert apply(rig, secrets, offer()) == [Action.UNCHANGED]

    assert rig.fleet.secrets['db'] == before


def test_other_values_are_another_version_and_other_labels_are_not(rig, secrets, offer):
    apply(rig, secrets, offer())

    assert apply(rig, secrets, offer(content=data(password='new'))) == [Action.UPDATE]
    assert rig.fleet.secrets['db'].version == 2
    again = offer(content=data(password='new'), labels={'site': 'lab'})
    assert apply(rig, secrets, again) == [Action.UPDATE]
    assert rig.fleet.secrets['db'].version == 2


def test_a_login_is_kept_with_its_registry(rig, secrets, offer):
    apply(rig, secrets, offer('registry', LOGIN, type='docker'))

    record = rig.fleet.secrets['registry']
    assert (record.type, record.registry, record.keys) == (SecretType.DOCKER, 'registry.local', ())


def test_what_is_sealed_to_another_manager_is_refused(rig, secrets, offer, device_key):
    other = device_key.key_id
    sealed = seal(other, canonical_json(data(password='hunter2')))

    assert refused(rig, secrets, offer(key_id=other, sealed=sealed)) == [
        'a.yaml:3: Secret/db: it is sealed to another manager; run it again'
    ]
    assert 'does not unseal it' in refused(rig, secrets, offer(sealed=sealed))[0]


@pytest.mark.parametrize(
    ('content', 'type'),
    [
        ({'data': {}}, 'opaque'),
        ({'data': {'password': 1}}, 'opaque'),
        ({'data': {'': 'hunter2'}}, 'opaque'),
        ({'data': {'password': 'hunter2\0'}}, 'opaque'),
        ({'data': {'password': 'hunter2'}, 'more': 1}, 'opaque'),
        (['hunter2'], 'opaque'),
        (LOGIN, 'opaque'),
        (data(password='hunter2'), 'docker'),
        (LOGIN | {'password': None}, 'docker'),
    ],
)
def test_a_wrong_shape_is_refused(rig, secrets, offer, content, type):
    (problem,) = refused(rig, secrets, offer(content=content, type=type))

    assert 'is no secret of its type' in problem


def test_what_is_no_json_or_no_text_is_refused(rig, secrets, offer, key):
    for body in (b'hunter2', b'\xff', b'{"data":{"password":"\\ud800"}}'):
        (problem,) = refused(rig, secrets, offer(sealed=seal(key.key_id, body)))
        assert 'is no secret of its type' in problem


def test_names_types_sizes_and_twins_are_checked(rig, secrets, offer):
    assert 'its name cannot be one' in refused(rig, secrets, offer('No Name'))[0]
    assert 'one of opaque, docker' in refused(rig, secrets, offer(type='tls'))[0]
    assert (
        'larger than 64' in refused(rig, secrets, offer(sealed=b'x' * MAX_SECRET_BYTES + b'x'))[0]
    )
    assert 'it is there twice' in refused(rig, secrets, offer(), offer())[0]


def deployed(rig, secrets, offer):
    rig.device()
    apply(rig, secrets, offer(), offer('registry', LOGIN, type='docker'))
    rig.apply(PACKAGE, deployment('camera'))
    rig.settle()


def test_a_value_that_is_used_may_not_go_nor_its_type_change(rig, secrets, offer):
    deployed(rig, secrets, offer)

    assert refused(rig, secrets, offer(content=data(user='ann'))) == [
        "a.yaml:3: Secret/db: 'camera' uses its value password; keep it"
    ]
    assert 'used by camera' in refused(rig, secrets, offer('registry'))[0]


def test_a_new_version_is_told_to_the_devices_that_use_it_and_to_no_others(rig, secrets, offer):
    deployed(rig, secrets, offer)
    rig.device('rover2')
    rig.forget_told()

    apply(rig, secrets, offer(content=data(password='new')))

    assert rig.told_devices() == ['rover1']
    apply(rig, secrets, offer(content=data(password='new'), labels={'site': 'lab'}))
    assert rig.told_devices() == []


def test_after_a_restart_secrets_are_other_bytes_under_another_revision(rig, secrets, offer):
    deployed(rig, secrets, offer)
    rig.device('rover2')
    before = {name: each.revision for name, each in rig.fleet.devices.items()}

    rig.restart()

    after = {name: each.revision for name, each in rig.fleet.devices.items()}
    assert after == {'rover1': before['rover1'] + 1, 'rover2': before['rover2']}


def test_a_device_can_open_what_it_is_told_and_hears_the_same_until_it_changes(
    rig, secrets, offer, device_key
):
    deployed(rig, secrets, offer)

    first = secrets.sealed_for(device_key.key_id, ['registry', 'db', 'db', 'gone'])

    assert [(each.name, each.version) for each in first] == [('db', 1), ('registry', 1)]
    opened = [json.loads(device_key.unseal(base64.b64decode(each.sealed))) for each in first]
    assert opened == [data(password='hunter2'), LOGIN]
    assert secrets.sealed_for(device_key.key_id, ['db', 'registry']) == first
    apply(rig, secrets, offer(content=data(password='new')))
    changed, same = secrets.sealed_for(device_key.key_id, ['db', 'registry'])
    assert (changed.version, same) == (2, first[1])


def test_a_key_that_nothing_can_be_sealed_to_gets_nothing(rig, secrets, offer):
    apply(rig, secrets, offer())

    assert secrets.sealed_for('ed25519:' + 'A' * 43, ['db']) == ()
