# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What happens, drawn by hypothesis: equal seeds give equal lives, a shorter one begins alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hypothesis import given, HealthCheck, Phase, seed, settings
from hypothesis import strategies as st

T = TypeVar('T')

# Drawn together: hypothesis bounds how much one example may be.
AT_ONCE = 30
NUMBERS = 6
MOST = 2**16 - 1


@dataclass
class Draw:
    """One thing that happens, and the numbers that decide how."""

    what: str
    numbers: Sequence[int]
    _used: int = field(default=0)

    def number(self, below: int) -> int:
        """Give the next number, from 0."""
        number = self.numbers[self._used]
        self._used += 1
        return number % below

    def of(self, options: Sequence[T]) -> T:
        """Choose one of these; there must be one."""
        return options[self.number(len(options))]


def draws(chosen_by: int, count: int, weights: Mapping[str, int]) -> Iterator[Draw]:
    """Give so many things that happen; those with a greater weight do more often."""
    names = [name for name, weight in weights.items() for _ in range(weight)]
    one = st.tuples(
        st.sampled_from(names),
        st.lists(st.integers(0, MOST), min_size=NUMBERS, max_size=NUMBERS),
    )
    for start in range(0, count, AT_ONCE):
        drawn = _draw(st.lists(one, min_size=AT_ONCE, max_size=AT_ONCE), chosen_by * 1000 + start)
        for what, numbers in drawn[: count - start]:
            yield Draw(what, numbers)


def _draw(strategy: st.SearchStrategy[T], number: int) -> T:
    """Give one example; the first that hypothesis makes are the simplest, so it is a later one."""
    made: list[T] = []

    @seed(number)
    @settings(
        max_examples=10,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def take(example: T) -> None:
        made.append(example)

    take()
    return made[-1]
