# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""List deployments, packages or devices."""

from __future__ import annotations

import argparse
from typing import Any

from roost_cli.columns import COLUMNS, WIDE
from roost_cli.completion import complete_names
from roost_cli.connect import add_timeout, connect
from roost_cli.exits import Exit, Refused, UsageError
from roost_cli.output import FORMATS, say, show

KINDS = {
    'deployments': 'deployments',
    'deployment': 'deployments',
    'packages': 'packages',
    'package': 'packages',
    'devices': 'devices',
    'device': 'devices',
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    parser.add_argument(
        'kind',
        nargs='?',
        default='deployments',
        choices=KINDS,
        metavar='KIND',
        help='deployments (the default), packages or devices',
    )
    names = parser.add_argument('names', nargs='*', metavar='NAME', help='only these')
    names.completer = complete_names  # type: ignore[attr-defined]  # argcomplete reads it
    parser.add_argument(
        '-l', '--selector', default='', help="only with these labels: 'site=lab,tier!=dev,arm'"
    )
    parser.add_argument('--device', default='', help='only deployments on this device')
    parser.add_argument('--package', default='', help='only deployments of this package')
    parser.add_argument(
        '-a', '--all', action='store_true', help='also deployments that are stopped'
    )
    parser.add_argument('-o', '--output', choices=FORMATS, default='table', help='(table)')
    add_timeout(parser)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    kind = KINDS[args.kind]
    if kind != 'deployments' and (args.device or args.package or args.all):
        raise UsageError(f'--device, --package and --all are for deployments, not for {kind}')
    with connect(args.timeout) as manager:
        if kind == 'deployments':
            found: tuple[Any, ...] = manager.deployments(
                selector=args.selector,
                package=args.package,
                device=args.device,
                stopped=args.all or bool(args.names),
            )
        elif kind == 'packages':
            found = manager.packages(selector=args.selector)
        else:
            found = manager.devices(selector=args.selector)
    if args.names:
        found = _named(found, args.names, kind)
    show(found, args.output, columns=COLUMNS[kind], wide=WIDE[kind])
    if not found and args.output in ('table', 'wide'):
        say(f'no {kind}')
    return Exit.OK


def _named(found: tuple[Any, ...], names: list[str], kind: str) -> tuple[Any, ...]:
    known = {word for each in found for word in (each.name, getattr(each, 'id', each.name))}
    if missing := [name for name in names if name not in known]:
        raise Refused('NOT_FOUND', f'no such {kind}: {", ".join(missing)}')
    return tuple(each for each in found if each.name in names or getattr(each, 'id', '') in names)
