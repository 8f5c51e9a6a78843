# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Verbs on a command line: the parser, and how one is run. Shared by `roost` and `ros2 roost`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
import errno
import os
import sys
from typing import Any

from roost_cli.exits import Exit, RoostError
from roost_cli.output import discard, say, unwritten
from roost_cli.verb import VERBS
from roost_core.names import suggestion


class Parser(argparse.ArgumentParser):
    """Guesses what was meant by a word that is none of its choices."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            words = [str(choice) for choice in action.choices]
            hint = suggestion(str(value), words) or f'choose from {", ".join(words)}'
            raise argparse.ArgumentError(action, f"there is no '{value:.70}'; {hint}")

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        try:
            return super()._get_value(action, arg_string)
        except argparse.ArgumentError:
            if action.choices is not None:
                self._check_value(action, arg_string)
            raise


class VerbParser(Parser):
    """Takes options between arguments too, and tells of its own usage what is not understood."""

    _is_parsing = False

    def parse_known_args(  # type: ignore[override]  # overloads, of which only this one is used
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse what follows the verb."""
        if self._is_parsing or '_ARGCOMPLETE' in os.environ:
            return super().parse_known_args(args, namespace)
        self._is_parsing = True
        args = sys.argv[1:] if args is None else list(args)
        command: list[str] = []
        if self.get_default('command') is not None and '--' in args:
            cut = args.index('--')
            args, command = args[:cut], args[cut + 1 :]
        try:
            if self._subparsers is not None:  # what follows a task is its own
                known, unknown = super().parse_known_args(args, namespace)
            else:
                known, unknown = self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_parsing = False
        if unknown:
            near = suggestion(unknown[0].partition('=')[0], self._option_string_actions)
            hint = f'; {near}' if near else ''
            self.error(f'unrecognized arguments: {" ".join(unknown)}{hint}')
        if self.get_default('command') is not None:
            if known.command:  # a word of what is to be run, or one too many: never guess
                self.error(
                    f"'{' '.join(known.command):.70}' is no COMPONENT[/EXECUTABLE];"
                    " what to run goes behind '--'"
                )
            known.command = command
        return known, unknown


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add each verb as a sub-command; the first line of its docstring is its help."""
    verbs = parser.add_subparsers(
        title='verbs', metavar='VERB', dest='verb', parser_class=VerbParser
    )
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
        discard()
        return Exit.OK
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            raise
        discard()
        say(f'roost {args.verb}: {unwritten(error)}')
        return Exit.FAILED
