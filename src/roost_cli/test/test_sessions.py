# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Talking with a program over there."""

from __future__ import annotations

from dataclasses import replace
import os
import pty
import queue
import signal
import termios
import threading

import pytest
from session import OPENED, Session

from roost_cli.exits import Exit, Refused, RoostError
from roost_cli.model import Admission, Admissions
from roost_cli.sessions import link as link_module
from roost_cli.sessions.entering import as_not_run, entered, exit_code_of
from roost_cli.sessions.escape import Escape
from roost_cli.sessions.link import End, Link
from roost_cli.sessions.terminal import Left, Terminal
from roost_cli.verb.shell import talk
from roost_core.problem import Problem

WAIT_SEC = 10.0


class Talk:
    """A link to a session, and all that came over it."""

    def __init__(self, session: Session, **opened: int) -> None:
        self.told: list[str] = []
        self.output = {False: b'', True: b''}
        self._ends: queue.SimpleQueue[End] = queue.SimpleQueue()
        self.link = Link(
            session,
            replace(OPENED, **opened),
            show=self._show,
            tell=self.told.append,
            on_end=self._ends.put,
        )
        self.link.start()

    def _show(self, is_error: bool, data: bytes) -> None:
        self.output[is_error] += data

    def end(self) -> End:
        return self._ends.get(timeout=WAIT_SEC)


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    monkeypatch.setattr(link_module, 'AGAIN_SEC', 0.001)


def test_output_comes_in_order_and_streams_apart() -> None:
    session = Session()
    talk = Talk(session)
    session.put(b'hello ')
    session.put(b'oops', is_error=True)
    session.put(b'world')
    session.end(3)

    assert talk.end() == End(exit_code=3)
    assert talk.output == {False: b'hello world', True: b'oops'}


def test_lost_answers_lose_and_double_nothing() -> None:
    session = Session()
    session.answers_lost = 5
    session.room = 7
    talk = Talk(session)
    typed = bytes(range(256)) * 4
    talk.link.type(typed)
    talk.link.end_input()
    session.until(lambda: session.ended_input)
    session.answers_lost = 5
    session.put(typed)
    session.end(0)

    assert talk.end() == End(exit_code=0)
    assert session.took == typed
    assert talk.output[False] == typed
    assert talk.told[:2] == [
        'rover1 cannot be reached; trying on, the session is kept for 60 s',
        'rover1 is back',
    ]


def test_a_session_is_gone_on_with_from_where_it_was_left() -> None:
    session = Session()
    session.took = b'before'
    session.put(b'scrollback')
    talk = Talk(session, input_offset=6)
    talk.link.type(b' and after')
    session.until(lambda: session.took == b'before and after')
    session.end(0)

    assert talk.end().exit_code == 0
    assert talk.output[False] == b'scrollback'


def test_what_is_not_kept_any_more_is_told() -> None:
    session = Session(first_offset=100)
    session.put(b'rest')
    session.end(0)
    talk = Talk(session)

    assert talk.end().exit_code == 0
    assert talk.told == ['100 bytes of output are not kept any more']


def test_a_session_that_is_no_more_ends_the_talk() -> None:
    session = Session()
    talk = Talk(session)
    session.vanish()

    with pytest.raises(RoostError, match='there is no such session'):
        exit_code_of(talk.end())


def test_trying_ends_once_the_session_cannot_be_there(monkeypatch) -> None:
    monkeypatch.setattr(link_module, '_AFTER_KEEP_SEC', 0.0)
    session = Session()
    session.answers_lost = 10**9
    talk = Talk(session, keep_sec=0.01)

    with pytest.raises(RoostError, match='no answer'):
        exit_code_of(talk.end())


def test_an_exit_code_that_is_not_known_is_a_failure_of_ours() -> None:
    session = Session()
    session.end(-1, 'the container ended')

    with pytest.raises(RoostError, match='the container ended') as failure, as_not_run():
        exit_code_of(Talk(session).end())
    assert failure.value.exit == Exit.NOT_RUN


def test_much_input_waits_until_there_is_room(monkeypatch) -> None:
    monkeypatch.setattr(link_module, 'WAITING_BYTES', 10)
    session = Session()
    session.room = 0
    talk = Talk(session)
    typing = threading.Thread(
        target=lambda: [talk.link.type(b'x' * 10) for _ in range(5)], daemon=True
    )
    typing.start()
    assert session.took == b''

    session.room = 3
    session.until(lambda: len(session.took) == 50)
    session.end(0)
    assert talk.end().exit_code == 0


@pytest.mark.parametrize(
    ('typed', 'given', 'leaves'),
    [
        ([b'ls\r'], b'ls\r', False),
        ([b'~.'], b'', True),
        ([b'~', b'.'], b'', True),
        ([b'ls\r', b'~', b'.', b'more'], b'ls\r', True),
        ([b'a~.'], b'a~.', False),
        ([b'\r~~.'], b'\r~.', False),
        ([b'cd ~/x\r~/y\r'], b'cd ~/x\r~/y\r', False),
        ([b'\r~\r~.'], b'\r~\r', True),
    ],
)
def test_keys_that_leave_are_those_after_enter(typed, given, leaves) -> None:
    escape = Escape()
    taken, is_left = b'', False
    for keys in typed:
        if not is_left:
            more, is_left = escape.keys(keys)
            taken += more

    assert (taken, is_left) == (given, leaves)


@pytest.fixture
def ends():
    """Give the two ends of a terminal: what a person holds, and what programs have."""
    person, program = pty.openpty()
    yield person, program
    os.close(person)
    os.close(program)


def read(person: int, wanted: bytes) -> bytes:
    seen = b''
    while wanted not in seen:
        seen += os.read(person, 1000)
    return seen


def test_a_terminal_hands_on_keys_and_is_as_before_at_the_end(ends) -> None:
    person, program = ends
    before = termios.tcgetattr(program)
    session = Session()
    session.put(b'$ ')

    def act() -> None:
        read(person, b'$ ')
        os.write(person, b'a\x03\x1a\x04\x1b[A')
        session.until(lambda: session.took == b'a\x03\x1a\x04\x1b[A')
        termios.tcsetwinsize(program, (33, 111))
        os.kill(os.getpid(), signal.SIGWINCH)
        session.until(lambda: session.size == (111, 33))
        session.end(7)

    acting = threading.Thread(target=act, daemon=True)
    acting.start()
    assert talk(session, OPENED, Terminal(program, program)) == End(exit_code=7)
    acting.join(WAIT_SEC)
    assert termios.tcgetattr(program) == before


@pytest.mark.parametrize(('number', 'keys'), [(0, b'last words\r~.'), (signal.SIGTERM, b'')])
def test_who_leaves_leaves_the_terminal_as_it_was(ends, number, keys) -> None:
    person, program = ends
    before = termios.tcgetattr(program)
    handler = signal.getsignal(signal.SIGTERM)
    session = Session()
    session.put(b'$ ')

    def act() -> None:
        read(person, b'$ ')
        if number:
            os.kill(os.getpid(), number)
        os.write(person, keys)

    threading.Thread(target=act, daemon=True).start()
    with pytest.raises(Left) as left:
        talk(session, OPENED, Terminal(program, program))

    assert left.value.signal == number
    assert session.took == keys[:-2]
    assert b'\x1b[?25h' in read(person, b'\x1b[0m')
    assert termios.tcgetattr(program) == before
    assert signal.getsignal(signal.SIGTERM) is handler


ADMISSION = Admission(device='rover1', executor='/e', ticket='t', valid_sec=60.0)


def admissions(*, missing: Problem | None = None) -> Admissions:
    return Admissions(
        deployment_id='1',
        deployment_name='camera',
        given={} if missing else {'rover1': ADMISSION},
        missing={'rover1': missing} if missing else {},
    )


def test_a_device_that_is_just_starting_is_asked_again(monkeypatch) -> None:
    monkeypatch.setattr('roost_cli.sessions.entering.AGAIN_SEC', 0.001)
    starting = Problem(code='UNAVAILABLE', message='rover1 was not heard since')
    answers = iter([admissions(missing=starting), admissions()])

    assert entered(lambda: next(answers), lambda admission: admission) is ADMISSION


def test_a_device_that_is_offline_is_refused_at_once() -> None:
    offline = Problem(code='DEP_E151', message='rover1 is offline', remedy='look after it')

    with pytest.raises(Refused, match='rover1 is offline'):
        entered(lambda: admissions(missing=offline), lambda admission: admission)
