# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Deploy a package, and follow it until it runs.

Ctrl-C stops the watching, not the deployment, unless --rollback is given. Prints its id.
"""

from __future__ import annotations

import argparse

from roost_cli.completion import complete_packages
from roost_cli.connect import connect, pairs
from roost_cli.exits import Exit
from roost_cli.following import Target, wait_until_running
from roost_cli.options import add_names, add_wait_timeout
from roost_cli.output import say
from roost_cli.specify import specify
from roost_core.resource import ResourceKind

EXAMPLES = (
    'deploy camera 1.0 --device rover1',
    'deploy rover 2.1 --name north --device base=rover1 --device arm=rover2',
    'deploy camera 1.0 --device rover1 --env RATE=30 --network driver=lab --depends-on map',
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    option = parser.add_argument
    add_names(
        parser,
        'package',
        complete_packages,
        metavar='PACKAGE',
        help='name of a package that was applied',
    )
    option('version', metavar='VERSION', help='of the package')
    option('--name', help="of the deployment (the package's)")
    option(
        '--device',
        action='append',
        metavar='[COMPONENT=]DEVICE',
        help='where a component runs; without COMPONENT: all that are not named',
    )
    option(
        '--env',
        action='append',
        metavar='[COMPONENT.]KEY=VALUE',
        help='environment, of all components or of one',
    )
    option(
        '--network',
        action='append',
        metavar='COMPONENT=NETWORK',
        help='ROS network that a component joins (default)',
    )
    option(
        '--restart',
        action='append',
        metavar='COMPONENT=POLICY',
        help="always, on-failure or never (the package's)",
    )
    option(
        '--depends-on',
        action='append',
        metavar='NAME[:CONDITION]',
        help='wait until that deployment is running or ready (running)',
    )
    option('--label', action='append', metavar='KEY=VALUE', help='of the deployment')
    option('--allow-offline', action='store_true', help='also while a device is offline')
    option('--no-wait', action='store_true', help='return once it is accepted')
    option('--rollback', action='store_true', help='Ctrl-C deprovisions it again')
    add_wait_timeout(parser)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    with connect() as manager:
        package = manager.package(args.package, args.version)
        spec = specify(
            package,
            name=args.name or args.package,
            devices=args.device or [],
            environment=pairs(args.env, '--env', '[COMPONENT.]KEY=VALUE'),
            networks=pairs(args.network, '--network', 'COMPONENT=NETWORK'),
            restarts=pairs(args.restart, '--restart', 'COMPONENT=POLICY'),
            depends_on=args.depends_on or [],
            labels=pairs(args.label, '--label'),
            allow_offline=args.allow_offline,
        )
        id = manager.deploy(spec)
        if args.no_wait:
            print(id)
            say(f'accepted: follow it with `roost events -f {spec.name}`')
            return Exit.OK
        target = Target(ResourceKind.DEPLOYMENT, id, spec.name)
        try:
            code = wait_until_running(manager.follow([target], args.timeout))
        except KeyboardInterrupt:
            if args.rollback:
                manager.deprovision([id], force=True)
            told = 'it is deprovisioned again' if args.rollback else 'not watched; it goes on'
            say(f'\n{told}')
            raise
    if code is Exit.OK:
        print(id)
    return code
