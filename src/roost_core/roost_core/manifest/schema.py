# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema of manifests (draft 2020-12), shipped beside this module.

Editors complete from the same file.

Keywords in it that other readers may ignore: `errorMessage` and `patternErrorMessage` say what
would be right (the YAML language server shows them too), `x-later` names what a later version
will know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
import json
import re
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

Schema = dict[str, Any]

# Longer texts match no pattern: none needs more, and matching has a bounded cost.
_MAX_MATCHED = 4096


@cache
def schema() -> Schema:
    """Give the schema of one document of a manifest."""
    text = files('roost_core.manifest').joinpath('schema.json').read_text(encoding='utf-8')
    loaded: Schema = json.loads(text)
    return loaded


@cache
def validator() -> Validator:
    """Give the validator of one document of a manifest."""
    extended: Callable[..., type[Validator]] = extend
    return extended(Draft202012Validator, {'pattern': _pattern})(schema())


def definition(holder: Schema) -> Schema:
    """Follow the reference of a schema, if it is one; what stands beside the reference stays."""
    name = holder.get('$ref', '').removeprefix('#/$defs/')
    return {**schema()['$defs'][name], **holder} if name else holder


def _pattern(
    validator: Validator, pattern: str, instance: object, schema: Schema
) -> Iterator[ValidationError]:
    """Match as ECMA 262 does, where `$` is the very end; Python's also stands before a newline."""
    if isinstance(instance, str) and (
        len(instance) > _MAX_MATCHED or not re.fullmatch(pattern, instance)
    ):
        yield ValidationError(f'{instance[:80]!r} does not match {pattern!r}')
