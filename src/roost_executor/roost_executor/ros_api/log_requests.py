# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What those who ask for output may have, and mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from roost_core.instance import Slot
from roost_core.problem import ResultCode
from roost_core.ticket import Purpose, Ticket
from roost_executor.archive import reading
from roost_executor.archive.archive import Archive
from roost_executor.archive.reading import Filter, Page
from roost_executor.doorkeeper import Doorkeeper
from roost_executor.runtimes.output_entries import written_time
from roost_wire.tickets import TicketRefused

# Pages that are looked through, at most, for one answer, while nothing in them is wanted.
MOST_LOOKS = 4

STREAMS = ('', 'stdout', 'stderr')


class Refused(Exception):
    """A request that is not answered.

    Attributes:
        code: a ResultCode.
    """

    def __init__(self, code: ResultCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def admitted(doorkeeper: Doorkeeper, text: str, *, waits: bool) -> Ticket:
    """Give the ticket of somebody who wants to read.

    Raises:
        Refused: it opens nothing.
    """
    purposes = {Purpose.FOLLOW} if waits else {Purpose.FOLLOW, Purpose.LOGS}
    try:
        return doorkeeper.admit(text, purposes)
    except TicketRefused as refusal:
        raise Refused(ResultCode.REFUSED, str(refusal)) from refusal


def covered(archive: Archive, ticket: Ticket) -> list[Slot]:
    """List the executables of which something is known and that a ticket is for."""
    slots = archive.of(ticket.deployment_id)
    return [slot for slot in slots if ticket.covers(slot.component, slot.executable)]


def filter_of(request: Any) -> Filter:
    """Read what is wanted from a request.

    Raises:
        Refused: it makes no sense.
    """
    if request.stream not in STREAMS:
        text = f"stream is '{request.stream:.40}', not 'stdout', 'stderr' or empty"
        raise Refused(ResultCode.INVALID, text)
    return Filter(
        generation=request.generation,
        stream=request.stream,
        since=_moment(request.since, 'since'),
        until=_moment(request.until, 'until'),
    )


def tailed(
    archive: Archive, cursors: Mapping[Slot, int], wanted: Filter, count: int
) -> dict[Slot, int]:
    """Move cursors to so many entries before the end."""
    shelves = reading.shelves_of(archive, cursors)
    return {
        slot: reading.tail(shelves[slot], wanted, count) if slot in shelves else number
        for slot, number in cursors.items()
    }


def look(archive: Archive, cursors: Mapping[Slot, int], wanted: Filter, most: int) -> Page:
    """Read a page with something in it, if that is to be had soon."""
    page = reading.read(archive, cursors, wanted, most)
    for _ in range(MOST_LOOKS):
        if page.chunks or page.lost or not page.more:
            break
        page = reading.read(archive, page.cursors, wanted, most)
    return page


def has_news(archive: Archive, cursors: Mapping[Slot, int]) -> bool:
    """Tell whether one of the executables has written since."""
    shelves = reading.shelves_of(archive, cursors)
    return any(shelves[slot].next > max(cursors[slot], 1) for slot in shelves)


def waits_for(
    ticket: Ticket, cursors: Mapping[Slot, int], *, everything: bool
) -> Callable[[Slot], bool]:
    """Tell which executables somebody waits for."""
    if not everything:
        return lambda slot: slot in cursors

    def fits(slot: Slot) -> bool:
        is_of_it = slot.deployment_id == ticket.deployment_id
        return is_of_it and ticket.covers(slot.component, slot.executable)

    return fits


def _moment(stamp: Any, name: str) -> bytes:
    if not stamp.sec and not stamp.nanosec:
        return b''
    if stamp.sec < 0 or stamp.nanosec >= 1_000_000_000:
        text = f'{name} is {stamp.sec} s and {stamp.nanosec} ns, which is no time'
        raise Refused(ResultCode.INVALID, text)
    return written_time(stamp.sec * 1_000_000_000 + stamp.nanosec).encode()
