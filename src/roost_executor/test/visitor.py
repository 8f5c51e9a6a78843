# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Somebody with tickets, who talks with programs on a device through its services."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field, replace
import time
from typing import Any

from executor_process import DEADLINE_SEC, Manager, ROVER

from roost_core.names import DeploymentId
from roost_core.ticket import Purpose, Ticket
from roost_interfaces.msg import TerminalOutput
from roost_interfaces.srv import (
    CloseShell,
    Exec,
    OpenShell,
    ReadShell,
    ResizeShell,
    WriteShell,
)
from roost_wire import endpoints
from roost_wire.calls import call
from roost_wire.tickets import sign_ticket

SERVICES = {
    'open_shell': OpenShell,
    'exec': Exec,
    'read_shell': ReadShell,
    'write_shell': WriteShell,
    'resize_shell': ResizeShell,
    'close_shell': CloseShell,
}


@dataclass
class Conversation:
    """A session, as somebody talks in it."""

    visitor: Visitor
    name: str
    read_to: int = 0
    written_to: int = 0
    output: bytes = b''
    errors: bytes = b''
    last: Any = field(default=None, repr=False)

    def read(self, *, wait_sec: float = 2.0, max_bytes: int = 0) -> Any:
        """Read on; keep what came."""
        self.last = answer = self.visitor.ask(
            'read_shell',
            session=self.name,
            offset=self.read_to,
            wait_sec=wait_sec,
            max_bytes=max_bytes,
        )
        if answer.result.ok:
            assert answer.offset == self.read_to
            for each in answer.output:
                if each.stream == TerminalOutput.STREAM_ERROR:
                    self.errors += bytes(each.data)
                else:
                    self.output += bytes(each.data)
            self.read_to = answer.next_offset
        return answer

    def read_until(self, text: str) -> None:
        """Read on until a text came."""
        deadline = time.monotonic() + DEADLINE_SEC
        while text.encode() not in self.output:
            assert not self.read().ended, f'{text!r} did not come: {self.output!r}'
            assert time.monotonic() < deadline, f'{text!r} did not come: {self.output!r}'

    def read_all(self) -> Any:
        """Read to the end."""
        deadline = time.monotonic() + 3 * DEADLINE_SEC
        while not (answer := self.read()).ended:
            assert answer.result.ok, answer.result
            assert time.monotonic() < deadline, f'it does not end: {self.output[-1000:]!r}'
        return answer

    def write(self, data: bytes, *, end: bool = False) -> None:
        """Send input, and send again what was not taken."""
        goal = self.written_to + len(data)
        while True:
            begin = len(data) - (goal - self.written_to)
            part = data[begin : begin + 65536]
            answer = self.visitor.ask(
                'write_shell',
                session=self.name,
                offset=self.written_to,
                data=array('B', part),
                end=end and self.written_to + len(part) == goal,
            )
            assert answer.result.ok, answer.result
            self.written_to = answer.input_offset
            if self.written_to == goal:
                return

    def type(self, text: str) -> None:
        """Send a text."""
        self.write(text.encode())

    def close(self) -> None:
        """Close it."""
        answer = self.visitor.ask('close_shell', session=self.name)
        assert answer.result.ok, answer.result


class Visitor:
    """Calls the services of the device's executor."""

    def __init__(self, manager: Manager) -> None:
        self.manager = manager
        node = manager.session.node
        self._clients = {
            name: node.create_client(kind, endpoints.of_executor(ROVER, name))
            for name, kind in SERVICES.items()
        }

    def ticket(self, purpose: Purpose, alter: Callable[[Ticket], Ticket] = lambda it: it) -> str:
        """Give a ticket for all of deployment 'driver', as the manager would."""
        beat = self.manager.beats[-1]
        ticket = Ticket(
            purpose=purpose,
            device=ROVER,
            device_key_id=beat.key_id,
            incarnation=beat.incarnation,
            until_sec=beat.uptime_sec + 60.0,
            deployment_id=DeploymentId('driver-1'),
            deployment_name='driver',
            user='ada',
        )
        return sign_ticket(alter(ticket), self.manager.key)

    def ask(self, service: str, **fields: Any) -> Any:
        """Call a service; a long poll is sent again only when its answer is overdue."""
        return call(
            self._clients[service],
            SERVICES[service].Request(**fields),
            timeout_sec=DEADLINE_SEC,
            resend_after_sec=0.5 + fields.get('wait_sec', 0.0),
        )

    def begin(self, service: str, **fields: Any) -> Any:
        """Call a service once, and give the future of the answer."""
        return self._clients[service].call_async(SERVICES[service].Request(**fields))

    def shell(self, *command: str, **fields: Any) -> Conversation:
        """Open a terminal."""
        ticket = self.ticket(Purpose.SHELL)
        answer = self.ask('open_shell', ticket=ticket, command=list(command), **fields)
        assert answer.result.ok, answer.result
        return Conversation(self, answer.session, answer.first_offset, answer.input_offset)

    def exec(self, *command: str, **fields: Any) -> Conversation:
        """Run a command."""
        ticket = self.ticket(Purpose.EXEC)
        answer = self.ask('exec', ticket=ticket, command=list(command), **fields)
        assert answer.result.ok, answer.result
        return Conversation(self, answer.session)


def for_executable(component: str, executable: str) -> Callable[[Ticket], Ticket]:
    """Make a ticket one for a single executable."""
    return lambda ticket: replace(ticket, component=component, executable=executable)
