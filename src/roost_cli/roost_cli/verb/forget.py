# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Forget a device that will not come back.

Refused, with the names, while something is deployed there. With --force what is there is lost:
deployments that are only there end, and should the device ever return, it is told to remove what
it still runs.
"""

from __future__ import annotations

import argparse

from roost_cli.completion import complete_devices
from roost_cli.connect import add_timeout, connect
from roost_cli.exits import Exit
from roost_cli.options import add_names
from roost_cli.output import say

EXAMPLES = ('forget rover3', 'forget rover3 --force')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_names(parser, 'device', complete_devices, metavar='DEVICE', help='name of the device')
    parser.add_argument(
        '--force',
        action='store_true',
        help='also while it is online or something is deployed there',
    )
    add_timeout(parser)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    with connect(args.timeout) as manager:
        lost = manager.forget_device(args.device, force=args.force)
    say(f'{args.device} is forgotten')
    if lost:
        say(f'lost with it, whole or in part: {", ".join(lost)}')
    return Exit.OK
