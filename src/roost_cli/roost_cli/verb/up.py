# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Run a fleet on this machine: a manager, introspection and devices, until Ctrl-C.

What is deployed goes on running after Ctrl-C, and the next `roost up` finds it again. With
--ephemeral it is deprovisioned, and nothing is kept.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from roost_cli.connect import seconds
from roost_cli.domain import domain_of_environment
from roost_cli.exits import Exit, RoostError, UsageError
from roost_cli.options import natural
from roost_cli.output import say
from roost_cli.upping import running_fleet, stay
from roost_core.names import is_device_name, TOKEN_RULE

EXAMPLES = ('up', 'up --devices 3 --ephemeral', 'up --runtime docker --domain-id 42')

RUNTIMES = ('docker', 'preinstalled')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    option = parser.add_argument
    option('--devices', type=natural, default=1, metavar='N', help='so many devices (1)')
    option('--name', default='rover', help='devices are called NAME1, NAME2, ... (rover)')
    option(
        '--runtime',
        action='append',
        choices=RUNTIMES,
        help='that the devices offer; may be given twice (both)',
    )
    option(
        '--state-dir',
        type=Path,
        metavar='FOLDER',
        help='holds all that is kept, and the logs (~/.local/state/roost/up; --ephemeral: a '
        'temporary one)',
    )
    option(
        '--domain-id',
        type=natural,
        metavar='ID',
        help='ROS domain (ROS_DOMAIN_ID, or 0)',
    )
    option(
        '--ephemeral',
        action='store_true',
        help='at the end, deprovision everything and forget it',
    )
    option(
        '--timeout',
        type=seconds,
        default=30.0,
        metavar='SEC',
        help='give up when the fleet is not ready after so many seconds (30)',
    )


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    names = [f'{args.name}{number}' for number in range(1, args.devices + 1)]
    if not names or not all(map(is_device_name, names)):
        raise UsageError(
            f"--name '{args.name}' --devices {args.devices}: a device needs a name of {TOKEN_RULE}"
        )
    domain_id = domain_of_environment() if args.domain_id is None else args.domain_id
    if not 0 <= domain_id <= 232:
        raise UsageError('--domain-id is a number from 0 to 232')
    with running_fleet(
        devices=names,
        runtimes=args.runtime or RUNTIMES,
        domain_id=domain_id,
        state_dir=args.state_dir or (None if args.ephemeral else default_state_dir()),
        ephemeral=args.ephemeral,
        timeout_sec=args.timeout,
    ) as (fleet, _):
        say('ready. In another shell: roost apply FILE, roost get, roost graph. Ctrl-C ends it')
        if not stay(fleet):
            raise RoostError('no node is left')
    return Exit.OK


def default_state_dir() -> Path:
    """Give the folder where a fleet of this user is kept."""
    base = os.environ.get('XDG_STATE_HOME') or Path.home() / '.local' / 'state'
    return Path(base) / 'roost' / 'up'
