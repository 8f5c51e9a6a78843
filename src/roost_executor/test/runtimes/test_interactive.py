# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Programs beside instances: what every runtime keeps, and what only real ones can show."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
import signal
import threading
import time

import pytest

from roost_core.package import Ulimit
from roost_executor.runtimes.contract import RuntimeFault
from roost_executor.runtimes.docker_frames import Frames
from roost_executor.runtimes.interactive import Ending, Stream, Window
from testbed.wait import eventually


class Talk:
    """Reads a program in a thread, as a session does."""

    def __init__(self, program):
        self.program = program
        self.said = {Stream.OUTPUT: b'', Stream.ERROR: b''}
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        while (written := self.program.read()) is not None:
            with self._changed:
                self.said[written.stream] += written.data
                self._changed.notify_all()

    def type(self, text: str) -> None:
        assert self.program.write(text.encode())

    def hear(self, text: str) -> None:
        """Wait until a text was written."""
        with self._changed:
            heard = self._changed.wait_for(lambda: text.encode() in self.said[Stream.OUTPUT], 30)
        assert heard, f'{text!r} was not written: {self.said}'

    def end(self) -> Ending:
        """Wait for the end."""
        self._thread.join(30)
        assert not self._thread.is_alive(), 'it does not end'
        ending = self.program.wait()
        self.program.close()
        return ending


@pytest.fixture(params=['docker', 'process'])
def real(request):
    """Give each runtime in turn that runs real programs, and something that runs."""
    bench = request.getfixturevalue(f'{request.param}_bench')
    bench.identity = bench.run(bench.desired(environment={'ANSWER': '42'})).identity
    return bench


@pytest.fixture
def exec_(real):
    return lambda *command, stdin=False: Talk(
        real.runtime.open_exec(real.identity, command, stdin=stdin)
    )


@pytest.fixture
def terminal(real):
    return lambda *command, **window: Talk(
        real.runtime.open_terminal(real.identity, command or ('sh',), Window(**window))
    )


def pids(mark: str) -> list[int]:
    """List the processes that have a mark among their arguments."""
    found = []
    for path in Path('/proc').glob('[0-9]*/cmdline'):
        try:
            words = path.read_bytes().split(b'\0')
        except OSError:
            continue
        if mark.encode() in words:
            found.append(int(path.parent.name))
    return found


def test_it_tells_how_it_ended(bench):
    identity = bench.run(bench.desired()).identity
    for command, code in (
        (('sh', '-c', 'exit 3'), 3),
        (('sh', '-c', 'exit 0'), 0),
        (('missing',), 127),
    ):
        talk = Talk(bench.runtime.open_exec(identity, command, stdin=False))
        assert talk.end() == Ending(exit_code=code)


def test_it_gives_back_what_it_gets_and_ends_with_its_input(bench):
    identity = bench.run(bench.desired()).identity
    talk = Talk(bench.runtime.open_exec(identity, ('cat',), stdin=True))
    talk.type('one\n')
    talk.hear('one\n')
    talk.type('two\n')
    talk.program.end_input()
    assert talk.end().exit_code == 0
    assert talk.said == {Stream.OUTPUT: b'one\ntwo\n', Stream.ERROR: b''}


def test_nothing_is_opened_beside_what_does_not_run(any_bench):
    desired = any_bench.desired()
    any_bench.runtime.create(desired)
    with pytest.raises(RuntimeFault):
        any_bench.runtime.open_exec(desired.identity, ('true',), stdin=False)
    with pytest.raises(RuntimeFault):
        any_bench.runtime.open_terminal(desired.identity, ('sh',), Window())


def test_hanging_up_ends_it(bench):
    identity = bench.run(bench.desired()).identity
    talk = Talk(bench.runtime.open_terminal(identity, ('sh',), Window()))
    talk.program.hang_up()
    talk.program.hang_up()
    assert talk.end().exit_code is not None
    assert not talk.program.write(b'exit\n')


def test_output_and_errors_are_apart(exec_):
    talk = exec_('sh', '-c', 'echo fine; echo bad >&2; kill -9 $$')
    assert talk.end().exit_code == 137
    assert talk.said == {Stream.OUTPUT: b'fine\n', Stream.ERROR: b'bad\n'}


@pytest.mark.parametrize(
    ('command', 'code'), [('missing', 127), ('/missing', 127), ('/etc/passwd', 126), ('/etc', 126)]
)
def test_what_cannot_be_run_is_told_as_a_shell_does(exec_, terminal, command, code):
    talk = exec_(command, stdin=True)
    assert talk.end() == Ending(exit_code=code)
    assert talk.said[Stream.OUTPUT] == b''
    text = talk.said[Stream.ERROR]
    assert text.startswith(f'{command}: '.encode())
    assert (text.count(b'\n'), text[-1:], b'\r' in text) == (1, b'\n', False)
    talk = terminal(command)
    assert talk.end() == Ending(exit_code=code)
    assert talk.said[Stream.OUTPUT] == text.replace(b'\n', b'\r\n')


def test_who_ends_by_such_a_code_itself_says_what_it_says(exec_):
    talk = exec_('sh', '-c', 'echo exec: no such file or directory; exit 127')
    assert talk.end() == Ending(exit_code=127)
    assert talk.said == {Stream.OUTPUT: b'exec: no such file or directory\n', Stream.ERROR: b''}


def test_it_is_run_as_the_program_of_the_instance(exec_):
    talk = exec_('sh', '-c', 'echo "$ANSWER"; cat; env | grep ROOST_INSTANCE')
    talk.end()
    assert talk.said[Stream.OUTPUT] == b'42\n'


def test_a_terminal_has_a_size_that_changes(terminal):
    script = 'trap "stty size" WINCH; stty size; echo $TERM; tty; while :; do sleep 0.1; done'
    talk = terminal('sh', '-c', script, columns=100, rows=30, kind='vt100')
    talk.hear('30 100')
    talk.hear('vt100')
    talk.hear('/dev/')
    talk.program.resize(50, 20)
    talk.hear('20 50')
    talk.type('\x03')
    assert talk.end().exit_code == 128 + signal.SIGINT


def test_keys_interrupt_what_runs_in_a_terminal(terminal):
    mark = f'{time.time_ns()}'
    talk = terminal()
    talk.type(f'sleep {mark}\n')
    eventually(lambda: pids(mark), 30, 'it runs')
    talk.type('\x03')
    eventually(lambda: not pids(mark), 30, 'it ends')
    talk.type('exit 5\n')
    assert talk.end().exit_code == 5


def test_a_signal_reaches_all_of_its_group(exec_):
    talk = exec_('sh', '-c', 'sleep 1000 & echo ready; wait; echo over')
    talk.hear('ready')
    talk.program.signal(signal.SIGTERM)
    assert talk.end().exit_code == 128 + signal.SIGTERM
    talk.program.signal(signal.SIGTERM)


def test_nothing_is_left_of_what_is_hung_up(terminal):
    mark = f'{time.time_ns()}'
    talk = terminal()
    talk.type(f'trap "" HUP; sleep {mark} & setsid sleep {mark} & sleep {mark}\n')
    eventually(lambda: len(pids(mark)) == 3, 30, 'all of them run')
    talk.program.hang_up()
    assert pids(mark) == []
    talk.end()


def test_nothing_is_left_of_what_ended(exec_):
    mark = f'{time.time_ns()}'
    talk = exec_('sh', '-c', f'sleep {mark} & exit 4')
    assert talk.end().exit_code == 4
    assert pids(mark) == []


@pytest.mark.parametrize('paused', [False, True])
def test_much_output_is_whole(real, paused):
    size = 50_000_000
    script = f'head -c {size} /dev/zero | tr "\\0" "x"'
    program = real.runtime.open_exec(real.identity, ('sh', '-c', script), stdin=False)
    digest, total = hashlib.sha256(), 0
    if paused:
        first = program.read()
        digest.update(first.data)
        total += len(first.data)
        # Nobody reads: it has to be held up, and not to end.
        with pytest.raises(AssertionError):
            eventually(lambda: not pids(script), 1.0, 'it ends')
    while (written := program.read()) is not None:
        digest.update(written.data)
        total += len(written.data)
    assert program.wait().exit_code == 0
    program.close()
    assert total == size
    assert digest.hexdigest() == hashlib.sha256(b'x' * size).hexdigest()


def test_much_input_is_whole(exec_):
    data = os.urandom(5_000_000)
    talk = exec_('cat', stdin=True)
    assert talk.program.write(data)
    talk.program.end_input()
    assert talk.end().exit_code == 0
    assert talk.said[Stream.OUTPUT] == data


def test_input_that_nobody_takes_is_told(process_bench):
    identity = process_bench.run(process_bench.desired()).identity
    command = ('sh', '-c', 'exec <&-; echo closed; sleep 1000')
    talk = Talk(process_bench.runtime.open_exec(identity, command, stdin=True))
    talk.hear('closed')
    eventually(lambda: not talk.program.write(b'x' * 65536), 30, 'it is told')
    talk.program.hang_up()
    talk.end()


def test_a_session_ends_with_its_container(docker_bench):
    identity = docker_bench.run(docker_bench.desired()).identity
    talk = Talk(docker_bench.runtime.open_terminal(identity, ('sh',), Window()))
    docker_bench.kill(identity)
    assert talk.end() == Ending(exit_code=137, reason='the container ended')


def test_what_a_killed_executor_left_in_containers_is_ended(docker_bench):
    mark = f'{time.time_ns()}'
    identity = docker_bench.run(docker_bench.desired()).identity
    program = docker_bench.runtime.open_exec(identity, ('sleep', mark), stdin=False)
    eventually(lambda: pids(mark), 30, 'it runs')
    docker_bench.restarted().end_left_programs()
    eventually(lambda: not pids(mark), 30, 'it is ended')
    assert docker_bench.only().exit_code is None
    Talk(program).end()


def test_in_containers_that_are_not_seen_it_is_ended_too(docker_bench, monkeypatch):
    monkeypatch.setattr('roost_executor.runtimes.docker_marks.bearers', lambda mark: {})
    monkeypatch.setattr('roost_executor.runtimes.docker_marks.sees', lambda container: False)
    mark = f'{time.time_ns()}'
    identity = docker_bench.run(docker_bench.desired()).identity
    script = f'trap "" HUP; sleep {mark} & sleep {mark}'
    talk = Talk(docker_bench.runtime.open_exec(identity, ('sh', '-c', script), stdin=False))
    eventually(lambda: len(pids(mark)) == 2, 30, 'they run')
    talk.program.hang_up()
    eventually(lambda: not pids(mark), 30, 'they are ended')
    talk.end()


def test_a_native_program_lives_on_when_its_instance_ends(process_bench):
    identity = process_bench.run(process_bench.desired()).identity
    talk = Talk(process_bench.runtime.open_terminal(identity, ('sh',), Window()))
    process_bench.runtime.stop(identity, timeout_sec=1)
    talk.type('echo still $((40 + 2)); exit\n')
    talk.hear('still 42')
    talk.end()


def test_a_native_program_is_run_by_the_same_user_within_the_same_limits(process_bench):
    desired = process_bench.desired(
        user='nobody',
        groups=('video',),
        working_directory='/usr',
        ulimits={'nofile': Ulimit(soft=100, hard=200)},
    )
    identity = process_bench.run(desired).identity
    script = 'id -un; pwd; ulimit -n; id -G; stat -c %U $(tty)'
    program = process_bench.runtime.open_terminal(identity, ('sh', '-c', script), Window())
    talk = Talk(program)
    talk.end()
    user, cwd, files, groups, owner = talk.said[Stream.OUTPUT].decode().split('\r\n')[:5]
    assert (user, cwd, files, owner) == ('nobody', '/usr', '100', 'nobody')
    assert '44' in groups.split()


def test_job_control_works(process_bench):
    mark = f'{time.time_ns()}'
    identity = process_bench.run(process_bench.desired()).identity
    talk = Talk(process_bench.runtime.open_terminal(identity, ('bash', '--norc'), Window()))
    talk.type(f'sleep {mark}\n')
    eventually(lambda: pids(mark), 30, 'it runs')
    talk.type('\x1a')
    talk.hear('Stopped')
    talk.type('kill %1; fg; exit 6\n')
    assert talk.end().exit_code == 6
    assert pids(mark) == []


def test_whoever_talks_with_a_native_program_may_be_killed(process_bench):
    """The shim beside it hears that, as it does when a session is hung up: its pipe ends."""
    mark = f'{time.time_ns()}'
    identity = process_bench.run(process_bench.desired()).identity
    program = process_bench.runtime.open_exec(identity, ('sleep', mark), stdin=False)
    eventually(lambda: pids(mark), 30, 'it runs')
    program._attendant.stdin.close()
    eventually(lambda: not pids(mark), 30, 'it is ended')
    assert Talk(program).end().exit_code == 129


def test_a_shim_that_is_killed_takes_its_program_along(process_bench):
    mark = f'{time.time_ns()}'
    identity = process_bench.run(process_bench.desired()).identity
    program = process_bench.runtime.open_exec(identity, ('sleep', mark), stdin=False)
    eventually(lambda: pids(mark), 30, 'it runs')
    program._attendant.kill()
    eventually(lambda: not pids(mark), 30, 'it is ended')
    ending = Talk(program).end()
    assert (ending.exit_code, ending.reason) == (None, 'what stood by it was killed')


def test_what_a_native_program_cannot_have_is_told(process_bench, tmp_path):
    folder = tmp_path / 'here'
    folder.mkdir()
    identity = process_bench.run(process_bench.desired(working_directory=str(folder))).identity
    folder.rmdir()
    with pytest.raises(RuntimeFault, match='working directory'):
        process_bench.runtime.open_terminal(identity, ('sh',), Window())


def test_frames_may_come_in_any_parts():
    whole = b'\1\0\0\0\0\0\0\3one\2\0\0\0\0\0\0\5error\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\2!!'
    for size in (1, 3, 9, len(whole)):
        frames, said = Frames(), {Stream.OUTPUT: b'', Stream.ERROR: b''}
        for begin in range(0, len(whole), size):
            frames.take(whole[begin : begin + size])
            while (written := frames.give()) is not None:
                said[written.stream] += written.data
        assert said == {Stream.OUTPUT: b'one!!', Stream.ERROR: b'error'}
    assert Frames().give() is None
