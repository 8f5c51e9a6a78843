# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Ids of keys: a public key is known by itself, written as text."""

from __future__ import annotations

import base64

_PREFIX = 'ed25519:'


def key_id_of(raw: bytes) -> str:
    """Give the id of a public key of 32 bytes."""
    return _PREFIX + base64.urlsafe_b64encode(raw).rstrip(b'=').decode()


def raw_of(key_id: str) -> bytes:
    """Read a key id; one key has one id, or a machine could pass for two.

    Raises:
        ValueError: it is none.
    """
    text = key_id.removeprefix(_PREFIX)
    raw = base64.urlsafe_b64decode(text + '=' * (-len(text) % 4)) if len(text) == 43 else b''
    if len(raw) != 32 or key_id_of(raw) != key_id:
        raise ValueError(f'not an Ed25519 key id: {key_id!r:.80}')
    return raw
