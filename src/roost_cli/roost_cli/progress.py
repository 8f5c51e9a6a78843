# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is deployed as it goes: a live picture with bars on a terminal, lines elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
import re
import sys
from types import TracebackType
from typing import Any, Self

from roost_cli.model import Deployment, Network, Volume
from roost_cli.output import printable, say
from roost_cli.table import STYLES
from roost_core.phase import Phase
from roost_core.resource import ResourceKind
from roost_core.status import Status

_STEPS = (Phase.IN_PROGRESS, Phase.PROVISIONING, Phase.SUCCEEDED)
_DONE, _NOW, _TO, _OVER = (
    '\N{BLACK CIRCLE}',
    '\N{FISHEYE}',
    '\N{WHITE CIRCLE}',
    '\N{BALLOT X}',
)
BAR_WIDTH = 20

# What grows by itself: a line that differs in nothing else is not told again.
_COUNTERS = re.compile(r'\d+(\.\d+)? (%|s\b)')


def label(each: Deployment | Network | Volume) -> str:
    """Name it: deployments by their name, others with their kind."""
    return each.name if each.kind is ResourceKind.DEPLOYMENT else f'{each.kind}/{each.name}'


def summary(each: Deployment | Network | Volume) -> str:
    """Give status and reason in one line."""
    return ': '.join(part for part in (each.status, each.reason) if part)


def pulls(each: Deployment | Network | Volume) -> list[tuple[str, float]]:
    """List the executables whose image is being pulled, with percent."""
    if not isinstance(each, Deployment):
        return []
    return [
        (f'{part.name}/{one.name}', one.progress)
        for part in each.components
        for one in part.executables
        if one.progress >= 0.0 and one.status is Status.PENDING
    ]


class Phases:
    """Show where each is: a live picture on a terminal, else a line at each change."""

    def __init__(self) -> None:
        self._live: Any = None
        self._said: dict[str, str] = {}

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True), auto_refresh=False)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def update(self, shown: Sequence[Deployment | Network | Volume]) -> None:
        """Show them as they are now."""
        if self._live is not None:
            if len(shown) > self._live.console.height:  # what is cut off is what runs
                shown = sorted(shown, key=lambda each: each.status is Status.RUNNING)
            self._live.update(picture(shown), refresh=True)
            return
        for each in shown:
            line = f'{label(each)}: {each.phase}, {summary(each)}'
            bare = _COUNTERS.sub('', line)
            if self._said.get(each.id) != bare:
                self._said[each.id] = bare
                say(line)


def picture(shown: Sequence[Deployment | Network | Volume]) -> Any:
    """Draw a row for each, and below it a bar for each of its pulls."""
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow='ellipsis')
    for each in shown:
        table.add_row(
            Text(label(each), style='bold'),
            _steps(each),
            Text(each.status, style=STYLES.get(each.status, '')),
            Text(printable(each.reason)),
        )
        for name, percent in pulls(each):
            bar = ProgressBar(total=100.0, completed=percent, width=BAR_WIDTH)
            table.add_row(Text(f'  {name}', style='dim'), bar, f'{percent:.0f} %', '')
    return table


def _steps(each: Deployment | Network | Volume) -> Any:
    """Draw the phases: done, present and to come."""
    from rich.text import Text

    phase = each.phase
    steps = Text()
    if phase in _STEPS:
        now = _STEPS.index(phase) + (phase is Phase.SUCCEEDED and each.status is Status.RUNNING)
        for index in range(len(_STEPS)):
            mark, style = (
                (_DONE, 'green')
                if index < now
                else (_NOW, 'yellow')
                if index == now
                else (_TO, 'dim')
            )
            steps.append(f'{mark} ', style=style)
    else:
        steps.append(f'{_OVER} ', style=STYLES.get(str(phase), ''))
    return steps.append(str(phase or '-'), style=STYLES.get(str(phase), ''))
