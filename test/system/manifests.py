# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Manifests as data, with what most tests mean unless they say otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Document = dict[str, Any]

VERSION = '1.0'
FOREVER = ('sleep', '100000')


def executable(name: str, *command: str, **more: Any) -> Document:
    """Describe an executable; `more` are its other keys."""
    given = {'command': list(command)} if command else {}
    return {'name': name, **given, **more}


def component(
    name: str,
    *executables: Document,
    runtime: str = 'docker',
    restart: str = 'always',
    **more: Any,
) -> Document:
    """Describe a component of a device; `more` are its other keys."""
    device = {'runtime': runtime, 'restart': restart, **more.pop('device', {})}
    return {
        'name': name,
        'runtime': 'device',
        'device': device,
        'executables': list(executables),
        **more,
    }


def package(name: str, *components: Document, version: str = VERSION, **spec: Any) -> Document:
    """Describe a package; `spec` are its other keys, such as singleton."""
    return {
        'apiVersion': 'roost/v1',
        'kind': 'Package',
        'metadata': {'name': name, 'version': version},
        'spec': {'components': list(components), **spec},
    }


def deployment(
    name: str,
    of: str = '',
    *,
    device: str = 'rover1',
    components: Mapping[str, Any] | None = None,
    depends_on: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    version: str = VERSION,
    **spec: Any,
) -> Document:
    """
    Ask for a deployment of package `of`, or of the one that has its name.

    Without `components`, the package has one that is called main, and it goes to `device`.
    """
    return {
        'apiVersion': 'roost/v1',
        'kind': 'Deployment',
        'metadata': {'name': name, 'labels': dict(labels or {})},
        'spec': {
            'package': {'name': of or name, 'version': version},
            'components': dict(components or {'main': {'device': device}}),
            'dependsOn': [{'deployment': each} for each in depends_on],
            **spec,
        },
    }


def container(
    name: str,
    image: str,
    *command: str,
    restart: str = 'always',
    ros: bool = False,
    component_keys: Mapping[str, Any] | None = None,
    **keys: Any,
) -> Document:
    """Describe a package of one container; `keys` are those of its executable."""
    return package(
        name,
        component(
            'main',
            executable('main', *command, image=image, **keys),
            restart=restart,
            ros={'enabled': ros},
            **(component_keys or {}),
        ),
    )


def process(
    name: str,
    *command: str,
    restart: str = 'always',
    component_keys: Mapping[str, Any] | None = None,
    **keys: Any,
) -> Document:
    """Describe a package of one preinstalled process; `keys` are those of its executable."""
    return package(
        name,
        component(
            'main',
            executable('main', *command, **keys),
            runtime='preinstalled',
            restart=restart,
            **(component_keys or {}),
        ),
    )
