# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Secrets: values that nobody is told but the executables, or the engine, that need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class SecretType(StrEnum):
    """What a secret holds."""

    OPAQUE = 'opaque'  # values by key
    DOCKER = 'docker'  # a login to a registry of images


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSpec:
    """A secret as a manifest says it. Only the client that reads the manifest holds one.

    Attributes:
        data: of an opaque secret.
        registry, username, password: of a docker secret; the registry as images name it.
    """

    name: str
    description: str = ''
    labels: Mapping[str, str] = field(default_factory=dict)
    type: SecretType
    data: Mapping[str, str] = field(default_factory=dict, repr=False)
    registry: str = ''
    username: str = field(default='', repr=False)
    password: str = field(default='', repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRecord:
    """A secret as the manager keeps it: its values sealed to the manager's own key.

    Attributes:
        keys: names of the values of an opaque secret.
        digest: keyed digest of the values, by which the manager tells whether they changed; it
            leaves the manager never.
        sealed: base64.
        version: 1 at first, one more with each change.
        deleting: it goes when the last deployment that uses it has stopped.
        changed_at: Unix time by the manager's clock.
    """

    name: str
    description: str = ''
    labels: Mapping[str, str] = field(default_factory=dict)
    type: SecretType
    keys: tuple[str, ...] = ()
    registry: str = ''
    digest: str = field(repr=False)
    sealed: str = field(repr=False)
    version: int = 1
    deleting: bool = False
    changed_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSecret:
    """A secret on its way to one device: sealed to the key of that device; sealed is base64.

    The sealed body is canonical JSON: `{"data": {key: value}}`, or `{"registry", "username",
    "password"}`.
    """

    name: str
    version: int
    type: SecretType
    sealed: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretOffer:
    """A secret on its way to the manager: sealed by a client to the manager's key.

    Attributes:
        type: as the client wrote it.
        key_id: key that it is sealed to.
        file, line: where its document is, for messages.
    """

    name: str
    description: str = ''
    labels: Mapping[str, str] = field(default_factory=dict)
    type: str
    key_id: str
    sealed: bytes = field(repr=False)
    file: str = ''
    line: int = 0
