# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Names for completion in a shell, asked of the manager with little patience."""

from __future__ import annotations

import argparse
from typing import Any

from roost_cli.connect import connect
from roost_cli.exits import RoostError
from roost_cli.kinds import Kind, KIND_OF
from roost_cli.model import Component

PATIENCE_SEC = 1.5

_THINGS = ('deployments', 'networks', 'volumes', 'devices')


def complete_names(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """List the names of what the verb is about; nothing when no manager answers in time."""
    kind = KIND_OF.get(getattr(parsed_args, 'kind', None) or 'deployments')
    return _names(kind, prefix) if kind else []


def complete_devices(prefix: str, **_: Any) -> list[str]:
    """List the names of devices; nothing when no manager answers in time."""
    return _names(KIND_OF['devices'], prefix)


def complete_packages(prefix: str, **_: Any) -> list[str]:
    """List the names of packages; nothing when no manager answers in time."""
    return _names(KIND_OF['packages'], prefix)


def complete_networks(prefix: str, **_: Any) -> list[str]:
    """List the names of networks; nothing when no manager answers in time."""
    return _names(KIND_OF['networks'], prefix)


def complete_things(prefix: str, **_: Any) -> list[str]:
    """List what the graph has by name in the manager: deployments, networks, volumes, devices."""
    try:
        with connect(PATIENCE_SEC) as manager:
            listed = [KIND_OF[kind].listed(manager, '') for kind in _THINGS]
    except RoostError:
        return []
    return sorted({one.name for each in listed for one in each if one.name.startswith(prefix)})


def complete_components(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """List the components of the deployment that is named; nothing without an answer."""
    return [part.name for part in _parts(parsed_args) if part.name.startswith(prefix)]


def complete_executables(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """List the executables of the deployment, or component, that is named."""
    component = parsed_args.component or parsed_args.place
    return sorted(
        {
            one.name
            for part in _parts(parsed_args)
            if component in ('', part.name)
            for one in part.executables
            if one.name.startswith(prefix)
        }
    )


def complete_places(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """List components, and their executables once there is a '/'; nothing without an answer."""
    parts = _parts(parsed_args)
    names = [part.name for part in parts]
    if '/' in prefix or any(prefix == name for name in names):
        names = [f'{part.name}/{one.name}' for part in parts for one in part.executables]
    return [name for name in names if name.startswith(prefix)]


def _parts(parsed_args: argparse.Namespace) -> tuple[Component, ...]:
    try:
        with connect(PATIENCE_SEC) as manager:
            return manager.deployment(parsed_args.name).deployment.components
    except RoostError:
        return ()


def _names(kind: Kind, prefix: str) -> list[str]:
    try:
        with connect(PATIENCE_SEC) as manager:
            listed = kind.listed(manager, '')
    except RoostError:
        return []
    return sorted({each.name for each in listed if each.name.startswith(prefix)})
