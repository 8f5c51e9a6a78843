# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Stop a deployment by choice, without removing it; it stays so until `roost start`.

Its status is then Stopped, which is no error, not even after a reboot of its device.
"""

from __future__ import annotations

import argparse

from roost_cli.choosing import await_choice
from roost_cli.connect import connect
from roost_cli.exits import Exit
from roost_cli.following import goes_on
from roost_cli.options import add_components, add_deployment, add_wait
from roost_cli.output import say
from roost_cli.warning import warn_dependants
from roost_core.status import Status

EXAMPLES = ('stop camera', 'stop camera driver --wait')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_deployment(parser)
    add_components(parser)
    add_wait(parser, 'nothing of it runs', 60.0)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    with connect() as manager:
        warn_dependants(manager, args.name, 'stopped')
        id = manager.stop(args.name, args.components)
        if args.wait:
            with goes_on('it is stopped all the same: roost get'):
                await_choice(manager, id, args.components, Status.STOPPED, args.timeout)
            return Exit.OK
    say(f'accepted: {args.name} is being stopped; start it again with `roost start {args.name}`')
    return Exit.OK
