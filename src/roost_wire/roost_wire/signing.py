# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Keys and signatures: Ed25519 (RFC 8032)."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from roost_wire import sealing
from roost_wire.key_id import key_id_of, raw_of


class SigningKey:
    """A private key of ours, with the id that others know it by."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        """Hold the key; see `load_or_create`."""
        self._private = private
        raw = private.public_key().public_bytes_raw()
        self.key_id = key_id_of(raw)

    @classmethod
    def load_or_create(cls, path: Path) -> SigningKey:
        """Read the key from path, or make one there: mode 0600, whole or not at all.

        Raises:
            ValueError: the file exists and holds no key; it is left as it is.
            OSError: it cannot be read or written.
        """
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            made = Ed25519PrivateKey.generate().private_bytes_raw()
            partial = path.with_name(f'{path.name}.{os.getpid()}')
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, 'wb') as file:
                file.write(made)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(partial, path)  # of two that start at once, one wins and both use its key
            except FileExistsError:
                pass
            finally:
                partial.unlink()
        raw = path.read_bytes()
        if len(raw) != 32:
            raise ValueError(f"'{path}' holds no key: expected 32 bytes, found {len(raw)}")
        return cls(Ed25519PrivateKey.from_private_bytes(raw))

    def sign(self, body: bytes) -> bytes:
        """Sign exactly these bytes; returns 64 bytes."""
        return self._private.sign(body)

    def derived(self, purpose: str) -> bytes:
        """Give 32 secret bytes that are the same each time, and others for another purpose."""
        raw = self._private.private_bytes_raw()
        return hmac.digest(raw, f'roost {purpose}'.encode(), 'sha256')

    def unseal(self, sealed: bytes) -> bytes:
        """Open what was sealed to our key id; see `roost_wire.sealing.seal`.

        Raises:
            Unsealable: it was sealed to another key, altered, or never sealed.
        """
        return sealing.unseal(self._private.private_bytes_raw(), sealed)


def verify(key_id: str, signature: bytes, body: bytes) -> bool:
    """Tell whether the holder of the key signed exactly these bytes; malformed input is a no."""
    try:
        raw = raw_of(key_id)
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, body)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_key_id(text: str) -> bool:
    """Tell whether text is the id of a key."""
    try:
        return len(raw_of(text)) == 32
    except ValueError:
        return False


def fingerprint(key_id: str) -> str:
    """Shorten a key id for a person to compare: twelve hexadecimal digits."""
    return hashlib.sha256(key_id.encode()).hexdigest()[:12]
