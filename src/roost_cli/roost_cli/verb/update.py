# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Update components of a deployment in place, and follow it until it runs.

The image is pulled again under its name, or another image or package version is named, which the
deployment then keeps. The new image is there before the old instance is stopped. An update that
fails brings back what ran before, unless --on-failure keep is given. Ctrl-C stops the watching,
not the update; --cancel gives it up. Prints the new generation.
"""

from __future__ import annotations

import argparse

from roost_cli.completion import complete_components
from roost_cli.connect import connect, pairs, seconds
from roost_cli.exits import Exit, UsageError
from roost_cli.following import Deployed, goes_on, runs, Target, wait_until_running
from roost_cli.model import Deployment
from roost_cli.options import add_deployment, add_names, add_on_failure
from roost_cli.output import say
from roost_cli.warning import warn_dependants, why_failed
from roost_core.resource import ResourceKind

EXAMPLES = (
    'update camera',
    'update camera --component driver',
    'update camera --image driver=registry/camera:2.0',
    'update camera --package-version 2.0 --on-failure keep --timeout 120',
    'update camera --cancel',
)

# After its deadline the manager brings back what ran before; that is watched too.
ROLLBACK_SEC = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_deployment(parser)
    add_names(
        parser,
        '--component',
        complete_components,
        action='append',
        default=[],
        dest='components',
        metavar='COMPONENT',
        help='only this one; may be given several times (all that can be updated)',
    )
    parser.add_argument(
        '--image',
        action='append',
        metavar='[COMPONENT/]EXECUTABLE=IMAGE',
        help='run another image from now on',
    )
    parser.add_argument(
        '--package-version',
        default='',
        metavar='VERSION',
        help='another version of the package',
    )
    add_on_failure(parser)
    parser.add_argument(
        '--timeout',
        type=seconds,
        default=0.0,
        metavar='SEC',
        help="the update fails when it is not done after so many seconds (the manager's)",
    )
    parser.add_argument('--no-wait', action='store_true', help='return once it is accepted')
    parser.add_argument(
        '--cancel', action='store_true', help='give up the update that is under way'
    )


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    images = pairs(args.image, '--image', '[COMPONENT/]EXECUTABLE=IMAGE')
    if args.cancel and (images or args.components or args.package_version):
        raise UsageError('--cancel gives an update up and takes no other choice')
    with connect() as manager:
        if args.cancel:
            manager.cancel_update(args.name)
            say(f'{args.name}: the update is given up, what ran before comes back: roost get')
            return Exit.OK
        warn_dependants(manager, args.name, 'updated')
        id, generation = manager.update(
            args.name,
            components=args.components,
            package_version=args.package_version,
            images=images,
            on_failure=args.on_failure,
            timeout_sec=args.timeout,
        )
        if args.no_wait:
            print(generation)
            say(f'accepted: follow it with `roost events -f {args.name}`')
            return Exit.OK
        target = Target(ResourceKind.DEPLOYMENT, id, args.name)
        limit = args.timeout + ROLLBACK_SEC if args.timeout else 0.0

        def updated(now: Deployed) -> bool:
            return isinstance(now, Deployment) and now.generation >= generation and runs(now)

        with goes_on(f'the update goes on. Cancel it: roost update {args.name} --cancel'):
            code = wait_until_running(
                manager.follow([target], limit),
                there=updated,
                why=why_failed(manager),
                wanted='updated',
            )
    print(generation)
    return code
