# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""All sessions of this device: opened, found again, and ended when nobody needs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
import contextlib
from dataclasses import dataclass
import logging
import secrets
import threading
import time

from roost_core.instance import Slot
from roost_core.names import DeploymentId
from roost_core.observed import ObservedInstance
from roost_core.package import DeviceRuntime
from roost_core.problem import ResultCode
from roost_core.ticket import Ticket
from roost_executor import looking
from roost_executor.loop import Loop
from roost_executor.runtimes.contract import Runtime, RuntimeFault
from roost_executor.runtimes.interactive import GRACE_SEC, KILL_SEC, Program, Window
from roost_executor.shells.refusal import ShellRefused
from roost_executor.shells.shell import About, Shell
from roost_executor.workers import Workers

logger = logging.getLogger(__name__)

# What is run when nothing is named.
SHELL = ('/bin/sh', '-c', 'if command -v bash >/dev/null 2>&1; then exec bash; fi; exec sh')

NAME_BYTES = 16
END_SEC = GRACE_SEC + KILL_SEC + 1.0

# Sessions that are kept, ended ones too, for each that may run.
KEPT_FOR_EACH = 4

# Of each runtime, so that one that hangs holds up only what is its own.
WORKERS = 16
FOR_EVER = float('inf')

SHUT_DOWN = 'the executor was shut down'


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How long sessions live, and how many there may be.

    Attributes:
        keep_sec: without anybody who reads.
        idle_sec: without input and output; 0 for ever.
        most: at a time.
    """

    keep_sec: float = 60.0
    idle_sec: float = 3600.0
    most: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A session that is asked for.

    Attributes:
        command: empty for a shell.
        window: terminal; None for a program without one.
        stdin: whether a program without a terminal gets input.
        request_id: the same request under the same id gives the same session; empty for none.
    """

    component: str
    executable: str
    command: tuple[str, ...]
    window: Window | None
    stdin: bool = False
    request_id: str = ''


@dataclass(frozen=True, slots=True)
class _Request:
    """Who asked for what, and what came of it."""

    asked: tuple[Wish, DeploymentId, str]
    opened: Future[Shell]


class Sessions:
    """Keeps the sessions; may be used from any thread, `close` waits for the runtime."""

    def __init__(
        self,
        look: Callable[[DeploymentId], Sequence[looking.Sight]],
        rules: Rules,
        *,
        complain: Callable[[str, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with none.

        Args:
            look: tells what there is of a deployment.
            complain: takes a topic and what an operator should know of it.
            clock: seconds.
        """
        self.rules = rules
        self._look = look
        self._clock = clock
        self._lock = threading.Lock()
        self._shells: dict[str, Shell] = {}
        self._closing: dict[str, Shell] = {}
        self._requests: dict[str, _Request] = {}
        self._opening = 0
        self._leaving = False
        self._ending: set[str] = set()
        self._next = FOR_EVER
        self._workers: dict[DeviceRuntime, Workers] = {}
        self._loop = Loop(
            'sessions', decide=self._mind, patience=self._patience, complain=complain
        )
        self._loop.start()

    def open(self, wish: Wish, ticket: Ticket) -> Future[Shell]:
        """Have a session opened, or give the one that the same request opens.

        Waits for a look at what runs, and not for the runtime. The answer, too, may be one of
        what this raises.

        Raises:
            ShellRefused: it cannot be.
            RuntimeFault: the runtime cannot run it.
        """
        asked = (wish, ticket.deployment_id, ticket.user)
        with self._lock:
            known = self._requests.get(wish.request_id) if wish.request_id else None
            if known is None:
                self._admit()
                self._opening += 1
                request = _Request(asked, Future())
                if wish.request_id:
                    self._requests[wish.request_id] = request
        if known is not None:
            if known.asked != asked:
                raise ShellRefused(
                    ResultCode.REPLAYED, 'this request_id was used for another session'
                )
            return known.opened
        try:
            slot, runtime, instance = self._choose(wish, ticket)
            workers = self.workers_of(runtime.kind)
        except BaseException as error:
            self._fail(request, error)
            raise

        def work() -> None:
            try:
                about = _about(wish, slot, runtime, instance)
                program = _run(wish, runtime, instance)
                # %r: the name is only claimed, and may be anything.
                logger.info("%r runs something in '%s'", ticket.user or 'somebody', slot)
                name = secrets.token_hex(NAME_BYTES)
                shell = Shell(name, program, about, clock=self._clock)
            except BaseException as error:  # noqa: BLE001 - told to who asked
                self._fail(request, error)
            else:
                self._keep(request, shell)

        workers.submit(work)
        return request.opened

    def workers_of(self, runtime: DeviceRuntime) -> Workers:
        """Give those who may wait for a runtime."""
        with self._lock:
            return self._workers.setdefault(runtime, Workers(f'{runtime} sessions', WORKERS))

    def find(self, handle: str) -> Shell:
        """Give a session to who has it.

        Raises:
            ShellRefused: there is none, or not any more, or somebody else has it.
        """
        shell = self._find(handle)
        shell.refuse_former(handle)
        return shell

    def _find(self, handle: str) -> Shell:
        with self._lock:
            shell = self._shells.get(_name_of(handle))
        if shell is None:
            raise ShellRefused(
                ResultCode.NOT_FOUND,
                'there is no such session, or not any more: it was closed, nobody read it for'
                f' {self.rules.keep_sec:g} s, or the executor was started anew',
            )
        return shell

    def find_again(self, handle: str, ticket: Ticket) -> Shell:
        """Give a terminal that was opened, to somebody with a ticket for where it is.

        Any handle that it ever had will do. It is still to be taken over.

        Raises:
            ShellRefused: there is none, or the ticket is for something else.
        """
        shell = self._find(handle)
        slot = shell.about.slot
        if ticket.deployment_id != slot.deployment_id or not ticket.covers(
            slot.component, slot.executable
        ):
            raise ShellRefused(ResultCode.REFUSED, 'the ticket is not for where that session is')
        if not shell.about.is_terminal:
            raise ShellRefused(ResultCode.REFUSED, 'that session has no terminal')
        return shell

    def runtime_of(self, handle: str) -> DeviceRuntime | None:
        """Tell which runtime ending a session may have to wait for; None when it is not there."""
        name = _name_of(handle)
        with self._lock:
            shell = self._shells.get(name) or self._closing.get(name)
        return None if shell is None else shell.about.runtime

    def close(self, handle: str) -> None:
        """End a session, and forget it; one that is not there is an outcome too.

        It has ended at the return, also for who asks again meanwhile.

        Raises:
            ShellRefused: somebody else has it.
        """
        name = _name_of(handle)
        with self._lock:
            shell = self._shells.get(name)
            if shell is not None:
                shell.refuse_former(handle)
                del self._shells[name]
                self._ending.discard(name)
                self._forget_request_of(shell)
                self._closing[name] = shell
            else:
                shell = self._closing.get(name)
        if shell is not None:
            shell.forget(END_SEC)
            with self._lock:
                self._closing.pop(name, None)

    def wake_by(self, until: float) -> None:
        """Have the clock looked at by then at the latest."""
        if until < self._next:
            self._loop.post(lambda: None)

    def begin_leaving(self) -> None:
        """Hang up everything, because the executor ends; what was written can still be read."""
        with self._lock:
            self._leaving = True
            shells = tuple(self._shells.values())
        for shell in shells:
            self._hang_up(shell, SHUT_DOWN)

    def leave(self, timeout_sec: float) -> None:
        """Wait until everything has ended, at most so long."""
        deadline = time.monotonic() + timeout_sec
        with self._lock:
            shells = (*self._shells.values(), *self._closing.values())
        for shell in shells:
            shell.forget(max(0.0, deadline - time.monotonic()))

    def _admit(self) -> None:
        running = sum(not each.has_ended for each in self._shells.values()) + self._opening
        if self._leaving:
            raise ShellRefused(ResultCode.UNAVAILABLE, 'the executor is being shut down')
        if running >= self.rules.most:
            raise ShellRefused(
                ResultCode.REFUSED,
                f'{running} sessions are open on this device, and no more are allowed: close one',
            )
        if len(self._shells) >= self.rules.most * KEPT_FOR_EACH:
            raise ShellRefused(
                ResultCode.REFUSED,
                f'{len(self._shells)} sessions that have ended are not closed: close some, or wait'
                f' {self.rules.keep_sec:g} s',
            )

    def _choose(self, wish: Wish, ticket: Ticket) -> tuple[Slot, Runtime, ObservedInstance]:
        try:
            return looking.choose(
                self._look(ticket.deployment_id),
                ticket,
                component=wish.component,
                executable=wish.executable,
            )
        except looking.NotInSight as error:
            raise ShellRefused(error.code, str(error)) from error
        except TimeoutError as error:
            raise ShellRefused(ResultCode.UNAVAILABLE, 'the executor is busy') from error

    def _fail(self, request: _Request, error: BaseException) -> None:
        with self._lock:
            self._opening -= 1
            self._requests.pop(request.asked[0].request_id, None)
        request.opened.set_exception(error)

    def _keep(self, request: _Request, shell: Shell) -> None:
        with self._lock:
            self._opening -= 1
            self._shells[shell.name] = shell
            leaving = self._leaving
        request.opened.set_result(shell)
        if leaving:
            self._hang_up(shell, SHUT_DOWN)
        self.wake_by(0.0)

    def _forget_request_of(self, shell: Shell) -> None:
        for request_id, request in tuple(self._requests.items()):
            opened = request.opened
            if opened.done() and not opened.exception() and opened.result() is shell:
                del self._requests[request_id]

    def _hang_up(self, shell: Shell, why: str) -> None:
        """Have a session ended by somebody who may wait for that, once."""
        with self._lock:
            if shell.name in self._ending:
                return
            self._ending.add(shell.name)

        def end() -> None:
            try:
                shell.hang_up(why)
            except RuntimeFault as fault:
                logger.warning("session in '%s': %s", shell.about.slot, fault)

        threading.Thread(target=end, name='hang up', daemon=True).start()

    def _close_later(self, shell: Shell) -> None:
        handle = shell.handle

        def close() -> None:
            with contextlib.suppress(ShellRefused):  # somebody came back to it meanwhile
                self.close(handle)

        self.workers_of(shell.about.runtime).submit(close)

    # From here on, on the thread of the loop.

    def _patience(self) -> float | None:
        return None if self._next == FOR_EVER else max(0.0, self._next - self._clock())

    def _mind(self) -> None:
        with self._lock:
            shells = tuple(self._shells.values())
        self._next = min((self._look_at(shell) for shell in shells), default=FOR_EVER)

    def _look_at(self, shell: Shell) -> float:
        """End or forget a session if it is time to; tell when to look again."""
        keep_sec, idle_sec = self.rules.keep_sec, self.rules.idle_sec
        due = [until] if (until := shell.look_at_the_clock()) is not None else []
        now = self._clock()
        away_since = shell.is_away_since
        if shell.has_ended:
            if away_since is not None and now >= away_since + keep_sec:
                self._close_later(shell)
                return FOR_EVER
        elif idle_sec and now >= shell.is_idle_since + idle_sec:
            self._hang_up(shell, f'nothing was typed or written for {idle_sec:g} s')
        elif idle_sec:
            due.append(shell.is_idle_since + idle_sec)
        if away_since is None:
            return min(due, default=FOR_EVER)
        if not shell.has_ended and now >= away_since + keep_sec:
            self._hang_up(shell, f'nobody read it for {keep_sec:g} s')
            if now >= away_since + 2 * keep_sec:  # and nobody will
                self._close_later(shell)
                return FOR_EVER
            away_since += keep_sec
        return min([*due, away_since + keep_sec])


def _name_of(handle: str) -> str:
    return handle.partition('.')[0]


def _about(wish: Wish, slot: Slot, runtime: Runtime, instance: ObservedInstance) -> About:
    return About(
        slot=slot,
        instance_id=instance.instance_id,
        runtime=runtime.kind,
        is_terminal=wish.window is not None,
        takes_input=wish.window is not None or wish.stdin,
    )


def _run(wish: Wish, runtime: Runtime, instance: ObservedInstance) -> Program:
    identity = instance.identity
    if wish.window is not None:
        return runtime.open_terminal(identity, wish.command or SHELL, wish.window)
    return runtime.open_exec(identity, wish.command, stdin=wish.stdin)
