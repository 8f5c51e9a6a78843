# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""One document of a manifest: what it is about, and whether it is right."""

from __future__ import annotations

from roost_core.manifest.check import check, known_kinds, suggest
from roost_core.manifest.findings import text_at
from roost_core.manifest.reporter import Reporter
from roost_core.manifest.rules import check_rules
from roost_core.manifest.scalars import shown
from roost_core.manifest.tree import Entry, get, Node
from roost_core.resource import ResourceKind

# What stands for a value of a secret where a document is shown.
MASK = '***'

# Outside spec nothing is a value of a secret, nor are these in it.
_PUBLIC = frozenset({'apiVersion', 'kind', 'metadata'})
_PUBLIC_IN_SPEC = frozenset({'type', 'registry'})


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
    """Give a document of kind Secret with its values unreadable, and each at its place."""
    if not isinstance(root.value, dict):
        return _mask(root)
    entries = {
        key: entry
        if key in _PUBLIC
        else Entry(entry.key, _mask_spec(entry.node) if key == 'spec' else _mask(entry.node))
        for key, entry in root.value.items()
    }
    return Node(root.mark, entries)


def _mask_spec(spec: Node) -> Node:
    if not isinstance(spec.value, dict):
        return _mask(spec)
    entries = {
        key: entry if _is_public(key, entry.node) else Entry(entry.key, _mask(entry.node))
        for key, entry in spec.value.items()
    }
    return Node(spec.mark, entries)


def _is_public(key: str, node: Node) -> bool:
    # A registry with an '@' is none, and may be a login.
    return key in _PUBLIC_IN_SPEC and '@' not in str(node.value)


def _mask(node: Node) -> Node:
    source = MASK if node.source else ''
    match node.value:
        case dict():
            entries = {key: Entry(it.key, _mask(it.node)) for key, it in node.value.items()}
            return Node(node.mark, entries)
        case list():
            return Node(node.mark, [_mask(item) for item in node.value])
        case str():
            return Node(node.mark, MASK if node.value else '', source=source)
        case bool() | None:
            return Node(node.mark, node.value, source=source)
        case _:
            return Node(node.mark, 0, source=source)
