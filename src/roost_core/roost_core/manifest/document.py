# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""One document of a manifest: what it is about, and whether it is right."""

from __future__ import annotations

from collections.abc import Callable
import re

from roost_core.manifest.check import check, known_kinds, suggest
from roost_core.manifest.findings import text_at
from roost_core.manifest.reporter import Reporter
from roost_core.manifest.rules import check_rules
from roost_core.manifest.scalars import shown
from roost_core.manifest.tree import Entry, get, Node
from roost_core.resource import ResourceKind

# What stands for a value of a secret where a document is shown.
MASK = '***'

_PUBLIC_IN_SPEC = frozenset({'type', 'registry'})

# Keys of a secret that are no slip, whatever they hold.
_KEYS = frozenset(
    {'apiVersion', 'kind', 'metadata', 'spec', 'name', 'description', 'labels'}
    | {'type', 'registry', 'username', 'password', 'data'}
)
_PLAIN_KEY = re.compile(r'[A-Za-z0-9._-]{1,253}')
# A key without a value may be one; this stands for it, and is itself a key that is allowed.
_MASKED_KEY = '___'


def resource_of(root: Node) -> str:
    """Say what a document is about, as 'Kind/name'; empty when that cannot be told."""
    kind, name = text_at(root, ('kind',)), text_at(root, ('metadata', 'name'))
    if kind not in known_kinds() or name is None:
        return ''
    return f'{kind}/{name}' if name.isprintable() and len(name) <= 63 else ''


def kind_of(root: Node, reporter: Reporter) -> ResourceKind | None:
    """Tell the kind of a document; report one of no known kind, of which nothing is known."""
    if not isinstance(root.value, dict):
        reporter.add(
            root.mark, 'a document of a manifest is a mapping', 'begin with apiVersion: roost/v1'
        )
        return None
    node = get(root, ('kind',))
    kinds = known_kinds()
    if node is None or node.value is None:
        words = ' or '.join(kinds)
        reporter.add(root.mark, "'kind' is missing", f'add kind: {words}', path=('kind',))
        return None
    if isinstance(node.value, str) and node.value in kinds:
        return ResourceKind(node.value)
    text = node.value if isinstance(node.value, str) else node.source
    reporter.add(
        node.mark, f'there is no kind {shown(text)}', suggest(text, kinds), path=('kind',)
    )
    return None


class Documents:
    """The documents of one load: each is held against the rules, and against the others."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, ...], str] = {}

    def check(self, root: Node, reporter: Reporter) -> bool:
        """Report all that is wrong with a document of a known kind; tell whether it is right.

        No problem shows a value of a secret, if that is what it is and the root is masked.
        """
        before = len(reporter.found)
        check(root, reporter)
        check_rules(root, reporter)
        self._check_taken(root, reporter)
        return len(reporter.found) == before and not reporter.full

    def _check_taken(self, root: Node, reporter: Reporter) -> None:
        """Report a document about something that an earlier one describes already."""
        paths = (('kind',), ('metadata', 'name'), ('metadata', 'version'))
        identity = tuple(text for path in paths if (text := text_at(root, path)) is not None)
        name = get(root, ('metadata', 'name'))
        if name is None or len(identity) < (3 if identity[0] == ResourceKind.PACKAGE else 2):
            return
        if identity in self._taken:
            reporter.add(
                name.mark,
                f'{" ".join(identity)} is there twice, first in {self._taken[identity]}'[:300],
                'keep one of them',
                path=('metadata', 'name'),
            )
        self._taken.setdefault(identity, f'{reporter.file}, line {name.mark.line}')


def masked(root: Node) -> Node:
    """Give a document of kind Secret with its values unreadable, and each at its place.

    So are keys that may be a value, by a slip such as `token:value`.
    """
    if not isinstance(root.value, dict):
        return _mask(root)
    parts = {'metadata': _mask_metadata, 'spec': _mask_spec, 'apiVersion': _same, 'kind': _same}
    return _mask_entries(root, lambda key, node: parts.get(key, _mask)(node))


def _mask_metadata(metadata: Node) -> Node:
    return _mask_entries(metadata, lambda _, node: node)


def _mask_spec(spec: Node) -> Node:
    # A registry with an '@' is none, and may be a login.
    return _mask_entries(
        spec,
        lambda key, node: (
            node if key in _PUBLIC_IN_SPEC and '@' not in str(node.value) else _mask(node)
        ),
    )


def _same(node: Node) -> Node:
    return node


def _mask_entries(node: Node, mask: Callable[[str, Node], Node]) -> Node:
    if not isinstance(node.value, dict):
        return _mask(node)
    entries: dict[str, Entry] = {}
    for key, entry in node.value.items():
        entries.setdefault(_mask_key(key, entry), Entry(entry.key, mask(key, entry.node)))
    return Node(node.mark, entries)


def _mask_key(key: str, entry: Entry) -> str:
    if key in _KEYS:
        return key
    if not _PLAIN_KEY.fullmatch(key):
        return MASK
    return key if entry.node.value is not None else _MASKED_KEY


def _mask(node: Node) -> Node:
    source = MASK if node.source else ''
    match node.value:
        case dict():
            return _mask_entries(node, lambda _, inner: _mask(inner))
        case list():
            return Node(node.mark, [_mask(item) for item in node.value])
        case str():
            return Node(node.mark, MASK if node.value else '', source=source)
        case bool() | None:
            return Node(node.mark, node.value, source=source)
        case _:
            return Node(node.mark, 0, source=source)
