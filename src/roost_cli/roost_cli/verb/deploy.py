# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Deploy a package, and follow it until it runs.

Ctrl-C stops the watching, not the deployment, unless --rollback is given.
"""

from __future__ import annotations

import argparse

from roost_cli.connect import connect, pairs, seconds
from roost_cli.exits import Exit
from roost_cli.follow import failed, failure, Phases, runs
from roost_cli.output import say
from roost_cli.specify import specify


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    option = parser.add_argument
    option('package', metavar='PACKAGE', help='name of a package that was applied')
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
    option(
        '--timeout',
        type=seconds,
        default=300.0,
        metavar='SEC',
        help='give up waiting after so many seconds (300); 0 for never',
    )


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
        if args.no_wait:
            print(manager.deploy(spec))
            say(f'accepted: follow it with `roost events -f {spec.name}`')
            return Exit.OK
        with Phases() as phases:
            try:
                ended = manager.deploy_and_wait(
                    spec,
                    timeout_sec=args.timeout,
                    rollback=args.rollback,
                    on_change=lambda now: phases.update([now]),
                    give_up=failed,
                )
            except KeyboardInterrupt:
                say('it is deprovisioned again' if args.rollback else 'not watched; it goes on')
                raise
            phases.update([ended])
    if not runs(ended):
        say(failure(ended))
        return Exit.FAILED
    print(ended.id)
    return Exit.OK
