# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Verbs on a command line: the parser, and how one is run. Shared by `roost` and `ros2 roost`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
import os
import sys

from roost_cli.exits import Exit, RoostError
from roost_cli.output import say
from roost_cli.verb import VERBS


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add each verb as a sub-command; the first line of its docstring is its help."""
    verbs = parser.add_subparsers(title='verbs', metavar='VERB', dest='verb')
    for name, module in VERBS.items():
        described = (module.__doc__ or '').strip()
        verb = verbs.add_parser(
            name,
            help=described.splitlines()[0].rstrip('.'),
            description=described,
            epilog=_examples(parser.prog, module.EXAMPLES),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(verb)
        verb.set_defaults(run_verb=module.main)


def _examples(program: str, examples: Sequence[str]) -> str:
    return 'examples:\n' + '\n'.join(f'  {program} {example}' for example in examples)


def run(parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
    """Run the verb that was chosen and give the exit code; errors are told on stderr."""
    verb: Callable[[argparse.Namespace], int] | None = getattr(args, 'run_verb', None)
    if verb is None:
        parser.print_help(sys.stderr)
        return Exit.USAGE
    try:
        code = verb(args)
        sys.stdout.flush()
        return code
    except RoostError as error:
        say(f'roost {args.verb}: {error}')
        return error.exit
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:  # `roost get | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
