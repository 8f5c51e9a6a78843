# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Time, maps, problems and results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from builtin_interfaces.msg import Time

from roost_core.problem import Problem
from roost_interfaces import msg


def time_message(seconds: float | None) -> Time:
    """Turn Unix seconds into a message; None becomes zero."""
    nanoseconds = round(max(0.0, seconds or 0.0) * 1e9)
    return Time(sec=min(nanoseconds // 10**9, 2**31 - 1), nanosec=nanoseconds % 10**9)


def seconds_of(stamp: Time) -> float | None:
    """Turn a message into Unix seconds; zero becomes None."""
    return stamp.sec + stamp.nanosec / 1e9 if stamp.sec or stamp.nanosec else None


def key_values(mapping: Mapping[str, str]) -> list[msg.KeyValue]:
    """Turn a map into a list sorted by key."""
    return [msg.KeyValue(key=key, value=mapping[key]) for key in sorted(mapping)]


def mapping_of(entries: Iterable[msg.KeyValue]) -> dict[str, str]:
    """Turn a list into a map; of equal keys the last one counts."""
    return {entry.key: entry.value for entry in entries}


def problem_message(problem: Problem) -> msg.Problem:
    """Turn a problem into a message."""
    return msg.Problem(
        code=str(problem.code),
        file=problem.file,
        line=problem.line,
        column=problem.column,
        resource=problem.resource,
        path=problem.path,
        message=problem.message,
        remedy=problem.remedy,
    )


def problem_of(message: msg.Problem) -> Problem:
    """Turn a message into a problem."""
    return Problem(
        code=message.code,
        file=message.file,
        line=message.line,
        column=message.column,
        resource=message.resource,
        path=message.path,
        message=message.message,
        remedy=message.remedy,
    )


def accepted(message: str = '') -> msg.Result:
    """Say that a request was accepted or answered."""
    return msg.Result(ok=True, message=message)


def refused(code: str, message: str, problems: Sequence[Problem] = ()) -> msg.Result:
    """Say that a request was not accepted, and why."""
    return msg.Result(
        ok=False,
        code=str(code),
        message=message,
        problems=[problem_message(problem) for problem in problems],
    )
