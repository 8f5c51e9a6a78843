# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Refusals: requests that are not accepted, with every reason."""

from __future__ import annotations

from collections.abc import Sequence

from roost_core.problem import Problem, ResultCode
from roost_core.selector import MalformedSelector, parse, Selector


class Refusal(Exception):
    """A request that is not accepted; nothing of it was or will be stored."""

    def __init__(self, code: str, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.problems = tuple(problems)


def refusal_of(problems: Sequence[Problem]) -> Refusal:
    """Make one refusal of several problems."""
    first = problems[0]
    more = f' (and {len(problems) - 1} more)' if len(problems) > 1 else ''
    return Refusal(first.code, f'{first}{more}', problems)


def selector_of(text: str) -> Selector:
    """Read a selector.

    Raises:
        Refusal: it is malformed.
    """
    try:
        return parse(text)
    except MalformedSelector as error:
        raise Refusal(ResultCode.INVALID, str(error)) from error
