# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Options that several verbs have, each the same everywhere."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from roost_cli.completion import (
    complete_components,
    complete_executables,
    complete_names,
    complete_places,
)
from roost_cli.connect import seconds
from roost_cli.exits import UsageError
from roost_core.deployment import OnFailure

# Of numbers in requests.
MOST = 2**31 - 1


def add_names(
    parser: argparse.ArgumentParser,
    name: str,
    completer: Callable[..., list[str]] = complete_names,
    *further: str,
    **options: Any,
) -> None:
    """Add an argument whose values a shell can complete; an option may have further names."""
    argument = parser.add_argument(name, *further, **options)
    argument.completer = completer  # type: ignore[attr-defined]  # argcomplete reads it


def add_deployment(parser: argparse.ArgumentParser) -> None:
    """Add the name of one deployment."""
    add_names(parser, 'name', metavar='NAME', help='name or id of a deployment')


def add_components(parser: argparse.ArgumentParser) -> None:
    """Add components of the deployment that is named."""
    add_names(
        parser,
        'components',
        complete_components,
        nargs='*',
        metavar='COMPONENT',
        help='only these components (all)',
    )


def add_place(
    parser: argparse.ArgumentParser,
    help: str = 'only of this component, or executable (all)',
) -> None:
    """Add the choice of one component, or one executable, of the deployment that is named."""
    add_names(
        parser,
        'place',
        complete_places,
        nargs='?',
        default='',
        metavar='COMPONENT[/EXECUTABLE]',
        help=help,
    )
    add_names(parser, '-c', complete_components, '--component', default='', help='likewise')
    add_names(parser, '-e', complete_executables, '--executable', default='', help='likewise')


def add_command(parser: argparse.ArgumentParser, help: str) -> None:
    """Add a command to run: what follows '--', as it is, and nothing before it."""
    parser.add_argument('command', nargs='*', default=[], metavar='-- COMMAND', help=help)


def place_of(args: argparse.Namespace) -> tuple[str, str]:
    """Give the component and the executable that are named; empty for all.

    Raises:
        UsageError: they are named twice.
    """
    component, _, executable = args.place.partition('/')
    if (component and args.component) or (executable and args.executable):
        raise UsageError(f"'{args.place}' and --component or --executable name the same: use one")
    return component or args.component, executable or args.executable


def natural(text: str) -> int:
    """Read a number that is not negative."""
    return _whole(text, 0)


def positive(text: str) -> int:
    """Read a number above zero."""
    return _whole(text, 1)


def _whole(text: str, least: int) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text[:20]) < least:
        raise argparse.ArgumentTypeError(f"'{text:.40}' is no whole number from {least} on")
    if len(text) > 20 or int(text) > MOST:
        raise argparse.ArgumentTypeError(f"'{text:.40}' is more than {MOST}")
    return int(text)


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add manifests to read."""
    parser.add_argument(
        'files',
        nargs='*',
        metavar='FILE',
        help="manifest, or folder of manifests; '-' reads standard input",
    )
    parser.add_argument(
        '-f',
        '--file',
        action='extend',
        nargs='+',
        default=[],
        dest='more_files',
        metavar='FILE',
        help='likewise, for who is used to it',
    )


def files_of(args: argparse.Namespace) -> list[str]:
    """Give the manifests to read; at least one must be named."""
    names = [*args.files, *args.more_files]
    if not names:
        raise UsageError('name a manifest, or a folder of manifests')
    return names


def add_selector(parser: argparse.ArgumentParser) -> None:
    """Add the choice by labels."""
    parser.add_argument(
        '-l',
        '--selector',
        default='',
        metavar='SELECTOR',
        help="only with these labels: 'site=lab,tier!=dev,arm'",
    )


def add_output(parser: argparse.ArgumentParser, *forms: str) -> None:
    """Add the choice of a format; the first one is the default."""
    parser.add_argument('-o', '--output', choices=forms, default=forms[0], help=f'({forms[0]})')


def add_wait(parser: argparse.ArgumentParser, until: str, wait_sec: float = 300.0) -> None:
    """Add --wait, and for how long."""
    parser.add_argument('--wait', action='store_true', help=f'follow it until {until}')
    add_wait_timeout(parser, wait_sec, 'with --wait: ')


def add_wait_timeout(
    parser: argparse.ArgumentParser, wait_sec: float = 300.0, when: str = ''
) -> None:
    """Add how long to wait for the end of the work."""
    parser.add_argument(
        '--timeout',
        type=seconds,
        default=wait_sec,
        metavar='SEC',
        help=f'{when}give up waiting after so many seconds ({wait_sec:g}); 0 for never',
    )


def add_on_failure(parser: argparse.ArgumentParser) -> None:
    """Add what becomes of a component whose update fails."""
    parser.add_argument(
        '--on-failure',
        type=OnFailure,
        choices=list(OnFailure),
        metavar='keep|rollback',
        help='an update that fails after the old instance was stopped leaves the component down, '
        'or brings back what ran before (rollback)',
    )
