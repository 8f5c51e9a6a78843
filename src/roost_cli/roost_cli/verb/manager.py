# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Look after the deployment manager itself.

`recover` is for a manager whose database was restored from a backup: it raises the epoch, so
that devices accept its desired states again. It removes nothing from any device: what the
backup does not know goes on and is shown as an orphan.
"""

from __future__ import annotations

import argparse
import sys

from roost_cli.connect import add_timeout, connect
from roost_cli.exits import Exit, RoostError, UsageError
from roost_cli.output import say

EXAMPLES = ('manager recover', 'manager recover --yes')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    tasks = parser.add_subparsers(title='tasks', metavar='TASK', dest='task', required=True)
    recover = tasks.add_parser(
        'recover', help='take over the fleet after a restored backup', description=__doc__
    )
    recover.add_argument('-y', '--yes', action='store_true', help='do not ask')
    add_timeout(recover)


def main(args: argparse.Namespace) -> int:
    """Run the task; there is one."""
    if not args.yes:
        if not sys.stdin.isatty():
            raise UsageError('nobody is there to ask: add --yes')
        print('Was the database of this manager restored from a backup? [y/N] ', end='')
        if input().strip().lower() not in ('y', 'yes'):
            raise RoostError('left as it is')
    with connect(args.timeout) as manager:
        epoch = manager.recover()
    say(f'the manager leads its fleet again, with epoch {epoch}. See `roost devices -o wide`')
    return Exit.OK
