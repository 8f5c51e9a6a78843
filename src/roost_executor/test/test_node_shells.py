# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Shells and commands as services of the executor's process, on ROS."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import replace
import hashlib
import os
from pathlib import Path
import signal
import subprocess
import time

from executor_process import DEADLINE_SEC, Executor, gone, Manager, pids
import pytest
from supervisor_rig import wanted
from visitor import for_executable, Visitor

from roost_core.names import DeploymentId
from roost_core.package import DeviceRuntime, RestartPolicy
from roost_core.status import Status
from roost_core.ticket import Purpose
from testbed.wait import eventually

KEPT_SEC = '4.0'

# Keys that come back so soon feel as if they were typed here. Of a machine that tests share, the
# median says what sessions take.
ECHO_SEC = 0.030
KEYS = 200


def native(name: str, *command: str, **fields):
    return wanted(
        name,
        runtime=DeviceRuntime.PREINSTALLED,
        command=command or ('sleep', '1000'),
        **fields,
    )


DRIVER = native('driver')


@pytest.fixture
def visitor(executor: Executor, manager: Manager) -> Iterator[Visitor]:
    """Give somebody who may look into a device on which 'driver' runs."""
    executor.start()
    run(manager, DRIVER)
    yield Visitor(manager)
    assert 'Traceback' not in executor.log


def run(manager: Manager, *items) -> None:
    manager.ask(*items)
    for item in items:
        manager.wait_for(item, Status.RUNNING)
    eventually(lambda: manager.beats, 30, 'a heartbeat')


def test_a_shell_is_talked_with(visitor: Visitor, executor: Executor) -> None:
    shell = visitor.shell('sh', columns=100, rows=30, terminal='vt100')
    assert "'ada' runs something in 'driver-1/driver/main'" in executor.log
    shell.type('stty size; echo $TERM; echo "a$((40 + 2))b"\n')
    shell.read_until('30 100')
    shell.read_until('vt100')
    shell.read_until('a42b')
    answer = visitor.ask('resize_shell', session=shell.name, columns=50, rows=20)
    assert answer.result.ok
    shell.type('stty size\n')
    shell.read_until('20 50')
    shell.type('exit 3\n')
    assert shell.read_all().exit_code == 3
    shell.close()
    shell.close()
    assert visitor.ask('read_shell', session=shell.name).result.code == 'NOT_FOUND'


def test_a_shell_is_what_is_opened_when_nothing_is_named(visitor: Visitor) -> None:
    shell = visitor.shell()
    shell.type('echo "$BASH_VERSION is here"; exit\n')
    shell.read_until('. is here'[2:])
    assert shell.read_all().exit_code == 0


def test_programs_that_take_the_whole_screen_work(visitor: Visitor, tmp_path: Path) -> None:
    written = tmp_path / 'written'
    # Without words about the file, which would ask for ENTER where its path is long.
    shell = visitor.shell('vim', '-u', 'NONE', '--cmd', 'set shortmess+=F', str(written))
    shell.read_until('~')
    shell.type('ihello\x1b:wq\r')
    assert shell.read_all().exit_code == 0
    assert written.read_text() == 'hello\n'

    shell = visitor.shell('top', '-d', '0.2')
    shell.read_until('load average')
    shell.type('q')
    assert shell.read_all().exit_code == 0


def test_commands_tell_their_exit_codes(visitor: Visitor) -> None:
    for script, code in (('exit 0', 0), ('exit 3', 3), ('kill -9 $$', 137)):
        command = visitor.exec('sh', '-c', f'echo fine; echo bad >&2; {script}')
        answer = command.read_all()
        assert (answer.exit_code, answer.reason) == (code, '')
        assert (command.output, command.errors) == (b'fine\n', b'bad\n')
        command.close()
    command = visitor.exec('no-such-command')
    assert command.read_all().exit_code == 127
    assert command.errors.startswith(b'no-such-command: ')


def test_input_comes_back_equal(visitor: Visitor) -> None:
    data = os.urandom(5_000_000)
    command = visitor.exec('sha256sum', stdin=True)
    command.write(data, end=True)
    assert command.read_all().exit_code == 0
    assert command.output.split()[0].decode() == hashlib.sha256(data).hexdigest()


def test_input_is_taken_once(visitor: Visitor) -> None:
    command = visitor.exec('cat', stdin=True)

    def send(offset: int, data: bytes, **fields):
        return visitor.ask(
            'write_shell', session=command.name, offset=offset, data=array('B', data), **fields
        )

    assert send(0, b'one two ').input_offset == 8
    assert send(0, b'one two ').input_offset == 8
    assert send(4, b'two three').input_offset == 13
    missing = send(20, b'gap')
    assert (missing.result.code, missing.input_offset) == ('CONFLICT', 13)
    assert 'send again from there' in missing.result.message
    assert send(13, b'!', end=True).input_offset == 14
    assert send(13, b'!', end=True).result.ok
    assert command.read_all().exit_code == 0
    assert command.output == b'one two three!'
    assert send(13, b'!', end=True).result.ok
    assert send(0, b'one ').result.ok
    assert send(14, b'?').result.message == 'the program has ended'


def test_much_output_is_whole_even_if_its_reader_pauses(visitor: Visitor) -> None:
    size = 50_000_000
    cipher = 'openssl enc -aes-128-ctr -K 0 -iv 0 2>/dev/null'  # no two places alike
    script = f'head -c {size} /dev/zero | {cipher}'
    whole = subprocess.run(('sh', '-c', script), stdout=subprocess.PIPE, check=True).stdout
    expected = hashlib.sha256(whole).hexdigest()
    command = visitor.exec('sh', '-c', script)
    digest, total = hashlib.sha256(), 0
    while not (answer := command.read(max_bytes=262144)).ended:
        digest.update(command.output)
        total += len(command.output)
        command.output = b''
        if total < 1_000_000:  # the program is held up meanwhile
            paused = visitor.ask('read_shell', session=command.name, offset=command.read_to)
            assert not paused.ended
    digest.update(command.output)
    total += len(command.output)
    assert answer.exit_code == 0
    assert (total, digest.hexdigest()) == (size, expected)


def test_keys_come_back_fast(visitor: Visitor) -> None:
    shell = visitor.shell('cat')
    shell.type('begin\r')
    shell.read_until('begin\r\nbegin')
    took = []
    for _ in range(KEYS):
        began = time.monotonic()
        shell.type('x')
        before = len(shell.output)
        while len(shell.output) == before:
            shell.read()
        took.append(time.monotonic() - began)
    assert sorted(took)[KEYS // 2] < ECHO_SEC


def test_who_comes_back_finds_what_was_written(visitor: Visitor) -> None:
    shell = visitor.shell('sh')
    shell.type('echo before $((40 + 2))\n')
    shell.read_until('before 42')
    shell.type('echo meanwhile $((40 + 2))\n')
    found = visitor.ask(
        'open_shell', ticket=visitor.ticket(Purpose.SHELL), session=shell.name, columns=70, rows=10
    )
    assert found.result.ok
    assert found.first_offset == 0
    again = replace(shell, name=found.session, read_to=found.first_offset, output=b'')
    again.read_until('meanwhile 42')
    assert b'before 42' in again.output
    again.type('stty size\n')
    again.read_until('10 70')
    again.close()


def test_a_session_is_had_by_who_came_back_last(visitor: Visitor) -> None:
    former = visitor.shell('sh')
    former.type('stty -echo\n')
    request = {'ticket': visitor.ticket(Purpose.SHELL), 'session': former.name}
    found = visitor.ask('open_shell', **request, request_id='back')
    assert visitor.ask('open_shell', **request, request_id='back').session == found.session
    later = replace(former, name=found.session, written_to=found.input_offset)
    # At the offset where the later one is to type.
    beginning = {'session': former.name, 'offset': found.input_offset}
    refused = visitor.ask('write_shell', **beginning, data=array('B', b'echo '))
    assert (refused.result.code, 'came back' in refused.result.message) == ('REFUSED', True)
    for asked in ('read_shell', 'close_shell'):
        assert visitor.ask(asked, session=former.name).result.code == 'REFUSED'
    later.type('echo a$((1 + 1))\n')
    later.read_until('a2')

    back = visitor.ask('open_shell', **request)
    assert visitor.ask('read_shell', session=later.name).result.code == 'REFUSED'
    former = replace(former, name=back.session, written_to=back.input_offset)
    former.type('echo b$((1 + 1))\n')
    former.read_until('b2')
    former.close()


def test_who_comes_back_needs_a_ticket_for_that_place(visitor: Visitor) -> None:
    other = visitor.ticket(Purpose.SHELL, for_executable('driver', 'other'))
    refused = visitor.ask('open_shell', ticket=other, session=visitor.shell('sh').name)
    assert refused.result.code == 'REFUSED'


def test_the_same_request_opens_one_session(visitor: Visitor) -> None:
    first = visitor.shell('sh', request_id='one')
    assert visitor.shell('sh', request_id='one').name == first.name
    assert visitor.shell('sh', request_id='two').name != first.name
    ticket = visitor.ticket(Purpose.SHELL)
    other = visitor.ask('open_shell', ticket=ticket, command=['top'], request_id='one')
    assert other.result.code == 'REPLAYED'


def test_what_cannot_be_opened_is_refused_with_the_reason(
    visitor: Visitor, manager: Manager
) -> None:
    second = native('driver', component='driver', executable='second')
    crashing = native('driver', 'false', component='eyes', executable='crashing')
    stopped = replace(native('driver', executable='stopped'), run=False)
    run(manager, DRIVER, second)
    manager.ask(DRIVER, second, replace(crashing, restart=RestartPolicy.NEVER), stopped)
    manager.wait_for(crashing, Status.ERROR)

    def why(purpose=Purpose.SHELL, alter=lambda it: it, **fields) -> str:
        answer = visitor.ask('open_shell', ticket=visitor.ticket(purpose, alter), **fields)
        assert not answer.result.ok
        return f'{answer.result.code}: {answer.result.message}'

    assert visitor.ask('open_shell').result.code == 'REFUSED'
    assert 'for exec, and shell is needed' in why(Purpose.EXEC)
    assert why().startswith("INVALID: there are 4 executables of 'driver' on rover1, name one: ")
    assert why(component='eyes').startswith(
        'REFUSED: eyes/crashing on rover1 does not run: exited with code 1'
    )
    assert why(executable='stopped').startswith('REFUSED: driver/stopped on rover1 does not run: ')
    assert why(executable='none').startswith("NOT_FOUND: there is no 'none' of 'driver'")
    only_main = for_executable('driver', 'main')
    assert 'not for driver/second' in why(alter=only_main, executable='second')
    elsewhere = why(alter=lambda ticket: replace(ticket, deployment_id=DeploymentId('other')))
    assert elsewhere.startswith('NOT_FOUND: there is nothing of')
    ticket = visitor.ticket(Purpose.SHELL, only_main)
    assert visitor.ask('open_shell', ticket=ticket).executable == 'main'


def test_requests_of_no_use_are_refused(visitor: Visitor) -> None:
    assert visitor.ask('read_shell', session='none').result.code == 'NOT_FOUND'
    assert visitor.ask('write_shell', session='none').result.code == 'NOT_FOUND'
    assert visitor.ask('resize_shell', session='none', columns=1, rows=1).result.code == (
        'NOT_FOUND'
    )
    assert visitor.ask('close_shell', session='none', signal=2).result.code == 'NOT_FOUND'
    command = visitor.exec('sleep', '1000')
    name = command.name
    assert visitor.ask('read_shell', session=name, offset=5).result.code == 'INVALID'
    assert visitor.ask('resize_shell', session=name, columns=1, rows=1).result.code == 'REFUSED'
    assert visitor.ask('resize_shell', session=name, columns=0, rows=1).result.code == 'INVALID'
    assert visitor.ask('close_shell', session=name, signal=200).result.code == 'INVALID'
    much = array('B', bytes(65537))
    assert visitor.ask('write_shell', session=name, data=much).result.code == 'TOO_LARGE'
    some = array('B', b'x')
    assert visitor.ask('write_shell', session=name, data=some).result.code == 'REFUSED'
    ticket = visitor.ticket(Purpose.EXEC)
    assert visitor.ask('exec', ticket=ticket).result.code == 'INVALID'
    assert visitor.ask('close_shell', session=name, signal=15).result.ok
    assert command.read_all().exit_code == 143


def test_only_so_many_are_open_at_a_time(executor: Executor, manager: Manager) -> None:
    executor.start(shell_sessions='2')
    run(manager, DRIVER)
    visitor = Visitor(manager)
    first = visitor.exec('sleep', '1000')
    visitor.shell('sh')
    answer = visitor.ask('exec', ticket=visitor.ticket(Purpose.EXEC), command=['true'])
    assert answer.result.code == 'REFUSED'
    assert answer.result.message.startswith('2 sessions are open on this device')
    first.close()
    assert visitor.exec('true').read_all().exit_code == 0


def test_what_nobody_reads_is_hung_up(executor: Executor, manager: Manager) -> None:
    executor.start(shell_keep_sec=KEPT_SEC)
    run(manager, DRIVER)
    visitor = Visitor(manager)
    mark = f'{time.time_ns()}'
    shell = visitor.shell('sh')
    shell.type(f'sleep {mark}\n')
    eventually(lambda: pids(mark), 30, 'it runs')
    eventually(lambda: not pids(mark), 30, 'it is hung up')
    answer = shell.read_all()
    assert answer.reason == 'nobody read it for 4 s'
    eventually(
        lambda: visitor.ask('write_shell', session=shell.name).result.code == 'NOT_FOUND',
        30,
        'it is forgotten',
    )


def test_what_is_read_goes_on_until_it_is_idle(executor: Executor, manager: Manager) -> None:
    executor.start(shell_keep_sec='2.5', shell_idle_sec='5.0')
    run(manager, DRIVER)
    shell = Visitor(manager).shell('sleep', '1000')
    began = time.monotonic()
    assert shell.read_all().reason == 'nothing was typed or written for 5 s'
    assert time.monotonic() - began > 4.0


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_executor(
    executor: Executor, manager: Manager, number: signal.Signals
) -> None:
    executor.start()
    run(manager, DRIVER)
    visitor = Visitor(manager)
    mark = f'{time.time_ns()}'
    shell = visitor.shell('sh')
    shell.type(f'trap "" HUP; setsid sleep {mark} & sleep {mark}\n')
    command = visitor.exec('sh', '-c', f'sleep {mark} & sleep {mark}')
    eventually(lambda: len(pids(mark)) == 4, 30, 'they run')
    executor.end(number)
    eventually(lambda: not pids(mark), 30, 'they have ended')
    assert executor.processes()['driver']
    assert command.name


def test_the_last_word_of_an_executor_reaches_who_reads(
    visitor: Visitor, executor: Executor
) -> None:
    shell = visitor.shell('cat')
    shell.type('x\r')
    shell.read_until('x\r\nx\r\n')
    pid = executor.pid
    reading = visitor.begin(
        'read_shell', session=shell.name, offset=shell.read_to, wait_sec=DEADLINE_SEC
    )
    # What is answered now came after that, which waits by now.
    assert visitor.ask('resize_shell', session=shell.name, columns=9, rows=9).result.ok
    os.kill(pid, signal.SIGTERM)
    eventually(reading.done, DEADLINE_SEC, 'the last word')
    assert reading.result().reason == 'the executor was shut down'
    executor.children[-1].wait(DEADLINE_SEC)
    gone(pid)
