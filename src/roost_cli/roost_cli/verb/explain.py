# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Explain an error code; all of them without one; 'schema' prints the schema of manifests.

Editors check and complete manifests by the schema. Keep it in a file,

    roost explain schema > roost.schema.json

and name it in the first line of a manifest:

    # yaml-language-server: $schema=roost.schema.json
"""

from __future__ import annotations

import argparse
from difflib import get_close_matches

from roost_cli.exits import Exit, RoostError
from roost_cli.options import add_output
from roost_cli.output import document, show_document
from roost_cli.table import print_table
from roost_core.error_codes import CATALOGUE, explain

EXAMPLES = ('explain DEP_E151', 'explain e163', 'explain -o json', 'explain schema')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    parser.add_argument(
        'code', nargs='?', metavar='CODE', help="for example DEP_E151 or e151, or 'schema'"
    )
    add_output(parser, 'text', 'json', 'yaml')


def main(args: argparse.Namespace) -> int:
    """Run the verb; the catalogue is that of this program, so that no manager is needed."""
    if args.code == 'schema':
        from roost_core.manifest import schema  # slow to import

        show_document(schema(), 'yaml' if args.output == 'yaml' else 'json')
        return Exit.OK
    entries = [explain(args.code)] if args.code else list(CATALOGUE)
    if entries == [None]:
        codes = [entry.code for entry in CATALOGUE]
        typed = args.code.upper()
        close = [code for code in codes if code.startswith(typed)]
        close = close or get_close_matches(typed, codes, n=1)
        meant = f'did you mean {close[0]}? ' if close else ''
        raise RoostError(
            f"there is no error code '{args.code}'; {meant}`roost explain` lists all;"
            ' what manifests may say: `roost explain schema`'
        )
    known = [entry for entry in entries if entry is not None]
    if args.output != 'text':
        show_document(document(known), args.output)
    elif args.code:
        for entry in known:
            print(f'{entry.code} ({entry.kind}): {entry.description}\n  do: {entry.action}')
    else:
        print_table(
            ('CODE', 'KIND', 'MEANS'), [(each.code, each.kind, each.description) for each in known]
        )
    return Exit.OK
