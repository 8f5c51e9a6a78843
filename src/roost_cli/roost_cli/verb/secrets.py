# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""List secrets, without their values: nobody is told those."""

from __future__ import annotations

import argparse

from roost_cli.kinds import KIND_OF
from roost_cli.listing import add_listing_arguments, run_listing

EXAMPLES = ('secrets', 'secrets -o json')

_KIND = KIND_OF['secrets']


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_listing_arguments(parser, _KIND)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    return run_listing(args, _KIND)
