# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""List deployments, packages, devices, networks, volumes, secrets or configs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from roost_cli.connect import add_timeout, connect
from roost_cli.exits import UsageError
from roost_cli.kinds import KIND_OF, PLURALS
from roost_cli.listing import listed, show_listed
from roost_cli.model import Deployment
from roost_cli.options import add_names, add_output, add_selector
from roost_cli.output import FORMATS
from roost_core.phase import Phase

EXAMPLES = (
    'get',
    'get deployments camera -o yaml',
    'get deployments -l site=lab --device rover1 -o wide',
    'get networks -o json',
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    parser.add_argument(
        'kind',
        nargs='?',
        default='deployments',
        choices=KIND_OF,
        metavar='KIND',
        help=f'{PLURALS} (deployments)',
    )
    add_names(parser, 'names', nargs='*', metavar='NAME', help='only these')
    add_selector(parser)
    parser.add_argument('--device', default='', help='only deployments on this device')
    parser.add_argument('--package', default='', help='only deployments of this package')
    parser.add_argument(
        '-a', '--all', action='store_true', help='also deployments that are stopped'
    )
    add_output(parser, *FORMATS)
    add_timeout(parser)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    kind = KIND_OF[args.kind]
    if kind.plural != 'deployments' and (args.device or args.package or args.all):
        raise UsageError(f'--device, --package and --all are for deployments, not {kind.plural}')
    with connect(args.timeout) as manager:
        if kind.plural == 'deployments':
            found = listed(
                kind,
                args.names,
                lambda: manager.deployments(
                    selector=args.selector,
                    package=args.package,
                    device=args.device,
                    stopped=args.all or bool(args.names),
                ),
            )
            if not args.all:
                found = present(found, args.names)
        else:
            found = listed(kind, args.names, lambda: kind.listed(manager, args.selector))
    return show_listed(kind, found, args.output)


def present(found: Sequence[Deployment], names: Sequence[str]) -> tuple[Deployment, ...]:
    """Leave out stopped ones whose name another one has, unless asked for by id."""
    of_name: dict[str, Deployment] = {}
    for each in sorted(found, key=_how_present):
        of_name[each.name] = each
    return tuple(each for each in found if each.id in names or of_name[each.name] is each)


def _how_present(deployment: Deployment) -> tuple[bool, float]:
    created = deployment.created_at
    is_there = deployment.phase is not Phase.DEPLOYMENT_STOPPED
    return is_there, created.timestamp() if created else 0.0
