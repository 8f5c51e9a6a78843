# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Stop deployments and remove them from their devices.

Refused, with the names, when others need one of them; --force does it all the same.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from roost_cli.completion import complete_names
from roost_cli.connect import connect, seconds
from roost_cli.exits import Exit, UsageError
from roost_cli.output import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    names = parser.add_argument('names', nargs='*', metavar='NAME', help='name or id')
    names.completer = complete_names  # type: ignore[attr-defined]  # argcomplete reads it
    parser.add_argument('-l', '--selector', default='', help="also those with labels: 'site=lab'")
    parser.add_argument(
        '--force', action='store_true', help='even when deployments that stay need one of them'
    )
    parser.add_argument('--wait', action='store_true', help='until all of them are stopped')
    parser.add_argument(
        '--timeout',
        type=seconds,
        default=120.0,
        metavar='SEC',
        help='with --wait: give up waiting after so many seconds (120); 0 for never',
    )


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    if not args.names and not args.selector:
        raise UsageError('name deployments, or select them with -l')
    with connect() as manager:
        if not args.wait:
            ids = manager.deprovision(args.names, selector=args.selector, force=args.force)
            say(f'accepted: {_counted(len(ids))} being stopped; see roost get')
            return Exit.OK
        ended = manager.deprovision_and_wait(
            args.names,
            selector=args.selector,
            force=args.force,
            timeout_sec=args.timeout,
            on_change=tell_remaining,
        )
    say(f'{_counted(len(ended))} stopped: {", ".join(each.name for each in ended)}')
    return Exit.OK


def tell_remaining(remaining: Sequence[str], reason: str) -> None:
    """Say what is not stopped yet."""
    if remaining:
        say(f'stopping {", ".join(remaining)}' + (f': {reason}' if reason else ''))


def _counted(number: int) -> str:
    return f'{number} deployment{"" if number == 1 else "s"}'
