# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""End all executables of a deployment and start them again, what had ended too.

Nothing is pulled, and configuration stays; a changed image, config or secret takes an update.
"""

from __future__ import annotations

import argparse

from roost_cli.connect import connect
from roost_cli.exits import Exit
from roost_cli.following import Deployed, goes_on, runs, Target, wait_until_running
from roost_cli.model import Deployment
from roost_cli.options import add_components, add_deployment, add_wait
from roost_cli.output import say
from roost_cli.warning import warn_dependants
from roost_core.resource import ResourceKind

EXAMPLES = ('restart camera', 'restart camera driver --wait')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_deployment(parser)
    add_components(parser)
    add_wait(parser, 'all were started again and run', 60.0)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    with connect() as manager:
        warn_dependants(manager, args.name, 'restarted')
        before = manager.deployment(args.name).deployment
        id = manager.restart(args.name, args.components)
        if not args.wait:
            say(f'accepted: {args.name} is being restarted; see roost get')
            return Exit.OK
        former = starts(before, args.components)

        def there(now: Deployed) -> bool:
            if not isinstance(now, Deployment) or not runs(now):
                return False
            present = starts(now, args.components)
            return all(present[key] > start for key, start in former.items() if key in present)

        target = Target(ResourceKind.DEPLOYMENT, id, args.name)
        with goes_on('the restart goes on: roost get'):
            following = manager.follow([target], args.timeout)
            return wait_until_running(following, there=there, wanted='restarted')


def starts(
    deployment: Deployment, components: list[str]
) -> dict[tuple[str, str], tuple[int, int]]:
    """Give the present start of each executable of these components, or of all, a number.

    Numbers are generations and the restarts in them, and only grow.
    """
    return {
        (part.name, one.name): (part.generation, one.restart_count)
        for part in deployment.components
        for one in part.executables
        if not components or part.name in components
    }
