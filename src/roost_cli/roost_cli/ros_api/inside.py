# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Looking into devices: tickets of the manager, and what executors answer to who has one."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any
import uuid

from roost_cli.exits import RoostError, TookTooLong, Unreachable
from roost_cli.model import (
    Admission,
    Admissions,
    LogChoice,
    LogChunk,
    LogPage,
    Place,
    SessionOpened,
    SessionOutput,
)
from roost_cli.reach import lost
from roost_cli.ros_api.asking import accepted, Asking, FIND_DEVICE_SEC
from roost_core.ticket import Purpose
from roost_interfaces import msg, srv
from roost_wire import endpoints
from roost_wire.convert.basic import problem_of, time_message

_PURPOSES = {
    Purpose.LOGS: srv.GetTickets.Request.PURPOSE_LOGS,
    Purpose.FOLLOW: srv.GetTickets.Request.PURPOSE_FOLLOW,
    Purpose.SHELL: srv.GetTickets.Request.PURPOSE_SHELL,
    Purpose.EXEC: srv.GetTickets.Request.PURPOSE_EXEC,
}
# Beyond what it may wait, so long may an answer be on its way, and half of it until asking again.
_ON_ITS_WAY_SEC = 4.0
_A_WORD_SEC = 1.0

# So long an executor waits for a program to take input, before it says how much it took.
_FOR_ROOM_SEC = 10.0


class Inside(Asking):
    """Look into devices. Every call may be repeated: nothing is lost or doubled by it."""

    def admissions(
        self, purpose: Purpose, deployment: str, component: str = '', executable: str = ''
    ) -> Admissions:
        """Ask for tickets; a name also finds the deployment stopped last, for its logs."""
        request = srv.GetTickets.Request(
            purpose=_PURPOSES[purpose],
            deployment=deployment,
            component=component,
            executable=executable,
            **self._asker,
        )
        answer = self.ask(srv.GetTickets, 'get_tickets', request)
        return Admissions(
            deployment_id=answer.deployment_id,
            deployment_name=answer.deployment_name,
            given={
                each.device: Admission(
                    device=each.device,
                    executor=each.executor,
                    ticket=each.ticket,
                    valid_sec=each.valid_sec,
                )
                for each in answer.tickets
            },
            missing={
                each.resource.removeprefix('device/'): problem_of(each) for each in answer.missing
            },
            executables=tuple(
                Place(each.component, each.executable) for each in answer.executables
            ),
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
        """Read output of executables; without cursors, of all that the ticket is for."""
        request = srv.ReadLogs.Request(
            ticket=admission.ticket,
            cursors=[
                msg.LogCursor(component=place.component, executable=place.executable, next=next)
                for place, next in cursors.items()
            ],
            generation=choice.generation,
            stream=choice.stream,
            since=time_message(choice.since),
            until=time_message(choice.until),
            tail=tail,
            max_bytes=max_bytes,
            wait_sec=wait_sec,
        )
        answer_sec = 0.0 if max_bytes else min(self._timeout_sec, FIND_DEVICE_SEC)
        answer = self._entering(
            srv.ReadLogs, admission, 'read_logs', request, wait_sec, answer_sec
        )
        return LogPage(
            chunks=tuple(
                LogChunk(
                    place=Place(each.component, each.executable),
                    generation=each.generation,
                    data=each.data.tobytes(),
                )
                for each in answer.chunks
            ),
            cursors={Place(each.component, each.executable): each.next for each in answer.cursors},
            more=answer.more,
            lost=answer.lost,
        )

    def open_shell(
        self,
        admission: Admission,
        command: Sequence[str],
        *,
        terminal: str,
        columns: int,
        rows: int,
        session: str = '',
    ) -> SessionOpened:
        """Open a terminal beside the one executable of the ticket, or find one again."""
        request = srv.OpenShell.Request(
            ticket=admission.ticket,
            command=list(command),
            terminal=terminal,
            columns=columns,
            rows=rows,
            session=session,
            request_id=uuid.uuid4().hex,
        )
        answer = self._entering(srv.OpenShell, admission, 'open_shell', request)
        return SessionOpened(
            device=admission.device,
            executor=admission.executor,
            session=answer.session,
            place=Place(answer.component, answer.executable),
            first_offset=answer.first_offset,
            output_offset=answer.output_offset,
            input_offset=answer.input_offset,
            keep_sec=answer.keep_sec,
        )

    def exec(self, admission: Admission, command: Sequence[str], *, stdin: bool) -> SessionOpened:
        """Run a command beside the one executable of the ticket, without a terminal."""
        request = srv.Exec.Request(
            ticket=admission.ticket,
            command=list(command),
            stdin=stdin,
            request_id=uuid.uuid4().hex,
        )
        answer = self._entering(srv.Exec, admission, 'exec', request)
        return SessionOpened(
            device=admission.device,
            executor=admission.executor,
            session=answer.session,
            place=Place(answer.component, answer.executable),
        )

    def read_session(
        self, opened: SessionOpened, offset: int, *, wait_sec: float
    ) -> SessionOutput:
        """Read output from an offset on; all before it is thereby acknowledged."""
        request = srv.ReadShell.Request(session=opened.session, offset=offset, wait_sec=wait_sec)
        answer = self._inside(srv.ReadShell, f'{opened.executor}/read_shell', request, wait_sec)
        error = msg.TerminalOutput.STREAM_ERROR
        return SessionOutput(
            pieces=tuple((each.stream == error, each.data.tobytes()) for each in answer.output),
            offset=answer.offset,
            next_offset=answer.next_offset,
            ended=answer.ended,
            exit_code=answer.exit_code,
            reason=answer.reason,
        )

    def write_session(self, opened: SessionOpened, offset: int, data: bytes, *, end: bool) -> int:
        """Give input from an offset on; gives how much was taken of all until now."""
        request = srv.WriteShell.Request(
            session=opened.session, offset=offset, data=array('B', data), end=end
        )
        name = f'{opened.executor}/write_shell'
        answer = self.call(
            srv.WriteShell, name, request, timeout_sec=_FOR_ROOM_SEC + _ON_ITS_WAY_SEC
        )
        return int(accepted(answer).input_offset)

    def resize_session(self, opened: SessionOpened, columns: int, rows: int) -> None:
        """Tell the size of the terminal."""
        request = srv.ResizeShell.Request(session=opened.session, columns=columns, rows=rows)
        self._inside(srv.ResizeShell, f'{opened.executor}/resize_shell', request)

    def close_session(self, opened: SessionOpened, signal: int = 0) -> None:
        """End a session; with a signal, only send that to its program."""
        request = srv.CloseShell.Request(session=opened.session, signal=signal)
        self._inside(srv.CloseShell, f'{opened.executor}/close_shell', request)

    def _entering(
        self,
        kind: Any,
        admission: Admission,
        name: str,
        request: Any,
        wait_sec: float = 0.0,
        answer_sec: float = 0.0,
    ) -> Any:
        """Call a service of an executor; who gets no answer is told what the manager knows."""
        try:
            return self._inside(
                kind, f'{admission.executor}/{name}', request, wait_sec, answer_sec
            )
        except (Unreachable, TookTooLong) as error:
            first = lost(admission.device, self._silent_sec(admission.device))
            raise type(error)(f'{first}.\n  {error}') from error

    def _silent_sec(self, device: str) -> float | None:
        """Ask, with little patience, for how long the manager has not heard a device."""
        request = srv.GetDevice.Request(name=device)
        name = endpoints.of_manager('get_device')
        try:
            answer = accepted(self.call(srv.GetDevice, name, request, timeout_sec=_A_WORD_SEC))
        except RoostError:
            return None
        silent_sec = float(answer.device.silent_sec)
        return silent_sec if silent_sec >= 0.0 else None

    def _inside(
        self,
        kind: Any,
        name: str,
        request: Any,
        wait_sec: float = 0.0,
        answer_sec: float = 0.0,
    ) -> Any:
        """Call a service of an executor that may take wait_sec before it answers.

        Args:
            answer_sec: how long to wait for an answer that comes at once; 0 for as long as usual.
        """
        if not wait_sec:
            return accepted(self.call(kind, name, request, timeout_sec=answer_sec))
        return accepted(
            self.call(
                kind,
                name,
                request,
                timeout_sec=wait_sec + _ON_ITS_WAY_SEC,
                resend_after_sec=wait_sec + _ON_ITS_WAY_SEC / 2,
            )
        )
