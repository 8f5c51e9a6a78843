# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Data goes to stdout: tables for people, JSON and YAML for programs. Talk goes to stderr."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime, UTC
import json
import os
import sys
from typing import Any

from roost_cli.table import print_table

FORMATS = ('table', 'wide', 'json', 'yaml')


def say(text: str) -> None:
    """Tell a person something that is no data."""
    print(printable(text), file=sys.stderr, flush=True)


def put(data: bytes, *, is_error: bool = False) -> None:
    """Write what a program wrote, byte for byte, and at once.

    Raises:
        OSError: it cannot be written.
    """
    stream = sys.stderr if is_error else sys.stdout
    stream.buffer.write(data)
    stream.buffer.flush()


def discard() -> None:
    """Leave what is still to be written to stdout unwritten, for that has failed."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def unwritten(error: OSError) -> str:
    """Say that output cannot be written."""
    return f'its output cannot be written: {error.strerror}'


def printable(text: str) -> str:
    """Take out what a terminal would obey: what devices say of themselves, anybody can write."""
    return ''.join(sign if sign.isprintable() or sign == '\n' else '?' for sign in text)


def show(
    values: Sequence[Any], form: str, *, columns: Mapping[str, Any], wide: Mapping[str, Any] = {}
) -> None:
    """Print values in one of FORMATS.

    Args:
        columns: title of a column -> what it shows of a value.
        wide: further columns for 'wide'.
    """
    if form in ('json', 'yaml'):
        show_document([document(value) for value in values], form)
        return
    shown = {**columns, **(wide if form == 'wide' else {})}
    print_table(list(shown), [[text(of(value)) for of in shown.values()] for value in values])


def show_document(value: Any, form: str) -> None:
    """Print plain data as JSON or YAML."""
    if form == 'json':
        print(json.dumps(value, indent=2, ensure_ascii=False))
        return
    import yaml  # not needed by most runs

    print(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=99), end='')


def document(value: Any) -> Any:
    """Turn a value of the model into plain data; times become ISO 8601 in UTC."""
    if is_dataclass(value) and not isinstance(value, type):
        return document(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): document(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [document(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec='milliseconds').replace('+00:00', 'Z')
    # Not the str subclass of an enum, which YAML would not know.
    return str(value) if isinstance(value, str) else value


def text(value: Any) -> str:
    """Turn a value into the text of a table's cell; nothing becomes '-'."""
    if isinstance(value, datetime):
        return age(value)
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    if isinstance(value, Mapping):
        words = ','.join(f'{key}={each}' for key, each in value.items())
    elif isinstance(value, (tuple, list)):
        words = ', '.join(map(str, value))
    else:
        words = '' if value is None else str(value)
    return printable(words).replace('\n', '?') or '-'


def age(moment: datetime) -> str:
    """Say how long ago something was: '12 s', '5 min', '3 h', '9 d'."""
    seconds = max(0.0, (datetime.now(UTC) - moment).total_seconds())
    for unit, size in (('d', 86400), ('h', 3600), ('min', 60)):
        if seconds >= 2 * size:
            return f'{seconds / size:.0f} {unit}'
    return f'{seconds:.0f} s'
