# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Show all that is known of one thing: what it is, what it uses, who uses it, what happened.

A deployment is shown with every environment variable of its executables and where it came from.
Values of secrets are shown nowhere.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TYPE_CHECKING

from roost_cli import describing
from roost_cli.connect import add_timeout, connect
from roost_cli.describing import DeploymentStory
from roost_cli.exits import Exit, UsageError
from roost_cli.kinds import KIND_OF, SINGULARS
from roost_cli.listing import listed
from roost_cli.options import add_names, add_output
from roost_cli.output import document, printable, show_document

if TYPE_CHECKING:
    from roost_cli.ros_api import Manager

EXAMPLES = (
    'describe deployment camera',
    'describe device rover1',
    'describe package camera 1.0',
    'describe network lab -o yaml',
)

EVENTS_SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    parser.add_argument('kind', choices=KIND_OF, metavar='KIND', help=SINGULARS)
    add_names(parser, 'name', metavar='NAME', help='name; ids find stopped deployments')
    parser.add_argument(
        'version', nargs='?', default='', metavar='VERSION', help='of a package (the newest)'
    )
    add_output(parser, 'text', 'json', 'yaml')
    add_timeout(parser)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    kind = KIND_OF[args.kind]
    if args.version and kind.singular != 'package':
        raise UsageError(f'VERSION is for packages, not for a {kind.singular}')
    with connect(args.timeout) as manager:
        if kind.singular == 'deployment':
            found: Any = _story(manager, args.name)
        elif kind.singular == 'package':
            found = manager.package(args.name, args.version)
        elif kind.singular == 'device':
            found = manager.device(args.name)
        else:
            (found, *_) = listed(kind, [args.name], lambda: kind.listed(manager, ''))
    if args.output == 'text':
        print(printable('\n'.join(_LINES[kind.singular](found))))
    else:
        show_document(document(found), args.output)
    return Exit.OK


def _story(manager: Manager, name: str) -> DeploymentStory:
    details = manager.deployment(name)
    id = details.deployment.id
    events, _ = manager.events(deployment=id, limit=EVENTS_SHOWN, latest=True)
    return DeploymentStory(
        deployment=details.deployment,
        environment=details.environment,
        history=manager.history(id),
        events=events,
        manifest=details.manifest,
    )


_LINES: Mapping[str, Callable[[Any], Iterator[str]]] = {
    'deployment': describing.deployment_lines,
    'package': describing.package_lines,
    'device': describing.device_lines,
    'network': describing.network_lines,
    'volume': describing.volume_lines,
    'secret': describing.secret_lines,
    'config': describing.config_lines,
}
