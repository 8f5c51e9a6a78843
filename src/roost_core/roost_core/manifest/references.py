# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What manifests are about, whatever they say of it: enough to delete it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from roost_core.manifest.compose import Budget, compose
from roost_core.manifest.document import kind_of, resource_of
from roost_core.manifest.files import ManifestFile, read_texts, shown_name
from roost_core.manifest.findings import Finding, text_at
from roost_core.manifest.load import refuse_secret
from roost_core.manifest.reporter import in_order, Reporter
from roost_core.manifest.tree import descend, Node
from roost_core.names import is_name, NAME_RULE
from roost_core.problem import Problem
from roost_core.resource import ResourceKind, ResourceRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A resource that a document describes, and where that names it."""

    ref: ResourceRef
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Resources in the order of the files, each once; none when there is any problem."""

    references: tuple[Reference, ...] = ()
    problems: tuple[Problem, ...] = ()


def references(files: Sequence[ManifestFile], *, secrets: bool = False) -> References:
    """List what manifests are about. Looks at kind, name and version, and nothing else.

    Args:
        secrets: whether documents of kind Secret are accepted, see `load`.
    """
    everything, budget = Reporter(), Budget()
    found: dict[ResourceRef, Reference] = {}
    for file, text in read_texts(files, everything):
        of_file = everything.of(file=shown_name(file))
        for root in compose(text, of_file, budget):
            reporter = of_file.of(resource=resource_of(root))
            kind = kind_of(root, reporter)
            if kind is ResourceKind.SECRET and not secrets:
                refuse_secret(root, reporter)
            elif kind is not None and _is_named(root, kind, reporter):
                line = descend(root, ('metadata', 'name'))[0].mark.line
                ref = _ref(root, kind)
                found.setdefault(ref, Reference(ref=ref, file=of_file.file, line=line))
    if everything.found:
        problems = in_order(everything.found, (shown_name(file) for file in files))
        return References(problems=problems)
    return References(references=tuple(found.values()))


def _is_named(root: Node, kind: ResourceKind, reporter: Reporter) -> bool:
    breaches = list(_breaches(root, kind))
    for path, message, remedy in breaches:
        reporter.add(descend(root, path)[1], message, remedy, path=path)
    return not breaches


def _breaches(root: Node, kind: ResourceKind) -> Iterator[Finding]:
    if not is_name(text_at(root, ('metadata', 'name')) or ''):
        yield Finding(('metadata', 'name'), 'it has no name', f'a name is {NAME_RULE}')
    if kind is ResourceKind.PACKAGE and not text_at(root, ('metadata', 'version')):
        yield Finding(
            ('metadata', 'version'), 'the package has no version', 'name it, as quoted text'
        )


def _ref(root: Node, kind: ResourceKind) -> ResourceRef:
    version = text_at(root, ('metadata', 'version')) if kind is ResourceKind.PACKAGE else None
    return ResourceRef(
        kind=kind, name=text_at(root, ('metadata', 'name')) or '', version=version or ''
    )
