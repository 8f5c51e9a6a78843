# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Dataclasses as plain documents, and canonical JSON.

A document is what JSON can hold. Readers ignore keys that they do not know, so that the two ends
of a wire, or a database and a newer program, need not be upgraded in one instant. Defaults are
left out. Of what they know, readers take nothing that could not be written again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
import hashlib
from itertools import repeat
import json
import math
from typing import Any, Final, get_args, get_origin, NoReturn, TypeVar

import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

T = TypeVar('T')

Document = dict[str, Any]

# Metadata of a field that is written even if it has its default: what another version of the
# reader would take another default for.
ALWAYS_WRITTEN: Final = {'always_written': True}


class MalformedDocument(ValueError):
    """A document does not have the shape that its reader needs; the text says where."""


_converter = cattrs.Converter(omit_if_default=True, detailed_validation=False)

_INT64 = range(-(2**63), 2**63)


def _refuse(value: object, cls: object) -> NoReturn:
    raise TypeError(f'expected {getattr(cls, "__name__", cls)}, got {value!r:.80}')


def _read_text(value: object, cls: type) -> Any:
    if not isinstance(value, str):
        _refuse(value, cls)
    value.encode()  # half a surrogate pair cannot be written again
    return cls(value)  # itself, or the member of an enum


def _read_bool(value: object, cls: type) -> bool:
    return value if type(value) is bool else _refuse(value, cls)


def _read_int(value: object, cls: type) -> int:
    return value if type(value) is int and value in _INT64 else _refuse(value, cls)


def _read_float(value: Any, cls: type) -> float:
    if type(value) not in (float, int) or not math.isfinite(value):
        _refuse(value, cls)
    return float(value)


def _object_reader(cls: type, converter: cattrs.Converter) -> Callable[[Any, type], Any]:
    read: Any = make_dict_structure_fn(cls, converter, _cattrs_detailed_validation=False)
    return lambda value, kind: read(value, kind) if type(value) is dict else _refuse(value, cls)


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _list_reader(cls: type, converter: cattrs.Converter) -> Callable[[Any, type], Any]:
    kinds = get_args(cls)
    endless = kinds[-1] is Ellipsis
    read = [(converter.get_structure_hook(kind), kind) for kind in kinds if kind is not Ellipsis]

    def structure(value: object, _: type) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)) or not (endless or len(value) == len(kinds)):
            _refuse(value, cls)
        each: Iterable[Any] = repeat(read[0]) if endless else read
        return tuple(hook(item, kind) for item, (hook, kind) in zip(value, each, strict=False))

    return structure


def _always_written(cls: type) -> tuple[str, ...]:
    found = fields(cls) if is_dataclass(cls) else ()
    return tuple(each.name for each in found if each.metadata.get('always_written'))


def _unstructure(cls: type, converter: cattrs.Converter) -> Callable[[Any], Document]:
    kept: dict[str, Any] = {name: override(omit_if_default=False) for name in _always_written(cls)}
    return make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True, **kept)


_converter.register_unstructure_hook_factory(lambda cls: bool(_always_written(cls)), _unstructure)
_converter.register_structure_hook(str, _read_text)
_converter.register_structure_hook(bool, _read_bool)
_converter.register_structure_hook(int, _read_int)
_converter.register_structure_hook(float, _read_float)
_converter.register_structure_hook_factory(is_dataclass, _object_reader)
_converter.register_structure_hook_factory(_is_tuple, _list_reader)


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
    except KeyError as error:
        raise MalformedDocument(f'not a {cls.__name__}: {error!s:.80} is missing') from error
    except Exception as error:  # cattrs raises what the constructors raise
        raise MalformedDocument(f'not a {cls.__name__}: {error!s:.300}') from error


def canonical_json(document: object) -> bytes:
    """Encode as JSON with sorted keys and no spaces: equal documents give equal bytes.

    Raises:
        ValueError: the document holds NaN, an infinity, or half a surrogate pair.
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
        return json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise MalformedDocument(f'not JSON: {error}') from error


def digest(document: object) -> str:
    """Give the SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical_json(document)).hexdigest()
