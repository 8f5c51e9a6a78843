# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Wait for what was asked for by choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from roost_cli.exits import TookTooLong
from roost_cli.following import Target
from roost_cli.model import Deployment
from roost_cli.progress import Phases, summary
from roost_core.resource import ResourceKind
from roost_core.status import Status

if TYPE_CHECKING:
    from roost_cli.ros_api import Manager


def await_choice(
    manager: Manager, id: str, components: Sequence[str], status: Status, timeout_sec: float
) -> None:
    """Wait until these components, or all, have a status.

    Raises:
        TookTooLong: not in time.
    """
    last = ''
    with Phases() as phases:
        for shown in manager.follow([Target(ResourceKind.DEPLOYMENT, id, id)], timeout_sec):
            phases.update(shown)
            for each in shown:
                last = f'{each.name}: {summary(each)}'
                if isinstance(each, Deployment) and all_are(each, components, status):
                    return
    raise TookTooLong(f'not {status} in time, and the work goes on: {last}')


def all_are(deployment: Deployment, components: Sequence[str], status: Status) -> bool:
    """Tell whether every executable of these components, or of all, has a status."""
    return all(
        one.status is status
        for part in deployment.components
        if not components or part.name in components
        for one in part.executables
    )
