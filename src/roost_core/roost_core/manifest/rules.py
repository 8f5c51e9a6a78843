# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Rules that a JSON Schema cannot express.

They look at what is there; what is missing or of the wrong type is left to the schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from roost_core.manifest.reporter import Reporter
from roost_core.manifest.scalars import shown
from roost_core.manifest.tree import descend, get, Node, Path
from roost_core.manifest.units import parse_bytes, parse_seconds

# What the container engine accepts at least.
MIN_MEMORY = 6 * 1024 * 1024
MAX_STOP_TIMEOUT = 3600.0


class Finding(NamedTuple):
    """A breach of a rule."""

    path: Path
    message: str
    remedy: str


def check_rules(root: Node, reporter: Reporter) -> None:
    """Report every breach of a rule in a document."""
    is_package = _text(root, ('kind',)) == 'Package'
    rules = _package_rules if is_package else _deployment_rules
    for finding in rules(root):
        node, key = descend(root, finding.path)
        mark = node.mark if isinstance(node.value, (str, int, float)) else key
        reporter.add(mark, finding.message, finding.remedy, path=finding.path)
        if reporter.full:
            return


def _package_rules(root: Node) -> Iterator[Finding]:
    components: Path = ('spec', 'components')
    yield from _unique(root, components, 'name', 'component')
    exposed: set[str] = set()
    for component in _items(root, components):
        for part in ('executables', 'environment', 'endpoints'):
            yield from _unique(root, (*component, part), 'name', _SINGULAR[part])
        for entry in _items(root, (*component, 'environment')):
            yield from _exposure(root, entry, exposed)
        for endpoint in _items(root, (*component, 'endpoints')):
            yield from _port_range(root, (*endpoint, 'portRange'))
        for executable in _items(root, (*component, 'executables')):
            yield from _memory(root, (*executable, 'limits', 'memory'))
            yield from _stop_timeout(root, (*executable, 'stopTimeout'))
            yield from _ulimits(root, (*executable, 'ulimits'))


_SINGULAR = {'executables': 'executable', 'environment': 'variable', 'endpoints': 'endpoint'}


def _deployment_rules(root: Node) -> Iterator[Finding]:
    dependencies: Path = ('spec', 'dependsOn')
    yield from _unique(root, dependencies, 'deployment', 'dependency')
    own = _text(root, ('metadata', 'name'))
    for dependency in _items(root, dependencies):
        path = (*dependency, 'deployment')
        if own and _text(root, path) == own:
            yield Finding(path, 'a deployment cannot depend on itself', 'remove this entry')


def _unique(root: Node, path: Path, key: str, what: str) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for item in _items(root, path):
        name = _text(root, (*item, key))
        if name is None:
            continue
        line = descend(root, (*item, key))[0].mark.line
        if name in first:
            yield Finding(
                (*item, key),
                f'the {what} {shown(name)} is there twice'
                + (f', first in line {first[name]}' if first[name] else ''),
                'give it another name, or remove it',
            )
        first.setdefault(name, line)


def _exposure(root: Node, entry: Path, exposed: set[str]) -> Iterator[Finding]:
    name = _text(root, (*entry, 'name'))
    given = _text(root, (*entry, 'exposedName'))
    is_exposed = _value(root, (*entry, 'exposed')) is True
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
    first, dash, last = (_text(root, path) or '').partition('-')
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


def _stop_timeout(root: Node, path: Path) -> Iterator[Finding]:
    # Numbers out of bounds are the schema's; it cannot see those with a unit.
    amount = _amount(root, path, parse_seconds)
    if amount is not None and amount > MAX_STOP_TIMEOUT and _text(root, path):
        yield Finding(path, 'this is longer than an hour', 'give at most 1h')


def _ulimits(root: Node, path: Path) -> Iterator[Finding]:
    limits = _value(root, path)
    for name in limits if isinstance(limits, dict) else ():
        soft, hard = (_value(root, (*path, name, side)) for side in ('soft', 'hard'))
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
    value = _value(root, path)
    if not isinstance(value, (int, float, str)) or isinstance(value, bool):
        return None
    if isinstance(value, str) and len(value) > 30:
        return None
    try:
        return parse(value)
    except ValueError:
        return None


def _value(root: Node, path: Path) -> object:
    node = get(root, path)
    return None if node is None else node.value


def _text(root: Node, path: Path) -> str | None:
    value = _value(root, path)
    return value if isinstance(value, str) else None


def _items(root: Node, path: Path) -> Iterator[Path]:
    items = _value(root, path)
    if isinstance(items, list):
        yield from ((*path, index) for index in range(len(items)))
