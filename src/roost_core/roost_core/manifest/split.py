# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A manifest -> what may leave the machine of those who wrote it, and its secrets.

The text that leaves keeps what surely is no secret, and nothing else: documents that could be read
whole, and are of a known kind other than Secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from roost_core.manifest.compose import BREAK, Budget, compose_parts, Part
from roost_core.manifest.document import Documents, kind_of, masked, resource_of
from roost_core.manifest.files import ManifestFile, read_texts, shown_name
from roost_core.manifest.forms import read
from roost_core.manifest.reporter import in_order, Reporter
from roost_core.manifest.tree import Node, plain
from roost_core.problem import Problem
from roost_core.resource import ResourceKind
from roost_core.secret import SecretSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretDocument:
    """A document of kind Secret, and where it begins."""

    spec: SecretSpec
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A manifest without its secrets, and those.

    Attributes:
        file: the lines of secrets are empty, but for the '---' that a document begins with, so
            that every other line keeps its number. So are the lines of documents that may be
            meant as a secret, of broken ones, and of what is only comments.
        secrets: in their order; none when there is any problem.
        problems: of documents of kind Secret, of those that may be meant as one, and of broken
            ones. What else is wrong is left to those who load the file.
    """

    file: ManifestFile
    secrets: tuple[SecretDocument, ...] = field(default=(), repr=False)
    problems: tuple[Problem, ...] = ()


def split_secrets(file: ManifestFile) -> Split:
    """Take the documents of kind Secret out of a manifest.

    Never raises, and no value of a secret is in the file that it gives or in a problem. That two
    files have a secret of one name is noticed by `load` with all of them.
    """
    reporter = Reporter()
    splitter = _Splitter(reporter.of(file=shown_name(file)))
    text = ''.join(splitter.split(text) for _, text in read_texts([file], reporter))
    public = ManifestFile(name=file.name, text=text)
    if reporter.found:
        return Split(file=public, problems=in_order(reporter.found, ()))
    return Split(file=public, secrets=tuple(splitter.secrets))


class _Splitter:
    """Splits the text of a file."""

    def __init__(self, reporter: Reporter) -> None:
        self.secrets: list[SecretDocument] = []
        self._reporter = reporter
        self._checks = Documents()

    def split(self, text: str) -> str:
        """Collect the secrets; return what is left of the text."""
        left: list[str] = []
        for part in compose_parts(text, self._reporter, Budget()):
            if self._is_public(part):
                left.append(part.text)
            else:
                if left:
                    left[-1] = _silenced(left[-1])
                left.append(_blank(part.text))
        return ''.join(left)

    def _is_public(self, part: Part) -> bool:
        """Tell whether a part surely holds no secret; take the secret if it holds one."""
        kinds: list[ResourceKind | None] = []
        for root in part.roots:
            reporter = self._reporter.of(resource=resource_of(root))
            kinds.append(kind_of(root, reporter))
            if kinds[-1] is ResourceKind.SECRET:
                self._take(root, reporter)
        if ResourceKind.SECRET in kinds and len(kinds) > 1:
            self._reporter.add(
                part.roots[1].mark,
                "this document does not begin with a line '---'",
                "begin each document of a file that has a Secret with '---'",
            )
        return part.clear and bool(kinds) and not {None, ResourceKind.SECRET} & set(kinds)

    def _take(self, root: Node, reporter: Reporter) -> None:
        if self._checks.check(masked(root), reporter):
            spec = read(plain(root))
            if isinstance(spec, SecretSpec):
                self.secrets.append(
                    SecretDocument(spec=spec, file=reporter.file, line=root.mark.line)
                )


def _silenced(text: str) -> str:
    """Empty the comments at the end of a text: they mostly speak of the document that follows."""
    lines = text.split('\n')
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index].rstrip('\r')
        if line.startswith('#'):
            lines[index] = '#' + lines[index][len(line) :]
        elif line.strip():
            break
    return '\n'.join(lines)


def _blank(text: str) -> str:
    """Empty a document, all but the '---' that it begins with.

    That ends the one before: a text there that keeps empty lines at its end would get more.
    """
    breaks = ''.join(BREAK.findall(text))
    return f'---{breaks}' if text.startswith(('---', '%')) else breaks
