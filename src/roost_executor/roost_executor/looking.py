# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Finding what somebody wants to look into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roost_core.instance import Slot
from roost_core.observed import ObservedInstance
from roost_core.problem import ResultCode
from roost_core.ticket import Ticket
from roost_executor.runtimes.contract import Runtime

# Names in a refusal.
MOST_NAMES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """An executable as it is now.

    Attributes:
        running: its instance, with the runtime that has it; None when it does not run.
        why: it does not run; empty when it does.
    """

    slot: Slot
    running: tuple[Runtime, ObservedInstance] | None
    why: str

    @property
    def name(self) -> str:
        """Component and executable."""
        return f'{self.slot.component}/{self.slot.executable}'


class NotInSight(Exception):
    """There is nothing, or no one thing, of that name that may be looked into and runs.

    Attributes:
        code: a ResultCode.
    """

    def __init__(self, code: ResultCode, text: str) -> None:
        super().__init__(text)
        self.code = code


def choose(
    sights: Sequence[Sight], ticket: Ticket, *, component: str, executable: str
) -> tuple[Slot, Runtime, ObservedInstance]:
    """Give the one executable that is meant, with what runs of it.

    Args:
        sights: of all executables of the ticket's deployment.
        component, executable: names, or empty where one can be left out.

    Raises:
        NotInSight: there is none, there are several, or it does not run; the text says why.
    """
    where = f"of '{ticket.deployment_name}' on {ticket.device}"
    named = '/'.join(each for each in (component, executable) if each)
    meant = [
        each
        for each in sights
        if component in ('', each.slot.component) and executable in ('', each.slot.executable)
    ]
    if not sights:
        raise NotInSight(ResultCode.NOT_FOUND, f'there is nothing {where} now')
    if not meant:
        raise NotInSight(
            ResultCode.NOT_FOUND, f"there is no '{named}' {where}, only {_names(sights)}"
        )
    allowed = [each for each in meant if ticket.covers(each.slot.component, each.slot.executable)]
    if not allowed:
        scope = '/'.join(each for each in (ticket.component, ticket.executable) if each)
        raise NotInSight(
            ResultCode.REFUSED, f"the ticket is for '{scope}' {where}, not for {_names(meant)}"
        )
    if len(allowed) > 1:
        raise NotInSight(
            ResultCode.INVALID,
            f'there are {len(allowed)} executables {where}, name one: {_names(allowed)}',
        )
    sight = allowed[0]
    if sight.running is None:
        raise NotInSight(
            ResultCode.REFUSED, f'{sight.name} on {ticket.device} does not run: {sight.why}'
        )
    runtime, instance = sight.running
    return sight.slot, runtime, instance


def _names(sights: Sequence[Sight]) -> str:
    names = sorted(each.name for each in sights)
    more = [f'{len(names) - MOST_NAMES} more'] if len(names) > MOST_NAMES else []
    return ', '.join([*names[:MOST_NAMES], *more])
