# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A YAML document as a tree whose every value and key knows its line and column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from roost_core.manifest.scalars import Scalar, shown

Path = tuple[str | int, ...]


class Mark(NamedTuple):
    """A place in a file; both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Node:
    """A value.

    Attributes:
        source: a scalar as it was written, without quotes; empty for others.
        weight: work that the expanded value is, in characters; aliases count again each time.
    """

    mark: Mark
    value: Scalar | list[Node] | dict[str, Entry]
    source: str = ''
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A value in a mapping, with the place of its key."""

    key: Mark
    node: Node


def plain(node: Node) -> Any:
    """Give the value without places, as a document of JSON."""
    if isinstance(node.value, dict):
        return {key: plain(entry.node) for key, entry in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    return node.value


def get(root: Node, path: Path) -> Node | None:
    """Follow a path; None when it does not exist."""
    node = root
    for step in path:
        entry = _step(node, step)
        if entry is None:
            return None
        node = entry.node
    return node


def descend(root: Node, path: Path) -> tuple[Node, Mark]:
    """Follow a path as far as it exists; return the last value, and the place of its key."""
    node, key = root, root.mark
    for step in path:
        entry = _step(node, step)
        if entry is None:
            break
        node, key = entry.node, entry.key
    return node, key


def _step(node: Node, step: str | int) -> Entry | None:
    value = node.value
    if isinstance(value, dict):
        return value.get(step) if isinstance(step, str) else None
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return Entry(value[step].mark, value[step])
    return None


def render(path: Path) -> str:
    """Write a path as people read it: `spec.components[1].name`."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f'[{step}]')
        else:
            name = step if step.isprintable() and len(step) <= 63 else shown(step)
            parts.append(f'.{name}' if parts else name)
    return ''.join(parts)


def find(root: Node, path: str) -> Path:
    """Read back a rendered path, as far as it exists in the tree."""
    found: list[str | int] = []
    node, rest = root, path
    while rest:
        for step, child in _children(node):
            text = render((step,)) if isinstance(step, int) or not found else f'.{render((step,))}'
            if rest == text or rest.startswith((f'{text}.', f'{text}[')):
                found.append(step)
                node, rest = child, rest.removeprefix(text)
                break
        else:
            break
    return tuple(found)


def _children(node: Node) -> Iterator[tuple[str | int, Node]]:
    if isinstance(node.value, dict):
        # Longer keys first: of the labels 'a' and 'a.b', the path 'a.b' means the latter.
        for key in sorted(node.value, key=len, reverse=True):
            yield key, node.value[key].node
    elif isinstance(node.value, list):
        yield from enumerate(node.value)
