# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Manifest files -> packages and deployments, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from roost_core.deployment import DeploymentSpec
from roost_core.manifest.check import check, known_kinds, later_kinds, suggest
from roost_core.manifest.compose import Budget, compose
from roost_core.manifest.forms import read
from roost_core.manifest.reporter import in_order, Reporter
from roost_core.manifest.rules import check_rules
from roost_core.manifest.scalars import shown
from roost_core.manifest.tree import descend, find, get, Mark, Node, plain
from roost_core.package import Package
from roost_core.problem import Problem, ResultCode

MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestFile:
    """A file as it was read; its name is for messages only, and nothing is read from it."""

    name: str
    text: str | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Outcome of a load.

    Attributes:
        documents: in the order of the files; empty when there is any problem.
        problems: in the order of files and lines.
    """

    documents: tuple[LoadedDocument, ...] = ()
    problems: tuple[Problem, ...] = ()

    def placed(self, problem: Problem) -> Problem:
        """Add file, line and column to a problem found later, by its resource and path."""
        for document in self.documents:
            if document.resource == problem.resource:
                return document.placed(problem)
        return problem


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedDocument:
    """One document: what it says, and where each part of it stands."""

    content: Package | DeploymentSpec
    file: str
    root: Node = field(repr=False)

    @property
    def resource(self) -> str:
        """What it describes, as 'Kind/name'."""
        return _resource(self.root)

    def placed(self, problem: Problem) -> Problem:
        """Add file, line and column to a problem of this document, as near as its path leads."""
        node, key = descend(self.root, find(self.root, problem.path))
        mark = key if isinstance(node.value, (dict, list)) else node.mark
        return replace(problem, file=self.file, line=mark.line, column=mark.column)


def load(files: Sequence[ManifestFile]) -> Loaded:
    """Load manifests: all of them, or all problems of all of them.

    Never raises, whatever the files hold, and ends within bounded time: size, depth, number of
    documents, expansion of aliases and number of problems are limited.
    """
    documents: list[LoadedDocument] = []
    everything = Reporter()
    budget = Budget()
    taken: dict[tuple[str, ...], str] = {}
    for name, text in _texts(files, everything):
        reporter = everything.of(file=name)
        for root in compose(text, reporter, budget):
            _check_document(root, reporter, taken)
            if not everything.found:
                documents.append(LoadedDocument(content=read(plain(root)), file=name, root=root))
    if everything.found:
        problems = in_order(everything.found, (file.name for file in files))
        return Loaded(problems=problems)
    return Loaded(documents=tuple(documents))


def _texts(files: Sequence[ManifestFile], everything: Reporter) -> Iterator[tuple[str, str]]:
    """Decode the files, as far as they are not too large together."""
    left = MAX_BYTES
    for file in files:
        name = file.name.encode(errors='backslashreplace').decode()
        reporter = everything.of(file=name)
        try:
            encoded = file.text.encode() if isinstance(file.text, str) else file.text
            text = encoded.decode('utf-8-sig')
        except UnicodeError as error:
            reporter.add(Mark(_line_of(error), 0), 'the file is not UTF-8', 'save it as UTF-8')
            continue
        left -= len(encoded)
        if left < 0:
            reporter.add(
                Mark(0, 0),
                'the files are larger than 1 MiB together',
                'apply them in parts',
                code=ResultCode.TOO_LARGE,
            )
            return
        yield name, text


def _line_of(error: UnicodeError) -> int:
    """Find the line of what cannot be decoded or encoded."""
    if isinstance(error, UnicodeDecodeError):
        return error.object.count(b'\n', 0, error.start) + 1
    if isinstance(error, UnicodeEncodeError):
        return error.object.count('\n', 0, error.start) + 1
    return 0


def _check_document(root: Node, file: Reporter, taken: dict[tuple[str, ...], str]) -> None:
    reporter = file.of(resource=_resource(root))
    if _check_kind(root, reporter):
        check(root, reporter)
        check_rules(root, reporter)
        _check_taken(root, reporter, taken)


def _check_kind(root: Node, reporter: Reporter) -> bool:
    """Report a document of no known kind, of which nothing else can be said."""
    if not isinstance(root.value, dict):
        reporter.add(
            root.mark, 'a document of a manifest is a mapping', 'begin with apiVersion: roost/v1'
        )
        return False
    node = get(root, ('kind',))
    kinds = known_kinds()
    if node is None or node.value is None:
        words = ' or '.join(kinds)
        reporter.add(root.mark, "'kind' is missing", f'add kind: {words}', path=('kind',))
        return False
    if isinstance(node.value, str) and node.value in kinds:
        return True
    text = node.value if isinstance(node.value, str) else node.source
    if text in later_kinds():
        message = f'kind {text} is not supported by this version of Roost'
        reporter.add(node.mark, message, f'it knows {" and ".join(kinds)}', path=('kind',))
    else:
        message = f'there is no kind {shown(text)}'
        reporter.add(node.mark, message, suggest(text, kinds), path=('kind',))
    return False


def _check_taken(root: Node, reporter: Reporter, taken: dict[tuple[str, ...], str]) -> None:
    """Report a document about something that an earlier one describes already."""
    values = [
        get(root, path) for path in (('kind',), ('metadata', 'name'), ('metadata', 'version'))
    ]
    identity = tuple(node.value for node in values if node and isinstance(node.value, str))
    name = values[1]
    if name is None or len(identity) < (3 if identity[0] == 'Package' else 2):
        return
    if identity in taken:
        reporter.add(
            name.mark,
            f'{" ".join(identity)} is there twice, first in {taken[identity]}'[:300],
            'keep one of them',
            path=('metadata', 'name'),
        )
    taken.setdefault(identity, f'{reporter.file}, line {name.mark.line}')


def _resource(root: Node) -> str:
    kind, name = get(root, ('kind',)), get(root, ('metadata', 'name'))
    if kind is None or name is None or kind.value not in (*known_kinds(), *later_kinds()):
        return ''
    known = isinstance(name.value, str) and name.value.isprintable() and len(name.value) <= 63
    return f'{kind.value}/{name.value}' if known else ''
