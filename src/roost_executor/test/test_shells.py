# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Sessions on programs in memory, by a clock that is set."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import as_completed, ThreadPoolExecutor
import hashlib
import random
import threading

import pytest

from roost_core.instance import Identity, Slot
from roost_core.names import DeploymentId, DeviceName
from roost_core.observed import InstanceState, ObservedInstance
from roost_core.package import DeviceRuntime
from roost_core.ticket import Purpose, Ticket
from roost_executor.looking import Sight
from roost_executor.runtimes.fake_program import FakeProgram
from roost_executor.runtimes.interactive import Stream, Window, Written
from roost_executor.shells.input import INPUT_BYTES
from roost_executor.shells.output import Output
from roost_executor.shells.refusal import ShellRefused
from roost_executor.shells.sessions import Rules, Sessions, Wish
from roost_executor.shells.shell import About, MOST_READERS, Shell
from testbed.wait import eventually

SLOT = Slot(DeploymentId('front-1'), 'vision', 'camera')
TICKET = Ticket(
    purpose=Purpose.SHELL,
    device=DeviceName('rover1'),
    device_key_id='key',
    incarnation=1,
    until_sec=60.0,
    deployment_id=SLOT.deployment_id,
    deployment_name='front',
)
SHELL = Wish(component='', executable='', command=(), window=Window())
RULES = Rules(keep_sec=60.0, idle_sec=600.0, most=2)


class Clock:
    """Seconds, as a test has them."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Heard(list):
    """Answers that came."""

    def __call__(self, answer) -> None:
        self.append(answer)

    def only(self):
        eventually(lambda: self, 30, 'an answer')
        (answer,) = self
        return answer


class Runtime:
    """Runs programs in memory; `held` lets nobody in."""

    def __init__(self, kind: DeviceRuntime = DeviceRuntime.DOCKER) -> None:
        self.kind = kind
        self.programs: list[FakeProgram] = []
        self.commands: list[tuple[str, ...]] = []
        self.held = threading.Event()
        self.held.set()

    def open_terminal(self, identity, command, window) -> FakeProgram:
        self.held.wait()
        self.commands.append(tuple(command))
        self.programs.append(FakeProgram(is_terminal=True))
        return self.programs[-1]

    def open_exec(self, identity, command, *, stdin) -> FakeProgram:
        return self.open_terminal(identity, command, None)


@pytest.fixture
def program() -> Iterator[FakeProgram]:
    program = FakeProgram(is_terminal=False)
    yield program
    program.end(0)


@pytest.fixture
def shell(program: FakeProgram) -> Iterator[Shell]:
    runtime = DeviceRuntime.DOCKER
    about = About(slot=SLOT, instance_id='c1', runtime=runtime, is_terminal=False)
    shell = Shell('one', program, about, clock=Clock())
    yield shell
    shell.forget(10)


def text_of(reading) -> bytes:
    return b''.join(each.data for each in reading.piece.written)


# --- output


def test_output_comes_by_offset_whatever_the_parts():
    chance = random.Random(7)
    output, whole = Output(), b''
    for _ in range(300):
        data = chance.randbytes(chance.randint(1, 3000))
        output.put(Written(chance.choice(list(Stream)), data))
        whole += data
    read, offset = b'', 0
    while offset < len(whole):
        piece = output.piece(offset, chance.randint(1, 70_000))
        assert piece.offset == offset
        read += b''.join(each.data for each in piece.written)
        offset = piece.next_offset
    assert hashlib.sha256(read).digest() == hashlib.sha256(whole).digest()
    assert output.piece(offset, 10).written == ()


def test_streams_stay_in_their_order():
    output = Output()
    for stream, data in ((Stream.OUTPUT, b'a'), (Stream.OUTPUT, b'b'), (Stream.ERROR, b'c')):
        output.put(Written(stream, data))
    assert output.piece(0, 100).written == ((Stream.OUTPUT, b'ab'), (Stream.ERROR, b'c'))
    assert output.piece(1, 1).written == ((Stream.OUTPUT, b'b'),)


def test_what_is_not_acknowledged_is_kept_and_what_is_for_a_while():
    output = Output(unread_bytes=200_000, scrollback_bytes=70_000)
    for _ in range(4):
        assert output.has_room
        output.put(Written(Stream.OUTPUT, b'x' * 65536))
    assert not output.has_room
    assert output.first == 0
    output.acknowledge(200_000)
    assert output.has_room
    assert output.first == 65536
    assert output.piece(0, 10).offset == 65536
    output.acknowledge(100)  # of who is behind: nothing comes back
    assert output.first == 65536


# --- one session


def test_who_waits_is_answered_when_something_comes(shell: Shell, program: FakeProgram):
    heard = Heard()
    assert shell.read('one', 0, 100, 5.0, heard) == 1005.0
    assert heard == []
    program.say(b'hello')
    assert text_of(heard.only()) == b'hello'
    assert shell.is_away_since == 1000.0


def test_who_waits_in_vain_is_answered_in_time(shell: Shell):
    heard = Heard()
    shell.read('one', 0, 100, 5.0, heard)
    shell._clock.now += 4.9
    assert shell.look_at_the_clock() == 1005.0
    assert heard == []
    shell._clock.now += 0.1
    assert shell.look_at_the_clock() is None
    assert text_of(heard.only()) == b''


def test_of_many_who_wait_the_first_goes_away_empty_handed(shell: Shell, program: FakeProgram):
    heard = [Heard() for _ in range(MOST_READERS + 2)]
    for each in heard:
        shell.read('one', 0, 100, 5.0, each)
    assert [text_of(each.only()) for each in heard[:2]] == [b'', b'']
    assert all(each == [] for each in heard[2:])
    program.say(b'hello')
    assert {text_of(each.only()) for each in heard[2:]} == {b'hello'}


def test_the_end_is_told_behind_the_last_byte(shell: Shell, program: FakeProgram):
    program.say(b'last')
    program.end(3)
    eventually(lambda: shell.has_ended, 30, 'the end')
    first, second = Heard(), Heard()
    shell.read('one', 0, 2, 5.0, first)
    assert (text_of(first.only()), first.only().ending) == (b'la', None)
    shell.read('one', 2, 100, 5.0, second)
    assert (text_of(second.only()), second.only().ending.exit_code) == (b'st', 3)


def test_a_program_that_nobody_reads_is_held_up(shell: Shell, program: FakeProgram):
    for _ in range(20):
        program.say(b'x' * 65536)
    eventually(lambda: shell.offsets[1] == 1 << 20, 30, 'the buffer is full')
    assert program.unread == 4
    shell.read('one', 65536, 100, 0.0, Heard())
    eventually(lambda: program.unread == 3, 30, 'it goes on')
    assert shell.offsets[0] == 0  # still there for who comes back


def test_input_waits_for_room(shell: Shell, program: FakeProgram):
    program.held.clear()
    part, taken = b'x' * 65536, 0
    while taken + len(part) <= INPUT_BYTES:
        heard = Heard()
        shell.write('one', taken, part, 10.0, heard, end=False)
        taken = heard.only()
    waiting = Heard()
    assert shell.write('one', taken, part, 10.0, waiting, end=True) is not None
    shell._clock.now += 10.0
    shell.look_at_the_clock()
    assert waiting.only() == taken  # nothing was taken: send it again
    again = Heard()
    shell.write('one', taken, part, 10.0, again, end=True)
    program.held.set()
    assert again.only() == taken + len(part)
    eventually(lambda: shell.has_ended, 30, 'the end of its input')


def test_a_session_that_is_let_go_of_ends_what_is_held_up(shell: Shell, program: FakeProgram):
    for _ in range(20):
        program.say(b'x' * 65536)
    eventually(lambda: not shell.offsets[1] < 1 << 20, 30, 'the buffer is full')
    shell.forget(10)
    assert program.has_ended
    assert shell.has_ended


# --- all of them


class Bench:
    """Sessions on a device where one executable runs."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.runtime = Runtime()
        instance = ObservedInstance(
            identity=Identity(slot=SLOT, generation=1, spec_hash='x'),
            deployment_name='front',
            instance_id='c1',
            state=InstanceState.RUNNING,
        )
        self.sights = [Sight(slot=SLOT, running=(self.runtime, instance), why='')]
        self.complaints: list[tuple[str, str]] = []
        self.sessions = Sessions(
            lambda deployment_id: self.sights,
            RULES,
            complain=lambda *complaint: self.complaints.append(complaint),
            clock=self.clock,
        )

    def open(self, wish: Wish, ticket: Ticket) -> Shell:
        """Open a session, and wait until it is there."""
        return self.sessions.open(wish, ticket).result(10)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and have the clock looked at."""
        self.clock.now += seconds
        self.sessions.wake_by(0.0)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.runtime.held.set()
    bench.sessions.begin_leaving()
    bench.sessions.leave(10)
    assert bench.complaints == []


def test_a_shell_is_run_when_nothing_is_named(bench: Bench):
    bench.open(SHELL, TICKET)
    (command,) = bench.runtime.commands
    assert command[:2] == ('/bin/sh', '-c')


def test_requests_that_come_twice_at_once_open_one(bench: Bench):
    wish = Wish(component='', executable='', command=(), window=Window(), request_id='r')
    bench.runtime.held.clear()
    found = [bench.sessions.open(wish, TICKET) for _ in range(100)]  # nobody is waited for
    bench.runtime.held.set()
    assert len({each.result(10).name for each in found}) == 1
    assert len(bench.runtime.programs) == 1


def test_who_does_not_read_for_long_finds_why_and_then_nothing(bench: Bench):
    shell = bench.open(SHELL, TICKET)
    bench.pass_time(59.0)
    assert not bench.runtime.programs[0].has_ended
    bench.pass_time(1.5)
    eventually(lambda: shell.has_ended, 30, 'it is hung up')
    heard = Heard()
    bench.sessions.find(shell.name).read(shell.name, 0, 10, 0.0, heard)
    assert heard.only().ending.reason == 'nobody read it for 60 s'

    def is_gone() -> bool:
        try:
            bench.sessions.find(shell.name)
        except ShellRefused:
            return True
        return False

    bench.pass_time(61.0)
    eventually(is_gone, 30, 'it is forgotten')


def test_who_reads_keeps_it_until_nothing_happens(bench: Bench):
    shell = bench.open(SHELL, TICKET)
    shell.read(shell.name, 0, 10, 1e6, Heard())
    bench.pass_time(599.0)
    assert not bench.runtime.programs[0].has_ended
    bench.pass_time(2.0)
    eventually(lambda: shell.has_ended, 30, 'it is hung up')


def test_only_so_many_run_at_a_time(bench: Bench):
    first = bench.open(SHELL, TICKET)
    bench.open(SHELL, TICKET)
    with pytest.raises(ShellRefused, match='2 sessions are open'):
        bench.open(SHELL, TICKET)
    bench.runtime.programs[0].end(0)
    eventually(lambda: first.has_ended, 30, 'the end of one')
    bench.open(SHELL, TICKET)


def test_who_closes_twice_is_answered_when_it_has_ended(bench: Bench, monkeypatch):
    shell = bench.open(SHELL, TICKET)
    (program,) = bench.runtime.programs
    ends = threading.Event()
    monkeypatch.setattr(program, 'hang_up', lambda: ends.wait(10) and program.end(129))
    with ThreadPoolExecutor(2) as pool:
        closes = [pool.submit(bench.sessions.close, shell.name) for _ in range(2)]
        with pytest.raises(TimeoutError):
            next(as_completed(closes, timeout=0.3))
        ends.set()
    assert [close.result() for close in closes] == [None, None]
    assert program.has_ended
    bench.sessions.close(shell.name)


def test_nothing_is_opened_while_the_executor_leaves(bench: Bench):
    shell = bench.open(SHELL, TICKET)
    bench.sessions.begin_leaving()
    eventually(lambda: shell.has_ended, 30, 'it is hung up')
    with pytest.raises(ShellRefused, match='being shut down'):
        bench.open(SHELL, TICKET)
