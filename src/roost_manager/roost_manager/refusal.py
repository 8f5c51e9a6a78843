# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Refusals: requests that are not accepted, with every reason."""

from __future__ import annotations

from collections.abc import Sequence

from roost_core.deployment import Deployment
from roost_core.names import suggestion
from roost_core.problem import Problem, ResultCode
from roost_core.selector import MalformedSelector, parse, Selector
from roost_manager.fleet import Fleet


class Refusal(Exception):
    """A request that is not accepted; nothing of it was or will be stored."""

    def __init__(self, code: str, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.problems = tuple(problems)


def found_deployment(fleet: Fleet, name_or_id: str) -> Deployment:
    """Find a deployment that is not stopped, by name or id.

    Raises:
        Refusal: there is none.
    """
    found = fleet.find(name_or_id)
    if found is None:
        near = suggestion(name_or_id, fleet.by_name)
        hint = f'; {near}' if near else ''
        raise Refusal(
            ResultCode.NOT_FOUND,
            f"there is no deployment '{name_or_id:.70}' that is not stopped{hint}",
        )
    return found


def refuse_stale(deployment: Deployment, expected_generation: int) -> None:
    """Refuse what was decided on another generation; 0 expects none.

    Raises:
        Refusal: it is at another one.
    """
    if expected_generation not in (0, deployment.generation):
        raise Refusal(
            ResultCode.STALE,
            f"generation {expected_generation} was expected, and '{deployment.name}' is at"
            f' {deployment.generation}',
        )


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
