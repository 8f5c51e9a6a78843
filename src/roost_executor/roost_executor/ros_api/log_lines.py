# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The action that gives lines of output as they are written, for people at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, UTC
from functools import lru_cache, partial
import time
from typing import Any

from builtin_interfaces.msg import Time
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.task import Future

from roost_core.instance import Slot
from roost_core.problem import ResultCode
from roost_core.ticket import Ticket
from roost_executor.archive.keeper import LogKeeper
from roost_executor.archive.reading import Chunk, Filter, Page
from roost_executor.archive.waiting import Wait
from roost_executor.doorkeeper import Doorkeeper
from roost_executor.ros_api import log_requests as requests
from roost_interfaces.action import FollowLogs
from roost_interfaces.msg import LogLine
from roost_wire.convert.basic import accepted, refused
from roost_wire.session import Session

FOLLOW_LOGS = '~/follow_logs'

PAGE_BYTES = 65536
LINES_AT_ONCE = 200
MOST_GOALS = 32

# A wait is renewed after so long.
WAIT_SEC = 60.0


class LogLines:
    """Offers `follow_logs`. Lines are read and made by workers; the spinning thread sends them."""

    def __init__(self, session: Session, keeper: LogKeeper, doorkeeper: Doorkeeper) -> None:
        """Offer the action of a session's node."""
        self._session = session
        self._archive = keeper.archive
        self._waiting = keeper.waiting
        self._workers = keeper.workers
        self._doorkeeper = doorkeeper
        self._waits: dict[bytes, Wait] = {}
        self._goals = 0
        ActionServer(
            session.node,
            FollowLogs,
            FOLLOW_LOGS,
            self._execute,
            callback_group=ReentrantCallbackGroup(),
            goal_callback=lambda _: GoalResponse.ACCEPT,
            cancel_callback=self._on_cancel,
        )

    def _on_cancel(self, goal: ServerGoalHandle) -> CancelResponse:
        wait = self._waits.get(bytes(goal.goal_id.uuid))
        if wait is not None:
            self._session.post(lambda: self._waiting.end(wait))
        return CancelResponse.ACCEPT

    async def _execute(self, goal: ServerGoalHandle) -> Any:
        self._goals += 1
        try:
            if self._goals > MOST_GOALS:
                text = f'{MOST_GOALS} follow logs of this device already: ask again later'
                raise requests.Refused(ResultCode.UNAVAILABLE, text)
            return await self._follow(goal)
        except requests.Refused as no:
            goal.abort()
            return FollowLogs.Result(result=refused(no.code, no.text))
        finally:
            self._goals -= 1
            self._waits.pop(bytes(goal.goal_id.uuid), None)

    async def _follow(self, goal: ServerGoalHandle) -> Any:
        asked = goal.request
        ticket = requests.admitted(self._doorkeeper, asked.ticket, waits=asked.follow)
        wanted = requests.filter_of(asked)
        cursors = await self._soon(lambda: self._begin(ticket, asked, wanted))
        given = 0
        while not goal.is_cancel_requested:
            read = partial(self._read, ticket, asked, cursors, wanted)
            page, batches = await self._soon(read)
            for batch in batches:
                goal.publish_feedback(FollowLogs.Feedback(lines=batch))
                given += len(batch)
            cursors = page.cursors
            if not page.more:
                if not asked.follow:
                    goal.succeed()
                    return FollowLogs.Result(result=accepted(), lines=given)
                await self._wait(goal, ticket, asked, cursors)
        goal.canceled()
        text = 'following was cancelled'
        return FollowLogs.Result(result=refused(ResultCode.CANCELLED, text), lines=given)

    def _begin(self, ticket: Ticket, asked: Any, wanted: Filter) -> dict[Slot, int]:
        cursors = self._chosen(ticket, asked)
        if asked.tail:
            return requests.tailed(self._archive, cursors, wanted, asked.tail)
        return cursors

    def _chosen(self, ticket: Ticket, asked: Any) -> dict[Slot, int]:
        return {
            slot: 0
            for slot in requests.covered(self._archive, ticket)
            if asked.component in ('', slot.component)
            and asked.executable in ('', slot.executable)
        }

    def _read(
        self, ticket: Ticket, asked: Any, cursors: Mapping[Slot, int], wanted: Filter
    ) -> tuple[Page, list[list[LogLine]]]:
        """Read a page, of executables too that write for the first time."""
        page = requests.look(
            self._archive, {**self._chosen(ticket, asked), **cursors}, wanted, PAGE_BYTES
        )
        lines = [line for chunk in page.chunks for line in lines_of(chunk)]
        lines.sort(key=lambda line: (line.stamp.sec, line.stamp.nanosec))  # keeps equals in order
        return page, [lines[at : at + LINES_AT_ONCE] for at in range(0, len(lines), LINES_AT_ONCE)]

    async def _wait(
        self, goal: ServerGoalHandle, ticket: Ticket, asked: Any, cursors: Mapping[Slot, int]
    ) -> None:
        future: Future = Future(executor=self._session.executor)
        of_ticket = requests.waits_for(ticket, cursors, everything=True)
        wait = self._waiting.add(
            lambda slot: (
                of_ticket(slot)
                and asked.component in ('', slot.component)
                and asked.executable in ('', slot.executable)
            ),
            lambda: self._session.post(lambda: future.done() or future.set_result(None)),
            until=time.monotonic() + WAIT_SEC,
            has_news=lambda: requests.has_news(self._archive, cursors),
        )
        self._waits[bytes(goal.goal_id.uuid)] = wait
        if goal.is_cancel_requested:
            self._waiting.end(wait)
        await future

    async def _soon(self, task: Callable[[], Any]) -> Any:
        """Have a worker do something, and give what it gave."""
        future: Future = Future(executor=self._session.executor)

        def work() -> None:
            try:
                found = task()
            except Exception as error:  # noqa: BLE001 - raised again where it is waited for
                raised = error
                self._session.post(lambda: future.set_exception(raised))
            else:
                self._session.post(lambda: future.set_result(found))

        self._workers.submit(work)
        return await future


def lines_of(chunk: Chunk) -> Iterator[LogLine]:
    """Give the entries of a chunk as messages."""
    for entry in chunk.data.split(b'\n')[:-1]:
        number, moment, stream, tag, text = entry.split(b' ', 4)
        yield LogLine(
            number=int(number),
            stamp=Time(sec=_seconds(moment[:19]), nanosec=int(moment[20:29])),
            component=chunk.slot.component,
            executable=chunk.slot.executable,
            generation=chunk.generation,
            stream=stream.decode(),
            partial=tag == b'P',
            text=text.decode(errors='replace').replace('\0', '\ufffd'),
        )


@lru_cache(maxsize=64)
def _seconds(moment: bytes) -> int:
    return int(datetime.fromisoformat(moment.decode()).replace(tzinfo=UTC).timestamp())
