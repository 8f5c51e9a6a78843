# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

import pytest

from roost_wire.key_id import key_id_of
from roost_wire.sealing import seal, Unsealable
from roost_wire.signing import SigningKey


@pytest.fixture(scope='module')
def key(tmp_path_factory):
    return SigningKey.load_or_create(tmp_path_factory.mktemp('keys') / 'a.key')


@pytest.mark.parametrize('body', [b'', b'word', bytes(range(256)) * 4096])
def test_the_holder_of_the_key_opens_it(key, body):
    assert key.unseal(seal(key.key_id, body)) == body


def test_the_same_is_never_sealed_the_same_twice(key):
    assert seal(key.key_id, b'word') != seal(key.key_id, b'word')


def test_nobody_else_opens_it(key, tmp_path):
    other = SigningKey.load_or_create(tmp_path / 'b.key')

    with pytest.raises(Unsealable):
        other.unseal(seal(key.key_id, b'word'))


@pytest.mark.parametrize('change', [0, 31, 32, 47, 48, -1])
def test_every_altered_byte_is_noticed(key, change):
    sealed = bytearray(seal(key.key_id, b'word'))
    sealed[change] ^= 1

    with pytest.raises(Unsealable):
        key.unseal(bytes(sealed))


@pytest.mark.parametrize('text', [b'', b'x', b'x' * 48, b'x' * 100])
def test_what_was_never_sealed_is_refused(key, text):
    with pytest.raises(Unsealable):
        key.unseal(text)


@pytest.mark.parametrize('key_id', ['', 'ed25519:', key_id_of(bytes(32)), key_id_of(b'\xff' * 32)])
def test_nothing_is_sealed_to_what_is_no_key(key_id):
    with pytest.raises(ValueError, match='not an Ed25519 key id'):
        seal(key_id, b'word')
