# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The rules of the wire, written anew: keys, bodies, envelopes, QoS."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jsonschema import Draft202012Validator
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from roost_interfaces.msg import Envelope

PREFIX = 'ed25519:'
MAX_BODY_BYTES = 1024 * 1024

RELIABLE = QoSProfile(depth=1000)
BEST_EFFORT = QoSProfile(depth=256, reliability=ReliabilityPolicy.BEST_EFFORT)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
LATCHED_OF_MANY = QoSProfile(depth=4096, durability=DurabilityPolicy.TRANSIENT_LOCAL)

Body = dict[str, Any]


class Key:
    """A private key, and the id that others know it by."""

    def __init__(self) -> None:
        """Make a new one."""
        self._private = Ed25519PrivateKey.generate()
        raw = self._private.public_key().public_bytes_raw()
        self.id = PREFIX + base64.urlsafe_b64encode(raw).decode().rstrip('=')

    def sign(self, body: bytes) -> bytes:
        """Sign these bytes."""
        return self._private.sign(body)


def canonical(body: Body) -> bytes:
    """Write a body."""
    return json.dumps(body, sort_keys=True, separators=(',', ':'), ensure_ascii=False).encode()


def seal(body: Body, key: Key) -> Envelope:
    """Put a body into a signed envelope."""
    raw = canonical(body)
    return Envelope(
        device=body['device'],
        manager_id=body.get('manager_id', ''),
        epoch=body.get('epoch', 0),
        revision=body.get('revision', 0),
        incarnation=body.get('incarnation', 0),
        sequence=body.get('sequence', 0),
        protocol=1,
        key_id=key.id,
        signature=key.sign(raw),
        body=raw,
    )


def schema(name: str) -> Draft202012Validator:
    """Load the installed schema of a body: 'desired_state' or 'report'."""
    for prefix in os.environ['AMENT_PREFIX_PATH'].split(os.pathsep):
        path = Path(prefix) / 'share/roost_interfaces/schema' / f'{name}.schema.json'
        if path.exists():
            return Draft202012Validator(json.loads(path.read_text(encoding='utf-8')))
    raise FileNotFoundError(f'{name}.schema.json is not installed: run scripts/setup')


def unseal(envelope: Envelope, validator: Draft202012Validator) -> Body:
    """Check all that the description of the wire says of an envelope, and read its body."""
    assert envelope.protocol == 1
    raw = bytes(envelope.body)
    assert len(raw) <= MAX_BODY_BYTES
    assert envelope.key_id.startswith(PREFIX)
    text = envelope.key_id.removeprefix(PREFIX)
    assert len(text) == 43
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(text + '='))
    assert len(envelope.signature) == 64
    public.verify(bytes(envelope.signature), raw)
    body: Body = json.loads(raw)
    assert raw == canonical(body)
    validator.validate(body)
    for name in ('device', 'manager_id', 'epoch', 'revision', 'incarnation', 'sequence'):
        assert getattr(envelope, name) == body.get(name, type(getattr(envelope, name))()), name
    return body
