# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Apply manifests: all of them, or none.

Prints what is created, updated, or the same already, and returns once it is accepted; the manager
then works on it, in the right order. With --wait, follows everything until all of it is Succeeded
and Running. Secrets are sealed before they leave this machine: only the manager can read them.
"""

from __future__ import annotations

import argparse

from roost_cli.connect import connect
from roost_cli.exits import Exit
from roost_cli.files import read_files
from roost_cli.following import goes_on, targets_of, wait_until_running
from roost_cli.options import add_files, add_on_failure, add_output, add_wait, files_of
from roost_cli.output import say
from roost_cli.planned import show_plan
from roost_cli.warning import why_failed

EXAMPLES = (
    'apply camera.yaml',
    'apply fleet/ --dry-run',
    'apply camera.yaml map.yaml --wait --timeout 60',
    'apply camera.yaml --on-failure keep',
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_files(parser)
    parser.add_argument(
        '--dry-run', action='store_true', help='check and print the plan, change nothing'
    )
    add_on_failure(parser)
    add_wait(parser, 'all of it runs')
    add_output(parser, 'table', 'json', 'yaml')


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    from roost_cli.sending import open_files  # the reader of manifests is slow to import

    opened = open_files(read_files(files_of(args)))
    with connect() as manager:
        changes, refusal = manager.apply(
            manager.sealed(opened), on_failure=args.on_failure, dry_run=args.dry_run
        )
        show_plan(changes, refusal, args.output)
        targets = targets_of(changes)
        if args.dry_run:
            say('this was a dry run: nothing is changed')
        elif args.wait and targets:
            with goes_on('the work goes on: roost get'):
                following = manager.follow(targets, args.timeout)
                return wait_until_running(following, why=why_failed(manager))
    return Exit.OK
