# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""List devices; with --for, which may take a component, and why the others may not."""

from __future__ import annotations

import argparse

from roost_cli.columns import COLUMNS, WIDE
from roost_cli.connect import add_timeout, connect
from roost_cli.exits import Exit
from roost_cli.output import FORMATS, say, show


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    parser.add_argument(
        '--for',
        dest='component',
        nargs=3,
        metavar=('PACKAGE', 'VERSION', 'COMPONENT'),
        help='tell for each device whether it may take this component',
    )
    parser.add_argument('-l', '--selector', default='', help="only with these labels: 'site=lab'")
    parser.add_argument('-o', '--output', choices=FORMATS, default='table', help='(table)')
    add_timeout(parser)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    wanted = tuple(args.component or ('', '', ''))
    with connect(args.timeout) as manager:
        found = manager.devices(selector=args.selector, candidates_for=wanted)
    columns = dict(COLUMNS['devices'])
    if args.component:
        columns = {
            'NAME': columns['NAME'],
            'MAY TAKE IT': lambda each: each.candidate,
            'WHY NOT': lambda each: each.candidate_reasons,
            'STATE': columns['STATE'],
            'ARCH': columns['ARCH'],
            'RUNTIMES': columns['RUNTIMES'],
        }
    show(found, args.output, columns=columns, wide=WIDE['devices'])
    if not found and args.output in ('table', 'wide'):
        say('no devices: each registers itself when its executor starts (device_executor)')
    return Exit.OK
