# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Wait for conditions; the one place of the tests that looks at something again and again."""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import TypeVar

Value = TypeVar('Value')


class NotInTime(AssertionError):
    """Say what was waited for, how long, and what was last seen instead."""


def eventually(
    predicate: Callable[[], Value],
    timeout_sec: float = 30.0,
    what: str = '',
    *,
    period_sec: float = 0.02,
) -> Value:
    """
    Return the first true value of `predicate`; raise NotInTime when the deadline passes.

    An AssertionError of the predicate counts as "not yet", so that a predicate may be a
    block of assertions. Any other exception ends the wait at once: it is a bug of the test.
    The predicate is called at least once, and once more at the deadline.
    """
    deadline = time.monotonic() + timeout_sec
    while True:
        late = time.monotonic() >= deadline
        try:
            value = predicate()
        except AssertionError as error:
            last_seen = f'AssertionError: {error}'
        else:
            if value:
                return value
            last_seen = repr(value)
        if late:
            name = what or getattr(predicate, '__name__', 'the condition')
            raise NotInTime(f'{name}: not within {timeout_sec:g} s; last seen: {last_seen}')
        time.sleep(period_sec)
