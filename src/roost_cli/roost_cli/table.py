# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables: coloured and fitted on a terminal, plain aligned text in a pipe."""

from __future__ import annotations

from collections.abc import Sequence
import sys
from typing import TextIO

from roost_core.liveness import Liveness
from roost_core.phase import Phase
from roost_core.status import Status

STYLES: dict[str, str] = {
    Status.RUNNING: 'green',
    Status.PENDING: 'yellow',
    Status.ERROR: 'bold red',
    Status.UNKNOWN: 'magenta',
    Status.STOPPED: 'dim',
    Phase.SUCCEEDED: 'green',
    Phase.IN_PROGRESS: 'yellow',
    Phase.PROVISIONING: 'yellow',
    Phase.FAILED_TO_START: 'bold red',
    Phase.FAILED_TO_UPDATE: 'bold red',
    Phase.PARTIALLY_DEPROVISIONED: 'bold red',
    Phase.DEPLOYMENT_STOPPED: 'dim',
    Liveness.ONLINE: 'green',
    Liveness.OFFLINE: 'bold red',
}


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print to stdout; a table without rows prints its titles only."""
    if sys.stdout.isatty():
        _print_rich(titles, rows, sys.stdout)
    else:
        print(aligned(titles, rows), end='')


def aligned(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Align columns with spaces; at least two between them."""
    lines = [titles, *rows]
    widths = [max(len(line[index]) for line in lines) for index in range(len(titles))]
    return ''.join(
        '  '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + '\n'
        for line in lines
    )


def _print_rich(titles: Sequence[str], rows: Sequence[Sequence[str]], stream: TextIO) -> None:
    from rich.console import Console  # slow to import, and not needed in a pipe
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style='bold', padding=(0, 2, 0, 0))
    for title in titles:
        table.add_column(title, overflow='fold')
    for row in rows:
        table.add_row(*(Text(cell, style=STYLES.get(cell, '')) for cell in row))
    Console(file=stream).print(table)
