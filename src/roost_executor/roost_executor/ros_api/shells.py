# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The services by which programs are run beside instances, and talked with."""

from __future__ import annotations

from array import array
from collections.abc import Callable
import signal
from typing import Any

from roost_core.problem import ResultCode
from roost_core.ticket import Purpose
from roost_executor.doorkeeper import Doorkeeper
from roost_executor.runtimes.contract import RuntimeFault
from roost_executor.runtimes.interactive import Stream, Window
from roost_executor.shells.sessions import Sessions, Wish
from roost_executor.shells.shell import Reading, Shell, ShellRefused
from roost_executor.workers import Workers
from roost_interfaces.msg import TerminalOutput
from roost_interfaces.srv import (
    CloseShell,
    Exec,
    OpenShell,
    ReadShell,
    ResizeShell,
    WriteShell,
)
from roost_wire.convert.basic import accepted, refused
from roost_wire.deferred import DeferredServices, Reply
from roost_wire.tickets import TicketRefused

MOST_READ_BYTES = 1 << 20
USUAL_READ_BYTES = 256 << 10
MOST_WRITTEN_BYTES = 65536
MOST_WAIT_SEC = 30.0
ROOM_WAIT_SEC = 10.0

# Of a command, its arguments together; the kernel has more room for them.
MOST_COMMAND_BYTES = 100_000
MOST_ID_LENGTH = 200
MOST_TERMINAL_LENGTH = 100

# Calls that may have to wait for an engine.
WORKERS = 8

_STREAMS = {
    Stream.OUTPUT: TerminalOutput.STREAM_OUTPUT,
    Stream.ERROR: TerminalOutput.STREAM_ERROR,
}


class ShellServices:
    """Answer for the sessions of a device. Its callbacks run on the spinning thread."""

    def __init__(
        self, services: DeferredServices, sessions: Sessions, doorkeeper: Doorkeeper
    ) -> None:
        """Offer the services."""
        self._sessions = sessions
        self._doorkeeper = doorkeeper
        workers = Workers('shells', WORKERS)
        for kind, name, answer in (
            (OpenShell, 'open_shell', self._open_shell),
            (Exec, 'exec', self._exec),
            (ResizeShell, 'resize_shell', self._resize),
            (CloseShell, 'close_shell', self._close),
        ):
            services.offer(kind, f'~/{name}', _refusing(kind, answer), workers=workers)
        services.offer_begun(ReadShell, '~/read_shell', self._begin_read)
        services.offer_begun(WriteShell, '~/write_shell', self._begin_write)

    def _open_shell(self, request: OpenShell.Request) -> OpenShell.Response:
        ticket = self._doorkeeper.admit(request.ticket, (Purpose.SHELL,))
        if request.session:
            shell = self._sessions.find_again(request.session, ticket)
            if request.columns and request.rows:
                shell.resize(request.columns, request.rows)
        else:
            usual = Window()
            wish = Wish(
                component=request.component,
                executable=request.executable,
                command=_command_of(request.command),
                window=Window(
                    columns=request.columns or usual.columns,
                    rows=request.rows or usual.rows,
                    kind=_terminal_of(request.terminal) or usual.kind,
                ),
                request_id=_id_of(request.request_id),
            )
            shell = self._sessions.open(wish, ticket)
        first, output, taken = shell.offsets
        return OpenShell.Response(
            result=accepted(),
            first_offset=first,
            output_offset=output,
            input_offset=taken,
            keep_sec=self._sessions.rules.keep_sec,
            idle_sec=self._sessions.rules.idle_sec,
            **_names_of(shell),
        )

    def _exec(self, request: Exec.Request) -> Exec.Response:
        ticket = self._doorkeeper.admit(request.ticket, (Purpose.EXEC,))
        command = _command_of(request.command)
        if not command:
            raise ShellRefused(ResultCode.INVALID, 'a command is needed')
        wish = Wish(
            component=request.component,
            executable=request.executable,
            command=command,
            window=None,
            stdin=request.stdin,
            request_id=_id_of(request.request_id),
        )
        return Exec.Response(result=accepted(), **_names_of(self._sessions.open(wish, ticket)))

    def _resize(self, request: ResizeShell.Request) -> ResizeShell.Response:
        if not request.columns or not request.rows:
            raise ShellRefused(ResultCode.INVALID, 'a terminal has at least one column and row')
        self._sessions.find(request.session).resize(request.columns, request.rows)
        return ResizeShell.Response(result=accepted())

    def _close(self, request: CloseShell.Request) -> CloseShell.Response:
        if request.signal:
            if request.signal not in signal.valid_signals():
                raise ShellRefused(ResultCode.INVALID, f'{request.signal} is no signal')
            self._sessions.find(request.session).signal(request.signal)
        else:
            self._sessions.close(request.session)
        return CloseShell.Response(result=accepted())

    def _begin_read(self, request: ReadShell.Request, reply: Reply) -> None:
        most = min(request.max_bytes or USUAL_READ_BYTES, MOST_READ_BYTES)
        # Not min alone: NaN would come through it.
        wait_sec = request.wait_sec if 0 <= request.wait_sec <= MOST_WAIT_SEC else MOST_WAIT_SEC
        try:
            until = self._sessions.find(request.session).read(
                request.offset, most, wait_sec, lambda reading: reply(_response_of(reading))
            )
        except ShellRefused as refusal:
            reply(ReadShell.Response(result=refused(refusal.code, str(refusal))))
            return
        if until is not None:
            self._sessions.wake_by(until)

    def _begin_write(self, request: WriteShell.Request, reply: Reply) -> None:
        def answer(taken: int) -> None:
            reply(WriteShell.Response(result=accepted(), input_offset=taken))

        taken = 0
        try:
            if len(request.data) > MOST_WRITTEN_BYTES:
                raise ShellRefused(
                    ResultCode.TOO_LARGE, f'at most {MOST_WRITTEN_BYTES} bytes are taken at once'
                )
            shell = self._sessions.find(request.session)
            _, _, taken = shell.offsets
            until = shell.write(
                request.offset, bytes(request.data), ROOM_WAIT_SEC, answer, end=request.end
            )
        except ShellRefused as refusal:
            result = refused(refusal.code, str(refusal))
            reply(WriteShell.Response(result=result, input_offset=taken))
            return
        if until is not None:
            self._sessions.wake_by(until)


def _refusing(kind: Any, answer: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Turn what may be raised into an answer that refuses."""

    def answered(request: Any) -> Any:
        try:
            return answer(request)
        except TicketRefused as refusal:
            return kind.Response(result=refused(ResultCode.REFUSED, str(refusal)))
        except (ShellRefused, RuntimeFault) as refusal:
            return kind.Response(result=refused(refusal.code, str(refusal)))

    return answered


def _names_of(shell: Shell) -> dict[str, str]:
    return {
        'session': shell.name,
        'component': shell.about.slot.component,
        'executable': shell.about.slot.executable,
        'instance_id': shell.about.instance_id,
    }


def _response_of(reading: Reading) -> ReadShell.Response:
    ending = reading.ending
    response = ReadShell.Response(
        result=accepted(),
        # An array: of bytes, the message would check each one.
        output=[
            TerminalOutput(stream=_STREAMS[stream], data=array('B', data))
            for stream, data in reading.piece.written
        ],
        offset=reading.piece.offset,
        next_offset=reading.piece.next_offset,
    )
    if ending is not None:
        response.ended = True
        response.exit_code = -1 if ending.exit_code is None else ending.exit_code
        response.reason = ending.reason
    return response


def _command_of(words: list[str]) -> tuple[str, ...]:
    command = tuple(words)
    if any('\0' in word for word in command) or (command and not command[0]):
        raise ShellRefused(ResultCode.INVALID, 'the command is malformed')
    if sum(len(word.encode()) for word in command) > MOST_COMMAND_BYTES:
        raise ShellRefused(
            ResultCode.TOO_LARGE, f'a command has at most {MOST_COMMAND_BYTES} bytes'
        )
    return command


def _terminal_of(kind: str) -> str:
    if len(kind) > MOST_TERMINAL_LENGTH or not kind.isprintable():
        raise ShellRefused(ResultCode.INVALID, 'that is no kind of terminal')
    return kind


def _id_of(request_id: str) -> str:
    if len(request_id) > MOST_ID_LENGTH:
        raise ShellRefused(
            ResultCode.INVALID, f'a request_id has at most {MOST_ID_LENGTH} characters'
        )
    return request_id
