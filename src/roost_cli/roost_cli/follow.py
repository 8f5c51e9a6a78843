# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Follow deployments until they run: live phases on stderr, and a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
import sys
from types import TracebackType
from typing import Any, Self

from roost_cli.exits import Exit, TookTooLong
from roost_cli.model import Deployment
from roost_cli.output import say
from roost_cli.table import STYLES
from roost_core.error_codes import ErrorKind, explain
from roost_core.phase import Phase
from roost_core.status import Status

_STEPS = (Phase.IN_PROGRESS, Phase.PROVISIONING, Phase.SUCCEEDED)
_DONE, _NOW, _TO, _OVER = (
    '\N{BLACK CIRCLE}',
    '\N{FISHEYE}',
    '\N{WHITE CIRCLE}',
    '\N{BALLOT X}',
)
_ENDED_BADLY = (
    Phase.FAILED_TO_START,
    Phase.FAILED_TO_UPDATE,
    Phase.PARTIALLY_DEPROVISIONED,
    Phase.DEPLOYMENT_STOPPED,
)


def runs(deployment: Deployment) -> bool:
    """Tell whether it got where it should: it runs, or has completed."""
    return deployment.phase is Phase.SUCCEEDED and deployment.status in (
        Status.RUNNING,
        Status.STOPPED,
    )


def failed(deployment: Deployment) -> bool:
    """Tell whether waiting longer is no use, because a person must act."""
    if deployment.phase in _ENDED_BADLY or deployment.deprovisioning:
        return True
    if deployment.status is not Status.ERROR:
        return False
    entries = [explain(code) for code in deployment.codes]
    return any(entry is not None and entry.kind is not ErrorKind.TEMPORARY for entry in entries)


def wait_until_running(changes: Iterable[Sequence[Deployment]]) -> Exit:
    """Show each change until all run, or one has failed.

    Raises:
        TookTooLong: the changes ended first.
    """
    last: Sequence[Deployment] = ()
    with Phases() as phases:
        for last in changes:
            phases.update(last)
            if all(map(runs, last)):
                return Exit.OK
            if any(map(failed, last)):
                break
        else:
            names = ', '.join(each.name for each in last if not runs(each))
            raise TookTooLong(f'{names}: not running in time; the work goes on: roost get')
    for each in filter(failed, last):
        say(failure(each))
    return Exit.FAILED


def failure(deployment: Deployment) -> str:
    """Say in a few lines why a deployment failed and what to do."""
    lines = [f'{deployment.name}: {deployment.phase}, {summary(deployment)}']
    for code in deployment.codes:
        entry = explain(code)
        if entry is not None:
            lines.append(f'  {code}: {entry.description}; {entry.action}')
    return '\n'.join(lines)


def summary(deployment: Deployment) -> str:
    """Give status and reason in one line."""
    return ': '.join(part for part in (deployment.status, deployment.reason) if part)


class Phases:
    """Show where each deployment is: a live picture on a terminal, else a line at each change."""

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

    def update(self, deployments: Sequence[Deployment]) -> None:
        """Show them as they are now."""
        if self._live is not None:
            self._live.update(_picture(deployments), refresh=True)
            return
        for each in deployments:
            line = f'{each.name}: {each.phase}, {summary(each)}'
            if self._said.get(each.id) != line:
                self._said[each.id] = line
                say(line)


def _picture(deployments: Sequence[Deployment]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow='ellipsis')
    for each in deployments:
        table.add_row(
            Text(each.name, style='bold'),
            _bar(each),
            Text(each.status, style=STYLES.get(each.status, '')),
            Text(each.reason),
        )
    return table


def _bar(deployment: Deployment) -> Any:
    """Draw the phases: done, present and to come."""
    from rich.text import Text

    phase = deployment.phase
    bar = Text()
    if phase in _STEPS:
        now = _STEPS.index(phase) + runs(deployment)
        for index in range(len(_STEPS)):
            mark, style = (
                (_DONE, 'green')
                if index < now
                else (_NOW, 'yellow')
                if index == now
                else (_TO, 'dim')
            )
            bar.append(f'{mark} ', style=style)
    else:
        bar.append(f'{_OVER} ', style=STYLES[phase])
    return bar.append(phase, style=STYLES[phase])
