# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""List devices; with --for, which may take a component, and why the others may not."""

from __future__ import annotations

import argparse

from roost_cli.columns import COLUMNS, WIDE
from roost_cli.completion import complete_devices
from roost_cli.connect import add_timeout, connect
from roost_cli.exits import Exit, UsageError
from roost_cli.kinds import KIND_OF
from roost_cli.listing import listed
from roost_cli.options import add_names, add_output, add_selector
from roost_cli.output import FORMATS, say, show
from roost_core.liveness import Liveness

EXAMPLES = (
    'devices',
    'devices -l site=lab --online -o wide',
    'devices --for camera',
    'devices --for rover:2.1/arm',
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_names(parser, 'names', complete_devices, nargs='*', metavar='NAME', help='only these')
    parser.add_argument(
        '--for',
        dest='component',
        default='',
        metavar='PACKAGE[:VERSION][/COMPONENT]',
        help='tell for each device whether it may take this component (the newest version; '
        'COMPONENT may be left out where there is one only)',
    )
    add_selector(parser)
    parser.add_argument(
        '--arch', default='', help='only of this architecture: amd64, arm64v8, ...'
    )
    parser.add_argument('--runtime', default='', help='only with docker, or with preinstalled')
    state = parser.add_mutually_exclusive_group()
    state.add_argument('--online', action='store_true', help='only those that are online')
    state.add_argument('--offline', action='store_true', help='only those that are offline')
    add_output(parser, *FORMATS)
    add_timeout(parser)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    wanted = component_of(args.component)
    chosen = {Liveness.ONLINE: args.online, Liveness.OFFLINE: args.offline}
    with connect(args.timeout) as manager:
        found = listed(
            KIND_OF['devices'],
            args.names,
            lambda: manager.devices(
                selector=args.selector,
                livenesses=[liveness for liveness, is_chosen in chosen.items() if is_chosen],
                architecture=args.arch,
                runtime=args.runtime,
                candidates_for=wanted,
            ),
        )
    columns = dict(COLUMNS['devices'])
    if args.component:
        columns = {
            'NAME': columns['NAME'],
            'MAY TAKE IT': lambda each: each.candidate,
            'WHY NOT': lambda each: each.candidate_reasons,
            'STATE': columns['STATE'],
            'ARCH': columns['ARCH'],
            'RUNTIMES': columns['RUNTIMES'],
        }
    show(found, args.output, columns=columns, wide=WIDE['devices'])
    if not found and args.output in ('table', 'wide'):
        filtered = args.selector or args.arch or args.runtime or any(chosen.values())
        say(
            'no such devices'
            if filtered
            else 'no devices: each registers itself when its executor starts (device_executor)'
        )
    return Exit.OK


def component_of(text: str) -> tuple[str, str, str]:
    """Read PACKAGE[:VERSION][/COMPONENT].

    Raises:
        UsageError: no package is named.
    """
    whole, slash, component = text.partition('/')
    package, colon, version = whole.partition(':')
    if text and (not package or (colon and not version) or (slash and not component)):
        raise UsageError(f"--for '{text}' is not PACKAGE[:VERSION][/COMPONENT]")
    return package, version, component
