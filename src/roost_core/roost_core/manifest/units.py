# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Amounts of memory and of time as manifests write them. The schema has checked their form."""

from __future__ import annotations

from collections.abc import Mapping
import re

_AMOUNT = re.compile(r'([0-9]+(?:\.[0-9]+)?)([A-Za-z]*)')

_BYTES = {
    '': 1,
    'k': 10**3,
    'M': 10**6,
    'G': 10**9,
    'T': 10**12,
    'Ki': 2**10,
    'Mi': 2**20,
    'Gi': 2**30,
    'Ti': 2**40,
}
_SECONDS = {'ms': 0.001, 's': 1.0, 'm': 60.0, 'h': 3600.0}


def parse_bytes(amount: int | float | str) -> int:
    """Read '512Mi', '1.5G' or a number of bytes.

    Raises:
        ValueError: it is none of these.
    """
    number, factor = _parse(amount, _BYTES)
    return int(number * factor)


def parse_seconds(amount: int | float | str) -> float:
    """Read '10s', '500ms' or a number of seconds.

    Raises:
        ValueError: it is none of these.
    """
    number, factor = _parse(amount, _SECONDS)
    # Divided where that is exact: 3 * 0.001 is not 0.003.
    return number / 1000 if factor == _SECONDS['ms'] else number * factor


def _parse(amount: int | float | str, units: Mapping[str, float]) -> tuple[float, float]:
    if not isinstance(amount, str):
        return amount, 1
    match = _AMOUNT.fullmatch(amount)
    if match is None or match[2] not in units:
        raise ValueError(f'not an amount with one of the units {", ".join(units)}: {amount!r:.60}')
    return float(match[1]), units[match[2]]
