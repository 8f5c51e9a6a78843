# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What rules find, and how they look at a document: only at what is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from roost_core.manifest.scalars import shown
from roost_core.manifest.tree import descend, get, Node, Path


class Finding(NamedTuple):
    """A breach of a rule."""

    path: Path
    message: str
    remedy: str


def value_at(root: Node, path: Path) -> object:
    """Give the value at a path; None when there is none."""
    node = get(root, path)
    return None if node is None else node.value


def text_at(root: Node, path: Path) -> str | None:
    """Give the text at a path; None when there is none, or something else."""
    value = value_at(root, path)
    return value if isinstance(value, str) else None


def items_at(root: Node, path: Path) -> Iterator[Path]:
    """Give the path of each item of the list at a path."""
    items = value_at(root, path)
    if isinstance(items, list):
        yield from ((*path, index) for index in range(len(items)))


def keys_at(root: Node, path: Path) -> Iterator[Path]:
    """Give the path of each value of the mapping at a path."""
    entries = value_at(root, path)
    if isinstance(entries, dict):
        yield from ((*path, key) for key in entries)


def texts_at(root: Node, path: Path) -> tuple[str, ...]:
    """Give the texts of the list at a path."""
    texts = (text_at(root, item) for item in items_at(root, path))
    return tuple(text for text in texts if text is not None)


def first_in(line: int) -> str:
    """Say where the first of two is, as far as that is known."""
    return f', first in line {line}' if line else ''


def unique(root: Node, path: Path, key: str, what: str) -> Iterator[Finding]:
    """Find the items of a list whose key an earlier one has already."""
    first: dict[str, int] = {}
    for item in items_at(root, path):
        name = text_at(root, (*item, key))
        if name is None:
            continue
        if name in first:
            yield Finding(
                (*item, key),
                f'the {what} {shown(name)} is there twice{first_in(first[name])}',
                'give it another name, or remove it',
            )
        first.setdefault(name, descend(root, (*item, key))[0].mark.line)
