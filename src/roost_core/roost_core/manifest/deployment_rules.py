# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Rules of deployments."""

from __future__ import annotations

from collections.abc import Iterator

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
            line = descend(root, path)[0].mark.line
            # The empty name stands for all executables of the component.
            names = texts_at(root, (*mount, 'executables')) or ('',)
            here = taken.setdefault(target, {})
            clashes = [name for name in here if not name or '' in names or name in names]
            if clashes:
                whose = f" of '{clashes[0] or names[0]}'" if clashes[0] or names[0] else ''
                yield Finding(
                    path,
                    f'the path {shown(target)}{whose} is taken already'
                    f'{first_in(here[clashes[0]])}',
                    'mount it at another path, or into other executables',
                )
            for name in names:
                here.setdefault(name, line)
