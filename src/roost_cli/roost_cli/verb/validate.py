# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Check manifests without a manager or ROS.

Prints every problem with its file, line and column, and what would be right.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from roost_cli.exits import Exit
from roost_cli.files import read_files
from roost_cli.output import document, say, show_document

if TYPE_CHECKING:
    from roost_core.manifest import Loaded
    from roost_core.problem import Problem


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    parser.add_argument(
        'files',
        nargs='+',
        metavar='FILE',
        help="manifest, or folder of manifests; '-' reads standard input",
    )
    parser.add_argument(
        '-o', '--output', choices=('text', 'json', 'yaml'), default='text', help='(text)'
    )


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    from roost_core.manifest import load, ManifestFile  # the schema's reader is slow to import

    files = read_files(args.files)
    loaded = load([ManifestFile(name=name, text=text) for name, text in files])
    problems = (*loaded.problems, *_mismatches(loaded))
    if args.output != 'text':
        show_document(document(problems), args.output)
    else:
        for problem in problems:
            print(problem)
    if problems:
        say(f'problems: {len(problems)}')
        return Exit.FAILED
    say(f'valid: {", ".join(each.resource for each in loaded.documents) or "no documents"}')
    return Exit.OK


def _mismatches(loaded: Loaded) -> tuple[Problem, ...]:
    """Hold each deployment against its package, where that is among the same files."""
    from roost_core.admission import mismatches
    from roost_core.package import Package

    contents = [each.content for each in loaded.documents]
    packages = {each.ref: each for each in contents if isinstance(each, Package)}
    return tuple(
        loaded.placed(problem)
        for each in contents
        if not isinstance(each, Package) and each.package in packages
        for problem in mismatches(each, packages[each.package])
    )
