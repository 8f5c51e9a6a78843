# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Show the generations of a deployment: its creation and every update, and how they ended."""

from __future__ import annotations

import argparse

from roost_cli.columns import COLUMNS, WIDE
from roost_cli.connect import add_timeout, connect
from roost_cli.exits import Exit
from roost_cli.options import add_deployment, add_output
from roost_cli.output import FORMATS, show

EXAMPLES = ('history camera', 'history camera -o wide', 'history camera -o json')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_deployment(parser)
    add_output(parser, *FORMATS)
    add_timeout(parser)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    with connect(args.timeout) as manager:
        generations = manager.history(args.name)
    show(generations, args.output, columns=COLUMNS['generations'], wide=WIDE['generations'])
    return Exit.OK
