# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A client that reads the logs of an executor, as the command line does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, UTC
import time
from typing import Any

from executor_process import DEADLINE_SEC, Manager, ROVER

from roost_core.ticket import Purpose, Ticket
from roost_interfaces.msg import LogCursor
from roost_interfaces.srv import ReadLogs
from roost_wire import endpoints
from roost_wire.calls import call, CallTimeout
from roost_wire.tickets import sign_ticket


class LogClient:
    """Reads from cursors on, which it keeps.

    Attributes:
        texts: of the entries that came, by executable.
        numbers: of the entries that came, by executable.
        moments: of the last entries that came, by executable.
        lost: entries that were told to be gone.
        notes: what Roost itself had to say.
    """

    def __init__(self, manager: Manager, deployment: str, *executables: str) -> None:
        """Begin with the executables of the component 'driver', or with all that there are."""
        self._manager = manager
        self._deployment = deployment
        node = manager.session.node
        name = f'{endpoints.device_namespace(ROVER)}/{endpoints.EXECUTOR}/read_logs'
        self._client = node.create_client(ReadLogs, name)
        self.cursors = [LogCursor(component='driver', executable=each) for each in executables]
        self.texts: dict[str, list[bytes]] = {}
        self.numbers: dict[str, list[int]] = {}
        self.moments: dict[str, bytes] = {}
        self.lost = 0
        self.notes: list[bytes] = []

    def ticket(self, purpose: Purpose = Purpose.FOLLOW, **of: str) -> str:
        """Sign a ticket as the manager does."""
        heard = self._manager.heard[-1]
        ticket = Ticket(
            purpose=purpose,
            device=ROVER,
            device_key_id=heard.key_id,
            incarnation=heard.report.order[0],
            until_sec=1e9,
            deployment_id=f'{self._deployment}-1',
            deployment_name=self._deployment,
            **of,
        )
        return sign_ticket(ticket, self._manager.key)

    def ask(self, **fields: Any) -> Any:
        """Ask once."""
        fields.setdefault('ticket', self.ticket())
        request = ReadLogs.Request(**fields)
        return call(self._client, request, timeout_sec=DEADLINE_SEC)

    def begin(self, **fields: Any) -> Any:
        """Ask, and give the future of the answer."""
        request = ReadLogs.Request(**fields)
        return self._manager.session.do(lambda: self._client.call_async(request))

    def read(self, **fields: Any) -> Any:
        """Ask for what comes next, and go on behind it."""
        response = self.ask(cursors=self.cursors, **fields)
        assert response.result.ok, response.result.message
        self.cursors = response.cursors
        self.lost += response.lost
        for chunk in response.chunks:
            for number, moment, stream, _, text in entries(chunk):
                self.moments[chunk.executable] = moment
                self.numbers.setdefault(chunk.executable, []).append(number)
                if stream == b'roost':
                    self.notes.append(text)
                else:
                    self.texts.setdefault(chunk.executable, []).append(text)
        return response

    def follow(self, until: Callable[[], Any], *, timeout_sec: float = DEADLINE_SEC) -> None:
        """Read what comes until there is enough; an executor that is away is asked again."""
        deadline = time.monotonic() + timeout_sec
        while not until():
            assert time.monotonic() < deadline, f'not in time; last: {self.last()}'
            try:
                self.read(wait_sec=2.0, max_bytes=1 << 20)
            except (CallTimeout, AssertionError) as error:
                if 'started anew' not in str(error) and not isinstance(error, CallTimeout):
                    raise

    def lateness(self, executable: str) -> float:
        """Give how long ago the last entry was written that has come, seconds."""
        moment = self.moments[executable].decode()
        at = datetime.fromisoformat(moment[:26]).replace(tzinfo=UTC)
        return time.time() - at.timestamp()

    def last(self) -> dict[str, list[bytes]]:
        """Give the last lines of each executable."""
        return {name: lines[-3:] for name, lines in self.texts.items()}


def entries(chunk: Any) -> Iterator[tuple[int, bytes, bytes, bytes, bytes]]:
    """Give number, time, stream, tag and text of the entries of a chunk."""
    data = bytes(chunk.data)
    assert data.endswith(b'\n')
    for entry in data[:-1].split(b'\n'):
        number, moment, stream, tag, text = entry.split(b' ', 4)
        yield int(number), moment, stream, tag, text
