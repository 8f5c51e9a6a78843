# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Sealing: what only the holder of one key can read (libsodium's sealed boxes).

The keys that sign also seal: each Ed25519 key has an X25519 key that belongs to it. What was
sealed can be opened with `roost_wire.signing.SigningKey.unseal`.
"""

from __future__ import annotations

from nacl.exceptions import CryptoError
from nacl.public import SealedBox
from nacl.signing import SigningKey, VerifyKey

from roost_wire.key_id import raw_of


class Unsealable(ValueError):
    """It was sealed to another key, altered, or never sealed."""


def seal(key_id: str, body: bytes) -> bytes:
    """Seal bytes to a key: 48 bytes longer, and never the same twice.

    Raises:
        ValueError: that is not the id of a key.
    """
    try:
        public = VerifyKey(raw_of(key_id)).to_curve25519_public_key()
    except CryptoError as error:  # 32 bytes that are no key
        raise ValueError(f'not an Ed25519 key id: {key_id!r:.80}') from error
    return SealedBox(public).encrypt(body)


def unseal(seed: bytes, sealed: bytes) -> bytes:
    """Open what was sealed to the private key of 32 bytes.

    Raises:
        Unsealable: it was sealed to another key, altered, or never sealed.
    """
    private = SigningKey(seed).to_curve25519_private_key()
    try:
        return SealedBox(private).decrypt(sealed)
    except CryptoError as error:
        raise Unsealable('it was not sealed to this key, or was altered since') from error
