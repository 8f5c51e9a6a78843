# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Why no output is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from roost_cli.exits import Refused
from roost_cli.logs.history import Source
from roost_cli.model import Deployment, LogChoice
from roost_core.phase import Phase
from roost_core.problem import ResultCode


def refuse_unknown_generation(deployment: Deployment, generation: int) -> None:
    """Refuse a generation that there never was; 0 is all of them.

    Raises:
        Refused: it says which there are.
    """
    newest = deployment.generation
    if generation > newest:
        there_is = f'1 to {newest}' if newest > 1 else 'only generation 1'
        raise Refused(
            ResultCode.NOT_FOUND,
            f"'{deployment.name}' has no generation {generation}; it has {there_is}",
        )


def why_nothing(
    name: str,
    deployment: Deployment | None,
    choice: LogChoice,
    sources: Sequence[Source],
    component: str = '',
    executable: str = '',
) -> str:
    """Say why nothing was shown of what sources have.

    Args:
        deployment: as it is now; None when that is not known.
        component, executable: that were asked for; empty for all.
    """
    which = _which(choice)
    if which and any(each.wrote for each in sources):
        return f"'{name}' wrote nothing {which} that is still kept"
    if any(each.wrote for each in sources) or deployment is None:
        return f"nothing that '{name}' wrote is kept"
    if deployment.phase is Phase.DEPLOYMENT_STOPPED:
        return f"'{name}' was stopped, and nothing that it wrote is kept"
    states = [
        f'{part.name}/{one.name} is {one.status}{f" ({one.reason})" if one.reason else ""}'
        for part in deployment.components
        for one in part.executables
        if component in ('', part.name) and executable in ('', one.name)
    ]
    now = '; '.join(states) or f'{deployment.phase}{f", {deployment.reason}"}'
    return f"'{name}' has written nothing yet: {now}"


def _which(choice: LogChoice) -> str:
    """Say what was asked for; empty for everything."""
    parts = []
    if choice.generation:
        parts.append(f'in generation {choice.generation}')
    if choice.stream:
        parts.append(f'to {choice.stream}')
    for word, moment in (('since', choice.since), ('before', choice.until)):
        if moment:
            parts.append(f'{word} {datetime.fromtimestamp(moment):%Y-%m-%d %H:%M:%S}')
    return ' '.join(parts)
