# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from hypothesis import given
from hypothesis import strategies as st
import pytest

from roost_wire.signing import fingerprint, is_key_id, SigningKey, verify


@pytest.fixture(scope='module')
def key(tmp_path_factory):
    return SigningKey.load_or_create(tmp_path_factory.mktemp('keys') / 'a.key')


def test_a_key_is_made_once_and_kept_from_others(tmp_path):
    path = tmp_path / 'sub' / 'a.key'
    first = SigningKey.load_or_create(path)

    assert SigningKey.load_or_create(path).key_id == first.key_id
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ['a.key']


@pytest.mark.parametrize('content', [b'', b'x' * 31, b'x' * 33])
def test_a_file_that_holds_no_key_is_left_as_it_is(tmp_path, content):
    path = tmp_path / 'a.key'
    path.write_bytes(content)

    with pytest.raises(ValueError, match='holds no key'):
        SigningKey.load_or_create(path)
    assert path.read_bytes() == content


def test_a_signature_covers_every_byte(key):
    signature = key.sign(b'body')

    assert verify(key.key_id, signature, b'body')
    assert not verify(key.key_id, signature, b'Body')
    assert not verify(key.key_id, bytes(64), b'body')
    assert not verify(key.key_id, signature[:-1], b'body')


def test_a_key_has_one_id(key):
    others = [
        key.key_id + '=',
        key.key_id + '!',
        key.key_id.replace('ed25519:', 'ED25519:'),
        key.key_id.removeprefix('ed25519:'),
        ' ' + key.key_id,
    ]

    assert is_key_id(key.key_id)
    assert not any(is_key_id(other) for other in others)
    assert not any(verify(other, key.sign(b'body'), b'body') for other in others)


@given(st.text(), st.binary(max_size=80), st.binary(max_size=8))
def test_malformed_input_is_a_no(key_id, signature, body):
    assert not verify(key_id, signature, body)
    assert not verify('ed25519:' + key_id, signature, body)
    assert len(fingerprint(key_id)) == 12
