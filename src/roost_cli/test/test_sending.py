# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What leaves this machine: no secret that another than the manager can read."""

from __future__ import annotations

from hypothesis import given, strategies
import pytest
from talker import PACKAGE
import yaml

from roost_cli.exits import Refused, UsageError
from roost_cli.files import read_files
from roost_cli.sending import described, open_files
from roost_core.document import parse_json
from roost_wire.sealing import seal
from roost_wire.signing import SigningKey

SECRET = """\
# the login of the lab
apiVersion: roost/v1
kind: Secret
metadata: {name: login, labels: {site: lab}}
spec: {type: docker, registry: "registry.lab:5000", username: ann, password: hunter2}
"""
CONFIG = """\
apiVersion: roost/v1
kind: Config
metadata: {name: nav}
spec: {filesFrom: params}
"""


@pytest.fixture
def manager_key(tmp_path) -> SigningKey:
    """Give the key of a manager."""
    return SigningKey.load_or_create(tmp_path / 'manager.key')


def test_a_secret_can_be_read_by_the_manager_only(manager_key) -> None:
    opened = open_files([('a.yaml', f'{PACKAGE}---\n{SECRET}')])

    bundle = opened.seal(lambda: manager_key.key_id, seal)

    (file,) = bundle.files
    assert 'hunter2' not in file.text
    assert file.text.count('\n') == f'{PACKAGE}---\n{SECRET}'.count('\n')
    (sent,) = bundle.secrets
    assert (sent.name, sent.labels, sent.type) == ('login', {'site': 'lab'}, 'docker')
    assert (sent.key_id, sent.file) == (manager_key.key_id, 'a.yaml')
    assert parse_json(manager_key.unseal(sent.sealed)) == {
        'registry': 'registry.lab:5000',
        'username': 'ann',
        'password': 'hunter2',
    }
    assert 'hunter2' not in f'{bundle}{opened}'


@given(value=strategies.text(min_size=8))
def test_no_value_is_in_what_is_sent(value: str) -> None:
    document = {
        'apiVersion': 'roost/v1',
        'kind': 'Secret',
        'metadata': {'name': 'token'},
        'spec': {'type': 'opaque', 'data': {'token': value}},
    }
    try:
        opened = open_files([('a.yaml', yaml.safe_dump(document, allow_unicode=True))])
    except Refused as refusal:
        assert value not in str(refusal)
        return

    bundle = opened.seal(lambda: 'key', lambda key_id, body: b'sealed')

    assert value not in bundle.files[0].text
    assert [each.sealed for each in bundle.secrets] == [b'sealed']


def test_the_manager_is_asked_for_its_key_only_when_there_is_a_secret() -> None:
    def never() -> str:
        raise AssertionError('asked')

    assert open_files([('a.yaml', PACKAGE)]).seal(never, seal).secrets == ()


def test_a_secret_that_is_wrong_is_refused_with_every_problem_of_the_files() -> None:
    wrong = SECRET.replace('username', 'user')

    with pytest.raises(Refused) as refused:
        open_files(
            [('a.yaml', wrong), ('b.yaml', PACKAGE.replace('runtime: device', 'runtime: d'))]
        )

    assert {each.file for each in refused.value.problems} == {'a.yaml', 'b.yaml'}
    assert 'hunter2' not in str(refused.value)


def test_one_secret_in_two_files_is_refused() -> None:
    with pytest.raises(Refused, match='is there twice'):
        open_files([('a.yaml', SECRET), ('b.yaml', SECRET)])


def test_the_folder_of_a_config_goes_along(tmp_path) -> None:
    (tmp_path / 'nav.yaml').write_text(CONFIG)
    (tmp_path / 'params' / 'maps').mkdir(parents=True)
    (tmp_path / 'params' / 'nav.yaml').write_text('speed: 1\n')
    (tmp_path / 'params' / 'maps' / 'hall.pgm').write_bytes(b'\x00\xff')
    (tmp_path / 'params' / 'round').symlink_to(tmp_path / 'params')

    bundle = open_files(read_files([str(tmp_path)])).seal(str, seal)

    assert {(each.folder, each.path): each.content for each in bundle.attachments} == {
        ('params', 'nav.yaml'): b'speed: 1\n',
        ('params', 'maps/hall.pgm'): b'\x00\xff',
    }
    assert {each.manifest for each in bundle.attachments} == {str(tmp_path / 'nav.yaml')}


def test_a_folder_that_is_not_there_is_said(tmp_path) -> None:
    (tmp_path / 'nav.yaml').write_text(CONFIG)

    with pytest.raises(UsageError, match=r'there is no folder .*params.* names as filesFrom'):
        open_files(read_files([str(tmp_path / 'nav.yaml')]))


def test_what_is_to_be_deleted_names_its_secrets_and_sends_none() -> None:
    bundle, secrets = described([('a.yaml', f'{PACKAGE}---\n{SECRET}')])

    assert secrets == ('login',)
    assert 'hunter2' not in bundle.files[0].text
    assert bundle.secrets == ()
