# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Configs: parameter files, robot descriptions, maps; mounted read-only into containers."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
import hashlib

from roost_core.document import canonical_json, MalformedDocument, parse_json

# All files of a config together, as they are sent.
MAX_CONFIG_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigSpec:
    """A config as a manifest says it.

    Attributes:
        files: relative path -> content.
        files_from: folder that the files came from, as the manifest writes it; may be empty.
    """

    name: str
    description: str = ''
    labels: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes]
    files_from: str = ''


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRecord:
    """A config as the manager keeps it; its content is stored beside it, by digest.

    Attributes:
        files: relative path -> size in bytes.
        deleting: it goes when the last deployment that uses it has stopped.
        changed_at: Unix time by the manager's clock.
    """

    name: str
    description: str = ''
    labels: Mapping[str, str] = field(default_factory=dict)
    digest: str
    files: Mapping[str, int]
    deleting: bool = False
    changed_at: float = 0.0


def pack(files: Mapping[str, bytes]) -> bytes:
    """Put files together as they travel: canonical JSON of path -> base64 of the content."""
    return canonical_json({path: base64.b64encode(data).decode() for path, data in files.items()})


def unpack(packed: bytes) -> dict[str, bytes]:
    """Take files apart again.

    Raises:
        MalformedDocument: that is not what `pack` makes.
    """
    document = parse_json(packed)
    if not isinstance(document, dict):
        raise MalformedDocument('not the files of a config')
    try:
        return {path: base64.b64decode(text, validate=True) for path, text in document.items()}
    except (TypeError, ValueError) as error:
        raise MalformedDocument(f'not the files of a config: {error}') from error


def digest_of(packed: bytes) -> str:
    """Identify a config by its packed files: SHA-256, hexadecimal."""
    return hashlib.sha256(packed).hexdigest()
