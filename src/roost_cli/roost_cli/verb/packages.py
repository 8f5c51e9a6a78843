# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""List packages: what can be deployed."""

from __future__ import annotations

import argparse

from roost_cli.kinds import KIND_OF
from roost_cli.listing import add_listing_arguments, run_listing

EXAMPLES = ('packages', 'packages -l site=lab', 'packages camera -o yaml')

_KIND = KIND_OF['packages']


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_listing_arguments(parser, _KIND)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    return run_listing(args, _KIND)
