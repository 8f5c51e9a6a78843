# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Rules of deployments."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from roost_core.manifest.findings import (
    Finding,
    first_in,
    items_at,
    keys_at,
    text_at,
    texts_at,
    unique,
)
from roost_core.manifest.scalars import shown
from roost_core.manifest.tree import descend, Node, Path

# Stands for all executables of a component, which a mount without names is for.
_ALL = ''


def deployment_rules(root: Node) -> Iterator[Finding]:
    """Find breaches in a document of kind Deployment."""
    dependencies: Path = ('spec', 'dependsOn')
    yield from unique(root, dependencies, 'deployment', 'dependency')
    own = text_at(root, ('metadata', 'name'))
    for dependency in items_at(root, dependencies):
        path = (*dependency, 'deployment')
        if own and text_at(root, path) == own:
            yield Finding(path, 'a deployment cannot depend on itself', 'remove this entry')
    for component in keys_at(root, ('spec', 'components')):
        yield from _mounts(root, component)


def _mounts(root: Node, component: Path) -> Iterator[Finding]:
    """Find what an executable would get at a path where it gets something else already."""
    taken: dict[str, dict[str, int]] = {}
    for part in ('volumes', 'configs'):
        for mount in items_at(root, (*component, part)):
            path = (*mount, 'mountPath')
            target = text_at(root, path)
            if target is None:
                continue
            names = texts_at(root, (*mount, 'executables')) or (_ALL,)
            here = taken.setdefault(target, {})
            clash = _clash(names, here)
            if clash is not None:
                whose = clash if clash != _ALL else names[0]
                yield Finding(
                    path,
                    f'the path {shown(target)}{f" of {shown(whose)}" if whose != _ALL else ""}'
                    f' is taken already{first_in(here[clash])}',
                    'mount it at another path, or into other executables',
                )
            line = descend(root, path)[0].mark.line
            for name in names:
                here.setdefault(name, line)


def _clash(names: Collection[str], here: Collection[str]) -> str | None:
    """Tell whose path is taken already, of those who have something there; None when free."""
    if _ALL in here:
        return _ALL
    candidates = here if _ALL in names else (name for name in names if name in here)
    return next(iter(candidates), None)
