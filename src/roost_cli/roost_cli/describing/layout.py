# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Fields and sections, the same for all kinds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from roost_cli.output import age, text
from roost_core.error_codes import explain
from roost_core.phase import Phase
from roost_core.status import Status


def field(title: str, value: object) -> str:
    """Write one value."""
    return f'{title + ":":<14}{text(value)}'


def section(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Write lines below a title; nothing when there are none."""
    body = list(lines)
    if body:
        yield ''
        yield f'{title}:'
        yield from (f'  {line}'.rstrip() for line in body)


def state(phase: Phase | None, status: Status, reason: str, codes: Sequence[str]) -> Iterator[str]:
    """Write how something that is deployed does, and what to do about it."""
    yield field('Phase', phase)
    yield field('Status', status)
    if reason:
        yield field('Reason', reason)
    for code in codes:
        entry = explain(code)
        yield field(code, f'{entry.description}; {entry.action}' if entry else 'not known here')


def created(moment: datetime | None, by: str) -> str:
    """Write who asked for something, and when."""
    when = f'{age(moment)} ago' if moment else '-'
    return field('Created', f'{when} by {by or "nobody named"}')
