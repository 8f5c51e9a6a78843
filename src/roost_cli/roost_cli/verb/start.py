# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Start again what was stopped by choice."""

from __future__ import annotations

import argparse

from roost_cli.connect import connect
from roost_cli.exits import Exit
from roost_cli.following import goes_on, Target, wait_until_running
from roost_cli.options import add_components, add_deployment, add_wait
from roost_cli.output import say
from roost_core.resource import ResourceKind

EXAMPLES = ('start camera', 'start camera driver --wait')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_deployment(parser)
    add_components(parser)
    add_wait(parser, 'all of it runs', 60.0)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    with connect() as manager:
        id = manager.start(args.name, args.components)
        if args.wait:
            target = Target(ResourceKind.DEPLOYMENT, id, args.name)
            with goes_on('it is started all the same: roost get'):
                return wait_until_running(manager.follow([target], args.timeout))
    say(f'accepted: {args.name} is being started; see roost get')
    return Exit.OK
