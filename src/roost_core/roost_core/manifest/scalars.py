# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Plain scalars of YAML: which texts are numbers, booleans or nothing, and which stay text.

The rules are the core schema of YAML 1.2 (section 10.3.2), which editors use too: `yes`, `on`,
`12:30` and `2026-01-01` stay text, other than in YAML 1.1.
"""

from __future__ import annotations

import re

Scalar = str | int | float | bool | None

_NULL = frozenset({'', '~', 'null', 'Null', 'NULL'})
_BOOLEANS = {
    'true': True,
    'True': True,
    'TRUE': True,
    'false': False,
    'False': False,
    'FALSE': False,
}
_INTEGER = re.compile(r'[-+]?[0-9]+')
_OCTAL = re.compile(r'0o[0-7]+')
_HEXADECIMAL = re.compile(r'0x[0-9a-fA-F]+')
_FLOAT = re.compile(r'[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?')
_SPECIAL_FLOAT = re.compile(r'[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)')

# More digits than any number of a manifest needs, and few enough to convert at once.
MAX_NUMBER_LENGTH = 30


def resolve(text: str) -> Scalar:
    """Give the value of a plain scalar.

    Raises:
        ValueError: a number that is not finite or has absurdly many digits.
    """
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _SPECIAL_FLOAT.fullmatch(text):
        raise ValueError('not a finite number')
    octal, hexadecimal = _OCTAL.fullmatch(text), _HEXADECIMAL.fullmatch(text)
    whole, real = _INTEGER.fullmatch(text), _FLOAT.fullmatch(text)
    if not (octal or hexadecimal or whole or real):
        return text
    if len(text) > MAX_NUMBER_LENGTH:
        raise ValueError('a number with too many digits')
    if whole:
        return int(text)
    if octal or hexadecimal:
        return int(text, 0)
    number = float(text)
    if number in (float('inf'), float('-inf')):
        raise ValueError('not a finite number')
    return number


def is_text(text: str) -> bool:
    """Tell whether a plain scalar stays text."""
    try:
        return isinstance(resolve(text), str)
    except ValueError:
        return False


def shown(text: str, limit: int = 60) -> str:
    """Show a text of unknown origin in a message: in quotes, on one line, not too long."""
    short = text if len(text) <= limit else text[: limit - 1] + '…'
    return f"'{short}'" if short.isprintable() else ascii(short)
