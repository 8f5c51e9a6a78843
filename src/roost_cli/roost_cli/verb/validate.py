# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Check manifests without a manager or ROS.

Prints every problem with its file, line and column, and what would be right. Files are checked as
they would be applied: those that are named together, together; those of a folder each on its own,
for they may be alternatives, unless --together is given.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from roost_cli.exits import Exit
from roost_cli.files import is_folder, manifests_of, read_files
from roost_cli.options import add_files, add_output, files_of
from roost_cli.output import document, say, show_document

if TYPE_CHECKING:
    from roost_core.manifest import Loaded
    from roost_core.problem import Problem

EXAMPLES = ('validate camera.yaml', 'validate packages.yaml deployments.yaml', 'validate fleet/')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_files(parser)
    parser.add_argument(
        '--together', action='store_true', help='also the files of a folder as one apply'
    )
    add_output(parser, 'text', 'json', 'yaml')


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    from roost_cli.sending import folders_of
    from roost_core.manifest import load, ManifestFile  # the schema's reader is slow to import

    problems: list[Problem] = []
    valid: list[str] = []
    for names in _groups(files_of(args), together=args.together):
        files = [ManifestFile(name=name, text=text) for name, text in read_files(names)]
        loaded = load(files, folders=folders_of(files), secrets=True)
        problems += [*loaded.problems, *_mismatches(loaded)]
        valid += [each.resource for each in loaded.documents]
    if args.output != 'text':
        show_document(document(problems), args.output)
    else:
        for problem in problems:
            print(problem)
    if problems:
        say(f'problems: {len(problems)}')
        return Exit.FAILED
    say(f'valid: {", ".join(dict.fromkeys(valid)) or "no documents"}')
    return Exit.OK


def _groups(names: list[str], *, together: bool) -> list[list[str]]:
    """Tell which files are checked together."""
    if together:
        return [names]
    groups = [[name for name in names if not is_folder(name)]]
    groups += [[file] for name in names if is_folder(name) for file in manifests_of(name)]
    return [group for group in groups if group]


def _mismatches(loaded: Loaded) -> tuple[Problem, ...]:
    """Hold each deployment against its package, where that is among the same files."""
    from roost_core.admission import mismatches
    from roost_core.deployment import DeploymentSpec
    from roost_core.package import Package

    contents = [each.content for each in loaded.documents]
    packages = {each.ref: each for each in contents if isinstance(each, Package)}
    return tuple(
        loaded.placed(problem)
        for each in contents
        if isinstance(each, DeploymentSpec) and each.package in packages
        for problem in mismatches(each, packages[each.package])
    )
