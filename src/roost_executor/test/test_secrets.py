# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Secrets on the device."""

from __future__ import annotations

import base64
import traceback

import pytest

from roost_core import error_codes
from roost_core.document import canonical_json
from roost_core.instance import InstanceSpec
from roost_core.package import DeviceRuntime, SecretKeyRef
from roost_core.secret import SealedSecret, SecretType
from roost_executor.runtimes.contract import RuntimeFault
from roost_executor.secrets import Secrets
from roost_wire.sealing import seal
from roost_wire.signing import SigningKey

VALUE = 'correct horse battery staple'


@pytest.fixture
def key(tmp_path) -> SigningKey:
    return SigningKey.load_or_create(tmp_path / 'device.key')


@pytest.fixture
def secrets(key) -> Secrets:
    return Secrets(key.unseal)


def sealed(key, name='camera', *, body=None, type=SecretType.OPAQUE, version=1) -> SealedSecret:
    text = canonical_json(body if body is not None else {'data': {'token': VALUE}})
    return SealedSecret(
        name=name,
        version=version,
        type=type,
        sealed=base64.b64encode(seal(key.key_id, text)).decode(),
    )


def login(key, registry='registry:5000', **body) -> SealedSecret:
    content = {'registry': registry, 'username': 'me', 'password': VALUE, **body}
    return sealed(key, 'hub', body=content, type=SecretType.DOCKER)


def wanting(name='camera', key='token') -> InstanceSpec:
    return InstanceSpec(
        runtime=DeviceRuntime.DOCKER,
        secret_environment={'TOKEN': SecretKeyRef(name=name, key=key)},
    )


def refusal(call, *arguments) -> str:
    with pytest.raises(RuntimeFault) as refused:
        call(*arguments)
    assert refused.value.code == error_codes.SECRET_MISSING
    told = ''.join(traceback.format_exception(refused.value)) + repr(refused.value.reason)
    assert VALUE not in told
    assert 'me' not in refused.value.text.split()
    return refused.value.text


def test_what_no_variable_can_hold_is_not_shown(key, secrets):
    secrets.learn([sealed(key, body={'data': {'token': f'{VALUE}\0'}})])
    assert 'has a NUL' in refusal(secrets.environment, wanting())


def test_a_value_is_opened_for_who_needs_it(key, secrets):
    assert secrets.learn([sealed(key)])
    assert secrets.environment(wanting()) == {'TOKEN': VALUE}
    assert secrets.environment(InstanceSpec(runtime=DeviceRuntime.DOCKER)) == {}


def test_a_changed_secret_is_news(key, secrets):
    first = sealed(key)
    assert secrets.learn([first])
    assert not secrets.learn([first])
    assert secrets.learn([sealed(key, body={'data': {'token': 'new'}}, version=2)])
    assert secrets.environment(wanting()) == {'TOKEN': 'new'}
    assert secrets.learn([])
    assert "secret 'camera' is not here" in refusal(secrets.environment, wanting())


def test_a_value_that_is_not_in_it_is_named(key, secrets):
    secrets.learn([sealed(key)])
    assert refusal(secrets.environment, wanting(key='pin')) == (
        "secret 'camera' has no value 'pin', which TOKEN needs: apply the secret with it"
    )


@pytest.mark.parametrize('body', [[VALUE], {'data': VALUE}, {'data': {'token': [VALUE]}}, {}])
def test_what_is_in_it_and_makes_no_sense_is_not_told(key, secrets, body):
    secrets.learn([sealed(key, body=body)])
    refusal(secrets.environment, wanting())


def test_a_secret_of_another_device_cannot_be_opened(key, secrets, tmp_path):
    other = SigningKey.load_or_create(tmp_path / 'other.key')
    secrets.learn([sealed(other)])
    assert 'cannot be opened with the key of this device' in refusal(
        secrets.environment, wanting()
    )


@pytest.mark.parametrize('text', ['', '?', 'AAAA'])
def test_what_was_never_sealed(secrets, text):
    secrets.learn([SealedSecret(name='camera', version=1, type=SecretType.OPAQUE, sealed=text)])
    refusal(secrets.environment, wanting())


@pytest.mark.parametrize(
    ('registry', 'image'),
    [
        ('registry:5000', 'registry:5000/camera:1'),
        ('https://registry:5000/v2/', 'registry:5000/camera:1'),
        ('docker.io', 'me/camera'),
        ('https://index.docker.io/v1/', 'camera'),
    ],
)
def test_a_login_is_for_its_registry(key, secrets, registry, image):
    secrets.learn([login(key, registry)])
    auth = secrets.login(image, 'hub')
    assert (auth.username, auth.password) == ('me', VALUE)
    assert VALUE not in repr(auth)


def test_a_login_is_told_to_no_other_registry(key, secrets):
    secrets.learn([login(key)])
    assert 'is for the registry registry:5000, and image camera:1 comes from docker.io' in (
        refusal(secrets.login, 'camera:1', 'hub')
    )


def test_a_login_is_no_value_and_a_value_no_login(key, secrets):
    secrets.learn([login(key), sealed(key)])
    assert 'is of the type docker, needed is opaque' in refusal(
        secrets.environment, wanting('hub', 'password')
    )
    assert 'is of the type opaque, needed is docker' in refusal(secrets.login, 'camera', 'camera')


def test_a_login_without_a_name(key, secrets):
    secrets.learn([login(key, username=None)])
    assert 'holds no login' in refusal(secrets.login, 'registry:5000/camera', 'hub')
