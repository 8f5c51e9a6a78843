# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""One measured figure, beside a peer and the floor of the same run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
import statistics
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figure:
    """
    A figure of Roost.

    `peer`, `peer_value` and `ratio`, which is value / peer_value, are None where nothing else does
    the same (README.md says why). `floor` is what nobody who does the same
    through the same engine can go below, in the figure's unit; None where there is none.
    """

    name: str
    value: float
    unit: str
    peer: str | None = None
    peer_value: float | None = None
    ratio: float | None = None
    floor: float | None = None
    note: str = ''

    def document(self) -> dict[str, Any]:
        """Return it as it stands in the JSON, without its name."""
        fields = asdict(self)
        del fields['name']
        return fields

    def line(self) -> str:
        """Return it as a line of the table."""
        parts = [f'{self.name:16} {self.value:10.4g} {self.unit:10}']
        if self.peer_value is not None:
            parts.append(f'{self.peer}: {self.peer_value:.4g}')
        if self.ratio is not None:
            parts.append(f'ratio {self.ratio:.2f}')
        if self.floor is not None:
            parts.append(f'floor {self.floor:.4g}')
        if self.note:
            parts.append(self.note)
        return '  '.join(parts)


def percentile(values: list[float], percent: float) -> float:
    """Return the smallest value that `percent` of the values do not exceed."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1]


median = statistics.median
