# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The service that gives what executables wrote, page by page."""

from __future__ import annotations

from array import array
from collections.abc import Callable
import logging
import math
import threading
import time
from typing import Any

from roost_core.instance import Slot
from roost_core.names import is_name
from roost_core.problem import ResultCode
from roost_core.ticket import Ticket
from roost_executor.archive.keeper import LogKeeper
from roost_executor.archive.reading import Filter, Page
from roost_executor.doorkeeper import Doorkeeper
from roost_executor.ros_api import log_requests as requests
from roost_executor.ros_api.log_requests import Refused
from roost_interfaces.msg import LogChunk, LogCursor
from roost_interfaces.srv import ReadLogs
from roost_wire.convert.basic import accepted, refused
from roost_wire.deferred import DeferredServices, Reply

logger = logging.getLogger(__name__)

READ_LOGS = '~/read_logs'

USUAL_BYTES, MOST_BYTES = 262144, 1 << 20
MOST_CURSORS = 1000
MOST_WAIT_SEC = 30.0
MOST_WAITING = 64


class LogReading:
    """Answers `read_logs`. Requests are answered by few threads, and waiting takes none."""

    def __init__(
        self, services: DeferredServices, keeper: LogKeeper, doorkeeper: Doorkeeper
    ) -> None:
        """Offer the service."""
        self._archive = keeper.archive
        self._waiting = keeper.waiting
        self._workers = keeper.workers
        self._doorkeeper = doorkeeper
        self._free = threading.BoundedSemaphore(MOST_WAITING)
        services.offer_begun(ReadLogs, READ_LOGS, self._begin)

    def _begin(self, request: Any, reply: Reply) -> None:
        def answer() -> None:
            self._guarded(reply, lambda: self._answer(request, reply))

        self._workers.submit(answer)

    def _guarded(self, reply: Reply, task: Callable[[], None]) -> None:
        try:
            task()
        except Refused as no:
            reply(ReadLogs.Response(result=refused(no.code, no.text)))
        except Exception as defect:
            logger.exception('a request to read logs failed')
            text = f'a defect of the executor: {defect!r:.200}'
            reply(ReadLogs.Response(result=refused(ResultCode.INTERNAL, text)))

    def _answer(self, request: Any, reply: Reply) -> None:
        wait_sec = request.wait_sec
        if math.isnan(wait_sec) or wait_sec < 0.0:
            raise Refused(ResultCode.INVALID, f'wait_sec is {wait_sec}, not from 0 to 30')
        ticket = requests.admitted(self._doorkeeper, request.ticket, waits=wait_sec > 0.0)
        wanted = requests.filter_of(request)
        cursors = self._cursors(ticket, request.cursors)
        if request.tail:
            cursors = requests.tailed(self._archive, cursors, wanted, request.tail)
        most = min(request.max_bytes or USUAL_BYTES, MOST_BYTES)
        page = requests.look(self._archive, cursors, wanted, most)
        if wait_sec == 0.0 or _is_to_be_told(page):
            reply(_response(page))
            return
        if not self._free.acquire(blocking=False):
            raise Refused(
                ResultCode.UNAVAILABLE,
                f'{MOST_WAITING} requests wait for logs of this device already: ask again later',
            )

        def reply_at_last(response: Any) -> None:
            self._free.release()
            reply(response)

        until = time.monotonic() + min(wait_sec, MOST_WAIT_SEC)
        everything = not request.cursors
        self._wait(ticket, page, wanted, most, until, reply_at_last, everything)

    def _wait(
        self,
        ticket: Ticket,
        page: Page,
        wanted: Filter,
        most: int,
        until: float,
        reply: Reply,
        everything: bool,
    ) -> None:
        """Answer when there is something, or it is time."""

        def answer() -> None:
            cursors = page.cursors
            if everything:
                cursors = {**self._all(ticket), **cursors}
            further = requests.look(self._archive, cursors, wanted, most)
            if _is_to_be_told(further) or time.monotonic() >= until:
                reply(_response(further))
            else:
                self._wait(ticket, further, wanted, most, until, reply, everything)

        self._waiting.add(
            requests.waits_for(ticket, page.cursors, everything=everything),
            lambda: self._workers.submit(lambda: self._guarded(reply, answer)),
            until=until,
            has_news=lambda: requests.has_news(self._archive, page.cursors),
        )

    def _cursors(self, ticket: Ticket, given: list[LogCursor]) -> dict[Slot, int]:
        if not given:
            return self._all(ticket)
        if len(given) > MOST_CURSORS:
            text = f'{len(given)} cursors given, at most {MOST_CURSORS} are allowed'
            raise Refused(ResultCode.TOO_LARGE, text)
        cursors: dict[Slot, int] = {}
        for each in given:
            slot = Slot(ticket.deployment_id, each.component, each.executable)
            self._check(ticket, slot, each.next)
            if slot in cursors:
                text = f"'{each.component}/{each.executable}' has two cursors"
                raise Refused(ResultCode.INVALID, text)
            cursors[slot] = each.next
        return cursors

    def _check(self, ticket: Ticket, slot: Slot, number: int) -> None:
        name = f'{slot.component:.70}/{slot.executable:.70}'
        if not (is_name(slot.component) and is_name(slot.executable)):
            raise Refused(ResultCode.INVALID, f"'{name}' is no name of an executable")
        if not ticket.covers(slot.component, slot.executable):
            raise Refused(ResultCode.REFUSED, f"the ticket is not for '{name}'")
        shelf = self._archive.of(slot.deployment_id).get(slot)
        end = 1 if shelf is None else shelf.next
        if number > max(end, 1):
            text = f"the cursor of '{name}' stands at {number}, and the next entry will be {end}"
            raise Refused(ResultCode.INVALID, text)

    def _all(self, ticket: Ticket) -> dict[Slot, int]:
        return dict.fromkeys(requests.covered(self._archive, ticket), 0)


def _is_to_be_told(page: Page) -> bool:
    return bool(page.chunks or page.lost or page.more)


def _response(page: Page) -> Any:
    return ReadLogs.Response(
        result=accepted(),
        chunks=[
            LogChunk(
                component=chunk.slot.component,
                executable=chunk.slot.executable,
                generation=chunk.generation,
                data=array('B', chunk.data),  # each byte of anything else would be checked
            )
            for chunk in page.chunks
        ],
        cursors=[
            LogCursor(component=slot.component, executable=slot.executable, next=number)
            for slot, number in page.cursors.items()
        ],
        more=page.more,
        lost=page.lost,
    )
