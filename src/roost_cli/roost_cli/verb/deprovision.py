# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Stop deployments and remove them from their devices.

Refused, with the names, when others need one of them; --force does it all the same.
"""

from __future__ import annotations

import argparse

from roost_cli.connect import connect
from roost_cli.exits import Exit, RoostError, UsageError
from roost_cli.following import goes_on, Target, wait_until_stopped
from roost_cli.options import add_names, add_selector, add_wait
from roost_cli.output import say
from roost_core.resource import ResourceKind

EXAMPLES = (
    'deprovision camera',
    'deprovision camera map --wait',
    'deprovision -l site=lab --wait --timeout 60',
    'deprovision simulator --force',
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_names(parser, 'names', nargs='*', metavar='NAME', help='name or id')
    add_selector(parser)
    parser.add_argument(
        '--force', action='store_true', help='even when deployments that stay need one of them'
    )
    add_wait(parser, 'all of them are stopped', 120.0)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    if not args.names and not args.selector:
        raise UsageError('name deployments, or select them with -l')
    with connect() as manager:
        ids = manager.deprovision(args.names, selector=args.selector, force=args.force)
        if not ids:
            raise RoostError(f"no deployment has the labels '{args.selector}': nothing is stopped")
        if not args.wait:
            say(f'accepted: {_counted(len(ids))} being stopped; see roost get')
            return Exit.OK
        targets = [Target(ResourceKind.DEPLOYMENT, id, id) for id in ids]
        with goes_on('the removal goes on: roost get'):
            wait_until_stopped(manager.follow(targets, args.timeout))
    say(f'{_counted(len(ids))} stopped')
    return Exit.OK


def _counted(number: int) -> str:
    return f'{number} deployment{"" if number == 1 else "s"}'
