# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Lists of one kind of things, as `get` and the verbs named for a kind show them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from roost_cli.columns import COLUMNS, WIDE
from roost_cli.completion import complete_names
from roost_cli.connect import add_timeout, connect
from roost_cli.exits import Exit, Refused
from roost_cli.kinds import Kind
from roost_cli.options import add_names, add_output, add_selector
from roost_cli.output import FORMATS, say, show
from roost_core.names import MAX_NAME_LENGTH, suggestion


def add_listing_arguments(parser: argparse.ArgumentParser, kind: Kind) -> None:
    """Define the command line of a verb that lists one kind."""
    parser.set_defaults(kind=kind.plural)
    add_names(parser, 'names', complete_names, nargs='*', metavar='NAME', help='only these')
    add_selector(parser)
    add_output(parser, *FORMATS)
    add_timeout(parser)


def run_listing(args: argparse.Namespace, kind: Kind) -> int:
    """Run a verb that lists one kind."""
    with connect(args.timeout) as manager:
        found = listed(kind, args.names, lambda: kind.listed(manager, args.selector))
    return show_listed(kind, found, args.output)


def listed(
    kind: Kind, names: Sequence[str], ask: Callable[[], tuple[Any, ...]]
) -> tuple[Any, ...]:
    """List those of these names or ids; all without names.

    Raises:
        Refused: one of them does not exist.
    """
    found = ask()
    if not names:
        return found
    known = {word for each in found for word in words_for(each)}
    if missing := [name for name in names if name not in known]:
        told = '; '.join(_unknown(kind, name, known) for name in missing)
        raise Refused('NOT_FOUND', told)
    return tuple(each for each in found if words_for(each) & set(names))


def show_listed(kind: Kind, found: Sequence[Any], form: str) -> int:
    """Print a list; gives the exit code."""
    show(found, form, columns=COLUMNS[kind.plural], wide=WIDE[kind.plural])
    if not found and form in ('table', 'wide'):
        say(f'no {kind.plural}')
    return Exit.OK


def words_for(each: Any) -> set[str]:
    """Give what something can be asked for by: its name, and its id if it has one."""
    return {each.name, getattr(each, 'id', '')} - {''}


def _unknown(kind: Kind, name: str, known: Iterable[str]) -> str:
    shown = name if len(name) <= MAX_NAME_LENGTH else f'{name[:MAX_NAME_LENGTH]}...'
    hint = suggestion(name, known)
    return f"there is no {kind.singular} '{shown}'{f'; {hint}' if hint else ''}"
