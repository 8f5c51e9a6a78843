# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Rules that a JSON Schema cannot express.

They look at what is there; what is missing or of the wrong type is left to the schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from roost_core.manifest.deployment_rules import deployment_rules
from roost_core.manifest.findings import Finding, keys_at, text_at
from roost_core.manifest.package_rules import package_rules
from roost_core.manifest.paths import clashes, fits
from roost_core.manifest.reporter import Reporter
from roost_core.manifest.scalars import shown
from roost_core.manifest.tree import descend, Node, Path
from roost_core.resource import ResourceKind


def check_rules(root: Node, reporter: Reporter) -> None:
    """Report every breach of a rule in a document."""
    rules = _RULES.get(text_at(root, ('kind',)) or '', _no_rules)
    for finding in rules(root):
        node, key = descend(root, finding.path)
        mark = node.mark if isinstance(node.value, (str, int, float)) else key
        reporter.add(mark, finding.message, finding.remedy, path=finding.path)
        if reporter.full:
            return


def _config_rules(root: Node) -> Iterator[Finding]:
    files: Path = ('spec', 'files')
    paths = [str(path[-1]) for path in keys_at(root, files)]
    for path in paths:
        if not fits(path):
            yield Finding((*files, path), 'a part of this path is too long', 'make it shorter')
    for folder, path in clashes(paths):
        yield Finding(
            (*files, folder),
            f'{shown(folder)} cannot be both a file and the folder of {shown(path)}',
            'rename one of them',
        )


def _no_rules(root: Node) -> Iterator[Finding]:
    del root
    yield from ()


_RULES: dict[str, Callable[[Node], Iterator[Finding]]] = {
    ResourceKind.PACKAGE: package_rules,
    ResourceKind.DEPLOYMENT: deployment_rules,
    ResourceKind.CONFIG: _config_rules,
}
