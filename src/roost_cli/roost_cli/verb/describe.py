# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Show all that is known of one deployment, package or device."""

from __future__ import annotations

import argparse

from roost_cli.completion import complete_names
from roost_cli.connect import add_timeout, connect
from roost_cli.describing import deployment_lines, device_lines, package_lines
from roost_cli.exits import Exit
from roost_cli.output import printable

EVENTS_SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    parser.add_argument(
        'kind',
        choices=('deployment', 'package', 'device'),
        metavar='KIND',
        help='deployment, package or device',
    )
    name = parser.add_argument('name', metavar='NAME', help='name; ids find stopped deployments')
    name.completer = complete_names  # type: ignore[attr-defined]  # argcomplete reads it
    parser.add_argument(
        'version', nargs='?', default='', metavar='VERSION', help='of a package (the newest)'
    )
    add_timeout(parser)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    with connect(args.timeout) as manager:
        if args.kind == 'deployment':
            deployment, manifest = manager.deployment(args.name)
            events, _ = manager.events(deployment=deployment.id, limit=EVENTS_SHOWN, latest=True)
            lines = deployment_lines(deployment, manifest, events)
        elif args.kind == 'package':
            lines = package_lines(manager.package(args.name, args.version))
        else:
            lines = device_lines(manager.device(args.name))
    print(printable('\n'.join(lines)))
    return Exit.OK
