# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Apply manifests: all of them, or none.

Prints what changes and returns once it is accepted; the manager then works on it. With --wait,
follows the deployments until all are Succeeded and Running.
"""

from __future__ import annotations

import argparse

from roost_cli.connect import connect, seconds
from roost_cli.exits import Exit
from roost_cli.files import read_files
from roost_cli.follow import wait_until_running
from roost_cli.output import document, say, show_document
from roost_cli.table import print_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    parser.add_argument(
        'files',
        nargs='+',
        metavar='FILE',
        help="manifest, or folder of manifests; '-' reads standard input",
    )
    parser.add_argument(
        '--dry-run', action='store_true', help='check and print the plan, change nothing'
    )
    parser.add_argument(
        '--wait', action='store_true', help='follow the deployments until all of them run'
    )
    parser.add_argument(
        '--timeout',
        type=seconds,
        default=300.0,
        metavar='SEC',
        help='with --wait: give up waiting after so many seconds (300); 0 for never',
    )
    parser.add_argument(
        '-o', '--output', choices=('table', 'json', 'yaml'), default='table', help='(table)'
    )


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    files = read_files(args.files)
    with connect() as manager:
        changes = manager.apply(files, dry_run=args.dry_run)
        if args.output == 'table':
            titles = ('ACTION', 'KIND', 'NAME', 'VERSION', 'DETAIL')
            rows = [
                (each.action, each.kind, each.name, each.version or '-', each.detail or '-')
                for each in changes
            ]
            print_table(titles, rows)
        else:
            show_document(document(changes), args.output)
        ids = [each.deployment_id for each in changes if each.deployment_id]
        if args.dry_run:
            say('this was a dry run: nothing is changed')
        elif args.wait and ids:
            return wait_until_running(manager.follow(ids, args.timeout))
    return Exit.OK
