# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What must be so before an instance is created, seen through a whole supervisor."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from supervisor_rig import Device, updated, wanted

from roost_core import error_codes
from roost_core.config import digest_of, pack
from roost_core.document import canonical_json
from roost_core.instance import Mount, MountKind
from roost_core.package import SecretKeyRef
from roost_core.policy import DevicePolicy
from roost_core.secret import SealedSecret, SecretType
from roost_core.status import ReasonKind, Status
from roost_executor.cancellation import Cancellation
from roost_executor.configs import Configs, ConfigUnavailable
from roost_executor.preparation import Preparation
from roost_executor.runtimes.contract import FinalFault, RuntimeFault
from roost_executor.secrets import Secrets
from roost_wire.sealing import seal
from roost_wire.signing import SigningKey

NAV = pack({'nav.yaml': b'speed: 1\n'})


def with_spec(item, **fields):
    return replace(item, spec=replace(item.spec, **fields))


def mount(kind, source):
    return Mount(kind=kind, name='maps', source=str(source), target='/maps')


def fault_of(preparation, item) -> RuntimeFault:
    with pytest.raises(RuntimeFault) as refused:
        preparation.prepare(item, cancellation=Cancellation(), tell=lambda reason: None)
    return refused.value


def prepare(preparation, item) -> None:
    preparation.prepare(item, cancellation=Cancellation(), tell=lambda reason: None)


def test_a_refusal_names_the_rules(tmp_path):
    fault = fault_of(Preparation(), with_spec(wanted('camera'), privileged=True, cap_add=('ALL',)))
    assert fault.code == error_codes.POLICY_FORBIDS
    assert 'privileged: ' in fault.text
    assert 'capabilities: ALL' in fault.text


def test_a_host_path_may_not_lead_out_of_what_is_allowed(tmp_path):
    (tmp_path / 'data').mkdir()
    (tmp_path / 'other').mkdir()
    (tmp_path / 'data' / 'out').symlink_to(tmp_path / 'other')
    preparation = Preparation(
        rules=DevicePolicy(host_paths=(str(tmp_path / 'data'),)), state_dir=tmp_path
    )
    asked = wanted('camera')
    prepare(preparation, with_spec(asked, mounts=(mount(MountKind.HOST, tmp_path / 'data'),)))
    out = with_spec(asked, mounts=(mount(MountKind.HOST, tmp_path / 'data' / 'out'),))
    fault = fault_of(preparation, out)
    assert (fault.code, 'leads to' in fault.text) == (error_codes.POLICY_FORBIDS, True)
    assert not isinstance(fault, FinalFault)  # the link may lead elsewhere some day


def test_a_folder_that_is_allowed_may_be_a_link_itself(tmp_path):
    (tmp_path / 'disk').mkdir()
    (tmp_path / 'data').symlink_to(tmp_path / 'disk')
    preparation = Preparation(rules=DevicePolicy(host_paths=(str(tmp_path / 'data'),)))
    prepare(preparation, with_spec(wanted('camera'), directory=str(tmp_path / 'data')))


def test_what_cannot_be_mounted_is_told_before_anything_is_stopped(tmp_path):
    lost = with_spec(wanted('camera'), mounts=(mount(MountKind.VOLUME, 'lost-1'),))
    assert fault_of(Preparation(state_dir=tmp_path), lost).code == error_codes.MOUNT_FAILED


class Prepared(Device):
    """A device with a policy, a key and a manager that has configs."""

    def __init__(self, tmp_path) -> None:
        super().__init__(tmp_path)
        self.key = SigningKey.load_or_create(tmp_path / 'device.key')
        self.secrets = Secrets(self.key.unseal)
        self.away = False
        self.preparation = Preparation(
            rules=DevicePolicy(registries=('docker.io',)),
            secrets=self.secrets,
            configs=Configs(tmp_path / 'configs', read=self.read),
        )

    def read(self, digest, offset):
        if self.away:
            raise ConfigUnavailable('the manager does not answer')
        return NAV[offset:], len(NAV)

    def seal(self, name, body, type=SecretType.OPAQUE) -> None:
        text = base64.b64encode(seal(self.key.key_id, canonical_json(body))).decode()
        self.secrets.learn([SealedSecret(name=name, version=1, type=type, sealed=text)])
        self._supervisor.retry(error_codes.SECRET_MISSING)


@pytest.fixture
def device(tmp_path):
    with Prepared(tmp_path) as device:
        yield device


SECRETIVE = with_spec(
    wanted('camera'), secret_environment={'TOKEN': SecretKeyRef(name='camera', key='token')}
)


def test_what_is_forbidden_is_final_and_what_ran_goes_on(device):
    camera = wanted('camera')
    device.ask(camera)
    device.wait_running(camera)
    forbidden = updated(camera, image='elsewhere:5000/camera:2')

    device.ask(forbidden)

    report = device.wait_for(forbidden, Status.ERROR, code=error_codes.POLICY_FORBIDS)
    assert report.reason.kind is ReasonKind.POLICY_FORBIDS
    assert report.reason.retry_in_sec is None
    assert device.calls('stop') == []
    allowed = replace(updated(camera), generation=3)
    device.ask(allowed)
    device.wait_running(allowed)


def test_a_secret_that_is_missing_is_waited_for(device):
    device.ask(SECRETIVE)
    report = device.wait_for(SECRETIVE, Status.ERROR, code=error_codes.SECRET_MISSING)
    assert "secret 'camera' is not here" in report.reason.text
    assert device.calls('create') == []

    device.seal('camera', {'data': {'token': 'x'}})

    device.wait_running(SECRETIVE)


def test_a_config_is_fetched_before_what_ran_is_stopped(device):
    camera = wanted('camera')
    device.ask(camera)
    device.wait_running(camera)
    device.away = True
    configured = with_spec(
        replace(camera, generation=2), mounts=(mount(MountKind.CONFIG, digest_of(NAV)),)
    )

    device.ask(configured)

    report = device.wait_for(configured, Status.ERROR, code=error_codes.CONFIG_MISSING)
    assert 'the manager does not answer' in report.reason.text
    assert device.calls('stop') == []
    device.away = False
    device.wait_running(configured)


def test_an_image_is_pulled_by_its_secret(device):
    seen = []
    pull = device.docker.pull

    def noting(reference, *, auth=None, **rest):
        seen.append(auth)
        return pull(reference, auth=auth, **rest)

    device.docker.pull = noting
    item = with_spec(wanted('camera', image='camera:2'), pull_secret='hub')
    device.ask(item)
    device.wait_for(item, Status.ERROR, code=error_codes.SECRET_MISSING)
    login = {'registry': 'docker.io', 'username': 'me', 'password': 'word'}
    device.seal('hub', login, SecretType.DOCKER)
    device.wait_running(item)
    assert [(auth.username, auth.password) for auth in seen] == [('me', 'word')]
