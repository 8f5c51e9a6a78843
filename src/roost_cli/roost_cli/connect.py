# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Join ROS only when a verb needs it: nothing else imports rclpy."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from roost_cli.exits import RoostError, UsageError

if TYPE_CHECKING:
    from roost_cli.ros_api import Manager


def connect(timeout_sec: float = 10.0, domain_id: int | None = None) -> Manager:
    """Give a client of the manager, to be used as a context; each call may take timeout_sec.

    Raises:
        RoostError: ROS 2 is not on the paths of this shell.
    """
    try:
        from roost_cli.ros_api import Manager
    except ImportError as error:
        raise RoostError(
            f'ROS 2 cannot be used from this shell: {error}.\n'
            "  Put it on: `. scripts/env` in Roost's folder, or source the setup.bash "
            'of your ROS 2 workspace'
        ) from error
    return Manager(timeout_sec=timeout_sec, domain_id=domain_id)


def add_timeout(parser: argparse.ArgumentParser, default: float = 10.0) -> None:
    """Let the user bound how long the manager may take to be found and to answer."""
    parser.add_argument(
        '--timeout',
        type=seconds,
        default=default,
        metavar='SEC',
        help=f'give up on the manager after so many seconds ({default:g})',
    )


def seconds(text: str) -> float:
    """Read a number of seconds that is not negative."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e6:
        raise argparse.ArgumentTypeError(f"'{text:.40}' is no number of seconds")
    return value


def pairs(given: list[str] | None, option: str, form: str = 'KEY=VALUE') -> dict[str, str]:
    """Read repeated KEY=VALUE options.

    Raises:
        UsageError: one has another form, or a key is there twice.
    """
    found: dict[str, str] = {}
    for text in given or ():
        key, equals, value = text.partition('=')
        if not equals or not key:
            raise UsageError(f"{option} '{text}' is not {form}")
        if key in found:
            raise UsageError(f"{option} names '{key}' twice")
        found[key] = value
    return found
