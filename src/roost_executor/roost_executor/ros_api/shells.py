# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The services by which programs are run beside instances, and talked with."""

from __future__ import annotations

from array import array
from collections.abc import Callable
import logging
import math
import signal
from typing import Any

from roost_core.problem import ResultCode
from roost_core.status import ReasonKind
from roost_core.ticket import Purpose
from roost_executor.doorkeeper import Doorkeeper
from roost_executor.runtimes.contract import RuntimeFault
from roost_executor.runtimes.interactive import Stream, Window
from roost_executor.shells.refusal import ShellRefused
from roost_executor.shells.sessions import Sessions, Wish
from roost_executor.shells.shell import Reading, Shell
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

logger = logging.getLogger(__name__)

MOST_READ_BYTES = 1 << 20
USUAL_READ_BYTES = 256 << 10
MOST_WRITTEN_BYTES = 65536
MOST_WAIT_SEC = 30.0
ROOM_WAIT_SEC = 10.0

# Of a command, its arguments together; the kernel has more room for them.
MOST_COMMAND_BYTES = 100_000
MOST_COMMAND_WORDS = 4096
MOST_ID_LENGTH = 200
MOST_TERMINAL_LENGTH = 100

# Requests that are looked at, none of which waits for an engine: those of runtimes are there for
# that.
WORKERS = 4

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
        self._workers = Workers('shells', WORKERS)
        for kind, name, begin in (
            (OpenShell, 'open_shell', self._open_shell),
            (Exec, 'exec', self._exec),
            (ResizeShell, 'resize_shell', self._resize),
            (CloseShell, 'close_shell', self._close),
        ):
            services.offer_begun(kind, f'~/{name}', self._beginning(kind, begin))
        services.offer_begun(ReadShell, '~/read_shell', self._begin_read)
        services.offer_begun(WriteShell, '~/write_shell', self._begin_write)

    def _beginning(
        self, kind: Any, begin: Callable[[Any, _Answering], None]
    ) -> Callable[[Any, Reply], None]:
        """Have requests looked at by a worker, who may leave the answer to others."""

        def submit(request: Any, reply: Reply) -> None:
            answering = _Answering(kind, reply)
            self._workers.submit(lambda: answering.guard(lambda: begin(request, answering)))

        return submit

    def _open_shell(self, request: OpenShell.Request, answering: _Answering) -> None:
        ticket = self._doorkeeper.admit(request.ticket, (Purpose.SHELL,))
        if request.session:
            request_id = _id_of(request.request_id)
            shell = self._sessions.find_again(request.session, ticket)

            def resize() -> OpenShell.Response:
                handle = shell.take_over(request_id)
                if request.columns and request.rows:
                    shell.resize(request.columns, request.rows)
                return self._opened(shell, handle)

            self._sessions.workers_of(shell.about.runtime).submit(lambda: answering.answer(resize))
            return
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
        self._sessions.open(wish, ticket).add_done_callback(
            lambda done: answering.answer(lambda: self._opened(done.result()))
        )

    def _opened(self, shell: Shell, handle: str = '') -> OpenShell.Response:
        first, output, taken = shell.offsets
        return OpenShell.Response(
            result=accepted(),
            first_offset=first,
            output_offset=output,
            input_offset=taken,
            keep_sec=self._sessions.rules.keep_sec,
            idle_sec=self._sessions.rules.idle_sec,
            **_names_of(shell, handle),
        )

    def _exec(self, request: Exec.Request, answering: _Answering) -> None:
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
        self._sessions.open(wish, ticket).add_done_callback(
            lambda done: answering.answer(
                lambda: Exec.Response(result=accepted(), **_names_of(done.result()))
            )
        )

    def _resize(self, request: ResizeShell.Request, answering: _Answering) -> None:
        if not request.columns or not request.rows:
            raise ShellRefused(ResultCode.INVALID, 'a terminal has at least one column and row')
        shell = self._sessions.find(request.session)

        def resize() -> ResizeShell.Response:
            shell.resize(request.columns, request.rows)
            return ResizeShell.Response(result=accepted())

        self._sessions.workers_of(shell.about.runtime).submit(lambda: answering.answer(resize))

    def _close(self, request: CloseShell.Request, answering: _Answering) -> None:
        if request.signal and request.signal not in signal.valid_signals():
            raise ShellRefused(ResultCode.INVALID, f'{request.signal} is no signal')
        if request.signal:
            self._sessions.find(request.session)
        runtime = self._sessions.runtime_of(request.session)

        def close() -> CloseShell.Response:
            if request.signal:
                self._sessions.find(request.session).signal(request.signal)
            else:
                self._sessions.close(request.session)
            return CloseShell.Response(result=accepted())

        if runtime is None:
            answering.answer(close)
        else:
            self._sessions.workers_of(runtime).submit(lambda: answering.answer(close))

    def _begin_read(self, request: ReadShell.Request, reply: Reply) -> None:
        most = min(request.max_bytes or USUAL_READ_BYTES, MOST_READ_BYTES)
        wait_sec = min(request.wait_sec, MOST_WAIT_SEC)
        try:
            if math.isnan(wait_sec) or wait_sec < 0.0:
                text = f'wait_sec is {wait_sec}, not from 0 to 30'
                raise ShellRefused(ResultCode.INVALID, text)
            until = self._sessions.find(request.session).read(
                request.session,
                request.offset,
                most,
                wait_sec,
                lambda reading: reply(_response_of(reading)),
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
                request.session,
                request.offset,
                bytes(request.data),
                ROOM_WAIT_SEC,
                answer,
                end=request.end,
            )
        except ShellRefused as refusal:
            result = refused(refusal.code, str(refusal))
            reply(WriteShell.Response(result=result, input_offset=taken))
            return
        if until is not None:
            self._sessions.wake_by(until)


class _Answering:
    """Gives the answer to a request, also when that is a refusal."""

    def __init__(self, kind: Any, reply: Reply) -> None:
        self._kind = kind
        self._reply = reply

    def answer(self, task: Callable[[], Any]) -> None:
        """Answer with what a task gives, or what it raises."""
        self.guard(lambda: self._reply(task()))

    def guard(self, task: Callable[[], None]) -> None:
        """Carry out a task; answer by what it raises."""
        try:
            task()
        except TicketRefused as refusal:
            self._refuse(ResultCode.REFUSED, refusal)
        except ShellRefused as refusal:
            self._refuse(refusal.code, refusal)
        except RuntimeFault as fault:
            is_away = fault.reason_kind is ReasonKind.ENGINE_UNREACHABLE
            self._refuse(ResultCode.UNAVAILABLE if is_away else fault.code, fault)
        except Exception as defect:
            logger.exception('a request of a session failed')
            self._refuse(ResultCode.INTERNAL, f'a defect of the executor: {defect!r:.200}')

    def _refuse(self, code: str, why: object) -> None:
        self._reply(self._kind.Response(result=refused(code, str(why))))


def _names_of(shell: Shell, handle: str = '') -> dict[str, str]:
    return {
        'session': handle or shell.name,
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
    if len(command) > MOST_COMMAND_WORDS:
        raise ShellRefused(
            ResultCode.TOO_LARGE, f'a command has at most {MOST_COMMAND_WORDS} words'
        )
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
