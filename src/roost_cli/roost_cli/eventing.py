# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Events as lines, and a stream of them without gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import queue
import threading

from roost_cli.exits import TookTooLong, Unreachable
from roost_cli.model import Event
from roost_cli.output import say

Reader = Callable[[int], tuple[tuple[Event, ...], int]]

AGAIN_SEC = 0.5


def event_line(event: Event) -> str:
    """Write an event in one line."""
    time = event.stamp.astimezone().strftime('%Y-%m-%d %H:%M:%S.%f')[:-3] if event.stamp else '-'
    about = '/'.join(
        part for part in (event.deployment_name, event.component, event.executable) if part
    )
    where = f' on {event.device}' if event.device and about else event.device
    told = ', '.join(event.codes)
    codes = f' [{told}]' if told and told != event.message else ''
    return f'{event.number:>6}  {time}  {about}{where}  {event.message}{codes}'


def without_gaps(
    heard: queue.SimpleQueue[Event], read_since: Reader, last: int, resync_sec: float
) -> Iterator[Event]:
    """Yield every event after the number `last`, once and in order, without end.

    What was not heard is read: after a gap in the numbers, and after resync_sec of silence,
    because the last one before a silence leaves no gap.

    Args:
        heard: filled by the listener, from before `last` was known.
        read_since: lists events after a number, oldest first, and gives the newest that exists.
    """
    while True:
        try:
            event = heard.get(timeout=resync_sec)
        except queue.Empty:
            event = None
        if event is not None and event.number <= last:
            continue
        if event is not None and event.number == last + 1:
            last = event.number
            yield event
            continue
        for missed in replayed(read_since, last):
            last = missed.number
            yield missed


def patient(read_since: Reader) -> Reader:
    """Give a reader that asks until it is answered, and says when that takes long."""
    pause = threading.Event()

    def read(number: int) -> tuple[tuple[Event, ...], int]:
        is_told = False
        while True:
            try:
                answer = read_since(number)
            except (Unreachable, TookTooLong) as error:
                if not is_told:
                    say(f'the manager does not answer, trying on: {str(error).splitlines()[0]}')
                is_told = True
                pause.wait(AGAIN_SEC)
                continue
            if is_told:
                say('the manager is back')
            return answer

    return read


def replayed(read_since: Reader, last: int) -> Iterator[Event]:
    """Yield every kept event after the number `last`, once and in order."""
    while True:
        events, newest = read_since(last)
        yield from events
        if not events or events[-1].number >= newest:
            return
        last = events[-1].number
