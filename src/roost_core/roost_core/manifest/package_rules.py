# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Rules of packages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from roost_core.manifest.findings import Finding, items_at, text_at, unique, value_at
from roost_core.manifest.scalars import shown
from roost_core.manifest.tree import Node, Path
from roost_core.manifest.units import parse_bytes, parse_seconds

# What the container engine accepts at least.
MIN_MEMORY = 6 * 1024 * 1024
MAX_TIME = 3600.0
# More often, or quicker, a probe would cost more than it tells.
MIN_PROBE_TIME = 0.1

_SINGULAR = {'executables': 'executable', 'environment': 'variable', 'endpoints': 'endpoint'}


def package_rules(root: Node) -> Iterator[Finding]:
    """Find breaches in a document of kind Package."""
    components: Path = ('spec', 'components')
    yield from unique(root, components, 'name', 'component')
    exposed: set[str] = set()
    for component in items_at(root, components):
        for part in ('executables', 'environment', 'endpoints'):
            yield from unique(root, (*component, part), 'name', _SINGULAR[part])
        for entry in items_at(root, (*component, 'environment')):
            yield from _exposure(root, entry, exposed)
        for endpoint in items_at(root, (*component, 'endpoints')):
            yield from _port_range(root, (*endpoint, 'portRange'))
        for executable in items_at(root, (*component, 'executables')):
            yield from _memory(root, (*executable, 'limits', 'memory'))
            yield from _time(root, (*executable, 'stopTimeout'))
            yield from _ulimits(root, (*executable, 'ulimits'))
            yield from _probe(root, (*executable, 'livenessProbe'))


def _exposure(root: Node, entry: Path, exposed: set[str]) -> Iterator[Finding]:
    name = text_at(root, (*entry, 'name'))
    given = text_at(root, (*entry, 'exposedName'))
    is_exposed = value_at(root, (*entry, 'exposed')) is True
    if given is not None and not is_exposed:
        yield Finding(
            (*entry, 'exposedName'),
            'the variable has an exposed name and is not exposed',
            'add exposed: true, or remove exposedName',
        )
    shared = given or name
    if not is_exposed or shared is None:
        return
    if shared in exposed:
        yield Finding(
            (*entry, 'exposedName' if given else 'name'),
            f'the package exposes {shown(shared)} twice',
            'expose it under another name with exposedName',
        )
    exposed.add(shared)


def _port_range(root: Node, path: Path) -> Iterator[Finding]:
    first, dash, last = (text_at(root, path) or '').partition('-')
    if not (dash and first.isdecimal() and last.isdecimal() and len(first + last) <= 10):
        return
    if not 1 <= int(first) <= int(last) <= 65535:
        yield Finding(
            path, 'this is no range of ports', 'ports are 1 to 65535, the lower one first'
        )


def _memory(root: Node, path: Path) -> Iterator[Finding]:
    amount = _amount(root, path, parse_bytes)
    if amount is not None and amount < MIN_MEMORY:
        yield Finding(
            path,
            f'{amount} bytes are less than any container can run in',
            'give at least 6Mi; without a unit, the number is in bytes',
        )


def _probe(root: Node, path: Path) -> Iterator[Finding]:
    yield from _time(root, (*path, 'initialDelay'))
    for name in ('period', 'timeout'):
        yield from _time(root, (*path, name), least=MIN_PROBE_TIME)


def _time(root: Node, path: Path, *, least: float = 0.0) -> Iterator[Finding]:
    amount = _amount(root, path, parse_seconds)
    if amount is None:
        return
    # Numbers that are too large are the schema's; it cannot see those with a unit.
    if amount > MAX_TIME and text_at(root, path):
        yield Finding(path, 'this is longer than an hour', 'give at most 1h')
    if 0 <= amount < least:
        yield Finding(
            path, f'this is shorter than {least * 1000:.0f}ms', f'give at least {least} seconds'
        )


def _ulimits(root: Node, path: Path) -> Iterator[Finding]:
    limits = value_at(root, path)
    for name in limits if isinstance(limits, dict) else ():
        soft, hard = (value_at(root, (*path, name, side)) for side in ('soft', 'hard'))
        if (
            isinstance(soft, int)
            and isinstance(hard, int)
            and hard != -1
            and not -1 < soft <= hard
        ):
            yield Finding(
                (*path, name, 'soft'),
                'the soft limit is above the hard one',
                f'give at most {hard}',
            )


def _amount(root: Node, path: Path, parse: Callable[[int | float | str], float]) -> float | None:
    value = value_at(root, path)
    if not isinstance(value, (int, float, str)) or isinstance(value, bool):
        return None
    if isinstance(value, str) and len(value) > 30:
        return None
    try:
        return parse(value)
    except ValueError:
        return None
