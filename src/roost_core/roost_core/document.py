# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Dataclasses as plain documents, and canonical JSON.

A document is what JSON can hold. Readers ignore keys that they do not know, so that the two ends
of a wire, or a database and a newer program, need not be upgraded in one instant. Defaults are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
import hashlib
import json
from typing import Any, Final, TypeVar

import cattrs
from cattrs.gen import make_dict_unstructure_fn, override

T = TypeVar('T')

Document = dict[str, Any]

# Metadata of a field that is written even if it has its default: what another version of the
# reader would take another default for.
ALWAYS_WRITTEN: Final = {'always_written': True}


class MalformedDocument(ValueError):
    """A document does not have the shape that its reader needs; the text says where."""


_converter = cattrs.Converter(omit_if_default=True, detailed_validation=False)


def _exactly(*allowed: type) -> Callable[[object, type], Any]:
    def structure(value: object, cls: type) -> Any:
        if type(value) not in allowed:
            raise TypeError(f'expected {cls.__name__}, got {value!r:.80}')
        return cls(value)

    return structure


def _always_written(cls: type) -> tuple[str, ...]:
    found = fields(cls) if is_dataclass(cls) else ()
    return tuple(each.name for each in found if each.metadata.get('always_written'))


def _unstructure(cls: type, converter: cattrs.Converter) -> Callable[[Any], Document]:
    kept: dict[str, Any] = {name: override(omit_if_default=False) for name in _always_written(cls)}
    return make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True, **kept)


_converter.register_unstructure_hook_factory(lambda cls: bool(_always_written(cls)), _unstructure)
_converter.register_structure_hook(str, _exactly(str))
_converter.register_structure_hook(bool, _exactly(bool))
_converter.register_structure_hook(int, _exactly(int))
_converter.register_structure_hook(float, _exactly(float, int))


def to_document(value: object) -> Document:
    """Turn a dataclass into a document."""
    document: Document = _converter.unstructure(value)
    return document


def from_document(cls: type[T], document: object) -> T:
    """Turn a document into a dataclass.

    Raises:
        MalformedDocument: the document lacks something or has a value of the wrong type.
    """
    if not isinstance(document, dict):
        raise MalformedDocument(f'expected an object for {cls.__name__}, got {document!r:.80}')
    try:
        return _converter.structure(document, cls)
    except Exception as error:  # cattrs raises what the constructors raise
        raise MalformedDocument(f'not a {cls.__name__}: {error!r:.300}') from error


def canonical_json(document: object) -> bytes:
    """Encode as JSON with sorted keys and no spaces: equal documents give equal bytes.

    Raises:
        ValueError: the document holds NaN or an infinity.
    """
    return json.dumps(
        document, sort_keys=True, separators=(',', ':'), ensure_ascii=False, allow_nan=False
    ).encode()


def parse_json(body: bytes) -> object:
    """Decode JSON.

    Raises:
        MalformedDocument: the bytes are not UTF-8 JSON, or nested too deeply.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedDocument(f'not JSON: {error}') from error


def digest(document: object) -> str:
    """Give the SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical_json(document)).hexdigest()
