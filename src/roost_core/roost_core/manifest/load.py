# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Manifest files -> what they describe, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from roost_core.config import ConfigSpec
from roost_core.manifest.compose import Budget, compose
from roost_core.manifest.document import Documents, kind_of, masked, resource_of
from roost_core.manifest.files import ManifestFile, read_texts, shown_name
from roost_core.manifest.folders import fill, Folders
from roost_core.manifest.forms import Content, read
from roost_core.manifest.reporter import in_order, Reporter
from roost_core.manifest.tree import descend, find, Node, plain
from roost_core.problem import Problem, ResultCode
from roost_core.resource import ResourceKind


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

    content: Content
    file: str
    root: Node = field(repr=False)

    @property
    def resource(self) -> str:
        """What it describes, as 'Kind/name'."""
        return resource_of(self.root)

    def placed(self, problem: Problem) -> Problem:
        """Add file, line and column to a problem of this document, as near as its path leads."""
        node, key = descend(self.root, find(self.root, problem.path))
        mark = key if isinstance(node.value, (dict, list)) else node.mark
        return replace(problem, file=self.file, line=mark.line, column=mark.column)


def load(
    files: Sequence[ManifestFile], *, folders: Folders | None = None, secrets: bool = False
) -> Loaded:
    """Load manifests: all of them, or all problems of all of them.

    Never raises, whatever the files hold, and ends within bounded time: size, depth, number of
    documents, expansion of aliases and number of problems are limited. No problem shows a value
    of a secret.

    Args:
        folders: what is in the folders that the files name (`folders_named`).
        secrets: whether documents of kind Secret are accepted. Only those who wrote them should:
            to everybody else they are sent sealed (`split_secrets`), and the text without them.
    """
    loader = _Loader(folders or {}, secrets)
    for file, text in read_texts(files, loader.everything):
        loader.load(file, text)
    if problems := loader.everything.found:
        return Loaded(problems=in_order(problems, (shown_name(file) for file in files)))
    return Loaded(documents=tuple(loader.documents))


class _Loader:
    """Loads one file after the other."""

    def __init__(self, folders: Folders, secrets: bool) -> None:
        self.everything = Reporter()
        self.documents: list[LoadedDocument] = []
        self._folders = folders
        self._secrets = secrets
        self._checks = Documents()
        self._budget = Budget()

    def load(self, file: ManifestFile, text: str) -> None:
        of_file = self.everything.of(file=shown_name(file))
        for root in compose(text, of_file, self._budget):
            reporter = of_file.of(resource=resource_of(root))
            kind = kind_of(root, reporter)
            if kind is ResourceKind.SECRET and not self._secrets:
                refuse_secret(root, reporter)
            elif kind is not None:
                shown = masked(root) if kind is ResourceKind.SECRET else root
                if self._checks.check(shown, reporter):
                    self._read(file, root, shown, reporter)

    def _read(self, file: ManifestFile, root: Node, shown: Node, reporter: Reporter) -> None:
        content = read(plain(root))
        if isinstance(content, ConfigSpec):
            content = fill(content, root, file, self._folders, reporter)
        self.documents.append(LoadedDocument(content=content, file=reporter.file, root=shown))


def refuse_secret(root: Node, reporter: Reporter) -> None:
    """Report a document of kind Secret where none may be."""
    mark = descend(root, ('kind',))[0].mark
    reporter.add(
        mark,
        'a Secret must be sent sealed',
        '`roost apply` does that',
        path=('kind',),
        code=ResultCode.REFUSED,
    )
