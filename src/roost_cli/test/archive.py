# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A fleet in memory whose devices keep output, as the manager and executors answer about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
import threading

from roost_cli.exits import Refused, TookTooLong
from roost_cli.model import Admission, Admissions, LogChoice, LogChunk, LogPage, Place
from roost_core.problem import Problem, ResultCode
from roost_core.ticket import Purpose

CAMERA = Place('driver', 'camera')
LIDAR = Place('driver', 'lidar')


class Archive:
    """Keep entries by device and executable, and page them out by cursors.

    Attributes:
        troubles: by device, what its next readings fail of.
        missing: by device, why the manager gives no ticket for it.
        over: why the manager gives no tickets to follow any more.
        page: so many entries at most are in an answer.
    """

    def __init__(self, *, page: int = 3) -> None:
        self.page = page
        self.troubles: dict[str, list[Exception]] = defaultdict(list)
        self.missing: dict[str, Problem] = {}
        self.over = ''
        self.admitted = 0
        self._valid: dict[str, int] = defaultdict(int)
        self._kept: dict[tuple[str, Place], list[tuple[int, bytes]]] = defaultdict(list)
        self._gone: dict[tuple[str, Place], int] = defaultdict(int)
        self._changed = threading.Condition()

    def write(
        self,
        place: Place,
        *texts: str | bytes,
        device: str = 'rover1',
        second: int = 0,
        generation: int = 1,
        stream: str = 'stdout',
        end: str = 'F',
    ) -> None:
        """Keep entries, the first one of this second, each a second later."""
        with self._changed:
            kept = self._kept[device, place]
            for offset, text in enumerate(texts):
                number = self._gone[device, place] + len(kept) + 1
                time = f'2026-11-20T19:{(second + offset) // 60:02d}:{(second + offset) % 60:02d}'
                raw = text.encode() if isinstance(text, str) else text
                header = f'{number} {time}.000000000Z {stream} {end} '
                kept.append((generation, header.encode() + raw + b'\n'))
            self._changed.notify_all()

    def forget(self, place: Place, count: int, *, device: str = 'rover1') -> None:
        """Keep the oldest entries no longer."""
        del self._kept[device, place][:count]
        self._gone[device, place] += count

    def cut_power(self, place: Place, count: int, *, device: str = 'rover1') -> None:
        """Lose the newest entries."""
        with self._changed:
            del self._kept[device, place][-count:]

    def void(self, device: str = 'rover1') -> None:
        """Start the executor anew: former tickets are none any more."""
        self._valid[device] += 1

    def end(self, why: str) -> None:
        """Stop the deployment."""
        with self._changed:
            self.over = why
            self._changed.notify_all()

    def admissions(
        self, purpose: Purpose, deployment: str = '1', component: str = '', executable: str = ''
    ) -> Admissions:
        """Give tickets for all devices but the missing ones."""
        if purpose is Purpose.FOLLOW and self.over:
            raise Refused(ResultCode.REFUSED, self.over)
        self.admitted += 1
        with self._changed:
            devices = {device for device, _ in self._kept} - set(self.missing)
        return Admissions(
            deployment_id='1',
            deployment_name='camera',
            given={
                device: Admission(
                    device=device,
                    executor=f'/roost/devices/{device}/executor',
                    ticket=f'{purpose} {self._valid[device]}',
                    valid_sec=60.0,
                )
                for device in devices
            },
            missing=dict(self.missing),
        )

    def read_logs(
        self,
        admission: Admission,
        cursors: Mapping[Place, int],
        choice: LogChoice,
        *,
        tail: int = 0,
        max_bytes: int = 0,
        wait_sec: float = 0.0,
    ) -> LogPage:
        """Answer as ReadLogs.srv says."""
        if self.troubles[admission.device]:
            raise self.troubles[admission.device].pop(0)
        purpose, number = admission.ticket.split()
        if int(number) != self._valid[admission.device]:
            raise Refused(ResultCode.REFUSED, 'the executor was started anew since')
        if wait_sec and purpose != Purpose.FOLLOW:
            raise Refused(ResultCode.REFUSED, 'the ticket is for logs, and follow is needed')
        with self._changed:
            page = self._page(admission.device, cursors, tail, max_bytes)
            if wait_sec and not page.chunks and not self.over:
                self._changed.wait(wait_sec)
                page = self._page(admission.device, cursors, tail, max_bytes)
        return page

    def _page(
        self, device: str, cursors: Mapping[Place, int], tail: int, max_bytes: int
    ) -> LogPage:
        places = list(cursors) or [place for name, place in self._kept if name == device]
        chunks, following, more, lost = [], {}, False, 0
        for place in places:
            kept, gone = self._kept[device, place], self._gone[device, place]
            start = cursors.get(place, 0)
            if start > gone + len(kept) + 1:
                raise Refused(ResultCode.INVALID, f'the cursor stands at {start}')
            if tail:
                start = gone + max(0, len(kept) - tail) + 1
            elif start > 1:
                lost += max(0, gone + 1 - start)
            start = max(start, gone + 1)
            has_room = not max_bytes or max_bytes >= len(places)  # each has its share
            some = kept[start - gone - 1 :][: self.page] if has_room else []
            following[place] = start + len(some)
            more |= start + len(some) <= gone + len(kept)
            chunks += [
                LogChunk(place=place, generation=generation, data=data)
                for generation, data in some
            ]
        return LogPage(chunks=tuple(chunks), cursors=following, more=more, lost=lost)


def cut() -> TookTooLong:
    """Give what a reading over a cut link fails of."""
    return TookTooLong('no answer')
