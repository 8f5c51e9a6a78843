# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a person should know of a change: who is touched by it, and why it failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from roost_cli.describing.deployment import outcome
from roost_cli.following import Deployed, failure
from roost_cli.output import say
from roost_core.phase import Phase
from roost_core.resource import ResourceKind

if TYPE_CHECKING:
    from roost_cli.ros_api import Manager


def warn_dependants(manager: Manager, name: str, becomes: str) -> None:
    """Say who needs a deployment that is about to be stopped or updated."""
    dependants = manager.deployment(name).deployment.dependants
    if dependants:
        say(f'{name} is to be {becomes}, and others need it: {", ".join(dependants)}')


def why_failed(manager: Manager) -> Callable[[Deployed], str]:
    """Give what says why something failed; of an update its history knows more than its state."""

    def why(each: Deployed) -> str:
        if each.phase is not Phase.FAILED_TO_UPDATE or each.kind is not ResourceKind.DEPLOYMENT:
            return failure(each)
        history = manager.history(each.id)
        return '\n'.join([failure(each), *(f'  {outcome(last)}' for last in history[-1:])])

    return why
