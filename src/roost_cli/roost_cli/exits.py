# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""How a verb ends: exit codes that scripts can trust, and the errors that stand for them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
import re

from roost_core.error_codes import explain
from roost_core.problem import Problem

# A name that nobody has may be of any length; this much of it tells which was meant.
_LONG_NAME = re.compile(r"'([^'\n]{70})[^'\n]{10,}'")


class Exit(IntEnum):
    """Exit codes of `roost`."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    TIMEOUT = 4
    INTERRUPTED = 130
    NOT_RUN = 255


EXITS_HELP = """\
exit codes:
  0    done
  1    refused, or failed; of logs also: output of a device is missing
  2    the command line is wrong
  3    no deployment manager (or introspection) can be reached
  4    it took longer than allowed; the work itself goes on
  130  interrupted
  shell, exec: that of the program; 255 when it is not known, or nothing was run
"""


class RoostError(Exception):
    """An end that is not the wanted one; the text says what happened and what to do."""

    exit = Exit.FAILED


class UsageError(RoostError):
    """The command line asks for something that makes no sense."""

    exit = Exit.USAGE


class Unreachable(RoostError):
    """Nobody offers what is asked for."""

    exit = Exit.UNREACHABLE


class TookTooLong(RoostError):
    """A wait ended at its deadline."""

    exit = Exit.TIMEOUT


class Refused(RoostError):
    """A request was answered with no.

    Attributes:
        code: one of the codes of a result, or an error code such as 'DEP_E151'.
        problems: every reason, worst first.
    """

    def __init__(self, code: str, message: str, problems: Sequence[Problem] = ()) -> None:
        """Hold the answer."""
        super().__init__(message)
        self.code = code
        self.problems = tuple(problems)
        if code == 'TIMEOUT':
            self.exit = Exit.TIMEOUT

    def __str__(self) -> str:
        """Write the message, every problem on a line as compilers do, and what codes mean."""
        problems = [str(problem) for problem in self.problems]
        message = self.args[0] or 'refused'
        if self.code == 'NOT_FOUND':
            message = _LONG_NAME.sub(r"'\1...'", message)
        if any(message.startswith(problem) for problem in problems):
            message = f'refused, {len(problems)} problem{"s" if len(problems) > 1 else ""}'
        lines = [message if self.code in message else f'{message} ({self.code})', *problems]
        codes = dict.fromkeys([self.code, *(problem.code for problem in self.problems)])
        for entry in filter(None, map(explain, codes)):
            lines.append(f'  {entry.code}: {entry.description}; {entry.action}')
        return '\n'.join(lines)
