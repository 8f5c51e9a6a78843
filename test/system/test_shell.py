# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Terminals and commands beside executables, as somebody at a terminal meets them."""

from collections.abc import Iterator
import hashlib
import os
import re
import shlex
import signal
import subprocess

import pexpect
import pytest

from roost_core.phase import Phase
from roost_core.status import Status
from system.at_the_terminal import Terminal
from system.manifests import (
    component,
    container,
    deployment,
    executable,
    FOREVER,
    package,
    process,
)
from system.operator import containers
from testbed import busybox, eventually
from testbed.process import child_of

PROMPT = r'\$ |# '
LEAVE = '\r~.'


@pytest.fixture(scope='module')
def fleet(module_fleet):
    return module_fleet(1, introspection=None, executor_parameters={'shell_keep_sec': 40.0})


@pytest.fixture(scope='module', autouse=True)
def deployed(fleet, operator) -> None:
    image = fleet.registry.push(busybox().with_env(PS1='$ '), 'box:1.0')
    operator.apply(
        container('boxed', image, *FOREVER),
        deployment('boxed'),
        process('native', *FOREVER),
        deployment('native', environment={'PS1': '$ '}),
        package(
            'two',
            component(
                'main',
                executable('left', *FOREVER, image=image),
                executable('right', *FOREVER, image=image),
            ),
        ),
        deployment('two'),
    )
    operator.until_running('boxed', 'native', 'two', timeout_sec=60)


@pytest.fixture
def roost(fleet, tmp_path) -> Iterator[Terminal]:
    terminal = Terminal(fleet, tmp_path)
    yield terminal
    terminal.close()


@pytest.fixture
def sit_down(roost) -> Iterator:
    """Run verbs at a terminal of 24 rows and 80 columns."""
    people: list[pexpect.spawn] = []

    def begin(*arguments: str) -> pexpect.spawn:
        program, *rest = roost.command(*arguments)
        people.append(
            pexpect.spawn(
                program,
                rest,
                dimensions=(24, 80),
                timeout=30,
                encoding='utf-8',
                echo=False,
                env={**os.environ, 'TERM': 'xterm', 'NO_COLOR': '1'},
            )
        )
        people[-1].delaybeforesend = None
        return people[-1]

    yield begin
    for each in people:
        each.close(force=True)


@pytest.fixture(params=['boxed', 'native'])
def shell(request, sit_down) -> pexpect.spawn:
    """Sit in a shell of a container, and of a native process."""
    person = sit_down('shell', request.param)
    person.expect_exact('main/main on rover1; Enter ~ . leaves')
    person.expect(PROMPT)
    return person


def ended(person: pexpect.spawn) -> int:
    """Wait for the end; gives the exit code."""
    person.expect(pexpect.EOF)
    person.wait()
    return person.exitstatus


def session_of(person: pexpect.spawn) -> str:
    person.expect(r'--session ([0-9a-f]{32})')
    return person.match[1]


def test_keys_and_sizes_and_exit_codes_arrive(shell) -> None:
    shell.sendline('stty size; echo in $ROOST_COMPONENT')
    shell.expect_exact('24 80')
    shell.expect_exact('in main')
    shell.setwinsize(40, 123)
    shell.sendline("trap 'stty size; echo seen' WINCH; stty size")
    shell.expect_exact('40 123')
    # Said by what is to be interrupted: a shell that is just starting it may keep the signal.
    shell.sendline("sh -c 'echo begin $((2 + 1)); exec sleep 1000'")
    shell.expect_exact('begin 3')
    shell.send('\x03')
    shell.expect(PROMPT)
    shell.sendline('echo begin $((1 + 1)); cat')
    shell.expect_exact('begin 2')  # from here on it is the terminal that echoes
    shell.sendline('gr\u00fc\u00df ~ ok')
    shell.expect_exact('gr\u00fc\u00df ~ ok')
    shell.expect_exact('gr\u00fc\u00df ~ ok')
    shell.send('\x04')
    shell.expect(PROMPT)
    shell.sendline('exit 7')
    assert ended(shell) == 7


def test_programs_that_fill_the_screen_work(shell) -> None:
    shell.sendline('cd /tmp; rm -f here; vi here')
    shell.expect_exact('~')
    shell.send('iwritten')
    shell.expect_exact('written')
    shell.send('\x1b')  # Escape and ':' at once would be another key
    shell.expect(r'\[1;7H|\x08')  # the cursor goes back by one
    shell.send(':wq\r')
    shell.expect(PROMPT)
    shell.sendline('cat /tmp/here')
    shell.expect_exact('written')
    shell.sendline('rm /tmp/here; top')
    shell.expect_exact('PID')
    shell.send('q')
    shell.expect(PROMPT)
    shell.sendline('echo still $((40 + 2))')
    shell.expect_exact('still 42')
    shell.sendline('exit')
    assert ended(shell) == 0


def test_who_leaves_can_come_back(shell, sit_down) -> None:
    shell.sendline('state=kept')
    shell.expect(PROMPT)
    shell.send(LEAVE)
    shell.expect_exact('come back: roost shell ')
    name = (shell.expect(['boxed', 'native']) and 'native') or 'boxed'
    session = session_of(shell)
    assert ended(shell) == 0

    again = sit_down('shell', name, '--session', session)
    again.expect_exact('state=kept')  # what was on the screen
    again.sendline('echo $state $((1 + 1))')
    again.expect_exact('kept 2')
    again.sendline('exit 3')
    assert ended(again) == 3

    gone = sit_down('shell', name, '--session', session)
    gone.expect_exact('there is no such session')
    assert ended(gone) == 255


def test_who_comes_back_from_elsewhere_has_it_alone(sit_down) -> None:
    first = sit_down('shell', 'native')
    session = session_of(first)
    first.expect(PROMPT)
    second = sit_down('shell', 'native', '--session', session)
    second.expect(PROMPT)
    first.expect_exact('somebody else came back to this session')
    assert ended(first) == 255

    second.sendline('echo typed $((20 + 3))')
    second.expect_exact('typed 23')
    second.close(force=True)  # its terminal goes with it
    third = sit_down('shell', 'native', '--session', session)
    third.expect_exact('typed 23')
    third.sendline('exit 4')
    assert ended(third) == 4


def test_a_cut_link_loses_nothing(fleet, sit_down) -> None:
    rover = fleet.devices['rover1'].machine
    person = sit_down('shell', 'boxed')
    person.expect(PROMPT)
    person.sendline('for i in $(seq 1 200); do echo line $i; sleep 0.1; done; echo over')
    person.expect_exact('line 5\r')
    rover.cut_link()
    person.send('echo typed $((20 + 3))\r')
    person.expect_exact('[rover1 cannot be reached; trying on', timeout=60)
    shown = person.before  # lines that came before the link was cut
    rover.heal_link()
    person.expect_exact('[rover1 is back]', timeout=60)
    shown += person.before
    person.expect_exact('typed 23', timeout=60)
    lines = re.findall(r'line (\d+)\r', shown + person.before)
    assert lines == [str(number) for number in range(6, 201)]
    person.sendline('exit')
    assert ended(person) == 0


def test_a_signal_leaves_the_terminal_as_it_was(sit_down) -> None:
    person = sit_down('shell', 'boxed')
    person.expect(PROMPT)
    program = child_of(person.pid)
    assert program
    os.kill(program, signal.SIGTERM)
    person.expect_exact('come back: ')
    session_of(person)
    person.expect(pexpect.EOF)


def test_refusals_say_what_to_do(fleet, operator, roost, sit_down) -> None:
    def refused(*arguments: str, code: int = 255) -> str:
        return roost.run(*arguments, code=code).stderr.decode()

    assert 'roost exec' in refused('shell', 'boxed', code=2)
    two = refused('exec', 'two', '--', 'true')
    assert 'name one: main/left, main/right' in two
    roost.run('exec', 'two', '-e', 'right', '--', 'true')
    assert "'two' has no 'main/up'; it has main/left, main/right" in refused(
        *('exec', 'two', '-c', 'main', '-e', 'up', '--', 'true')
    )
    assert "did you mean 'boxed'?" in refused('exec', 'boxd', '--', 'true')
    shell = sit_down('shell', 'two')
    shell.expect_exact('main/left, main/right')
    assert ended(shell) == 255

    operator.stop('two')
    operator.until('two', Status.STOPPED)
    assert 'stopped by choice' in refused('exec', 'two', '-e', 'left', '--', 'true')
    operator.start('two')
    operator.until_running('two')
    missing = fleet.registry.reference('missing:1.0')
    operator.update('two', images={'main/left': missing})
    operator.until('two', phase=Phase.FAILED_TO_UPDATE)
    assert 'only what it wrote can be read' in refused('exec', 'two', '-e', 'left', '--', 'true')


@pytest.mark.parametrize('name', ['boxed', 'native'])
def test_exit_codes_are_those_of_the_command(roost, name) -> None:
    roost.run('exec', name, '--', 'true')
    roost.run('exec', name, '--', 'sh', '-c', 'exit 3', code=3)
    roost.run('exec', name, '--', 'there-is-no-such-command', code=127)
    roost.run('exec', name, '--', 'sh', '-c', 'kill -9 $$', code=137)


@pytest.mark.parametrize('name', ['boxed', 'native'])
def test_bytes_come_out_as_they_were_written(roost, name) -> None:
    apart = r"printf 'a\0\377'; printf 'b\n' >&2; exit 1"
    both = roost.run('exec', name, '--', 'sh', '-c', apart, code=1)
    assert (both.stdout, both.stderr) == (b'a\0\xff', b'b\n')

    much = roost.run(
        *(
            'exec',
            name,
            '--',
            'sh',
            '-c',
            'dd if=/dev/urandom bs=1000000 count=50 2>/dev/null'
            ' | tee /tmp/much; sha256sum < /tmp/much >&2; rm /tmp/much',
        )
    )
    assert len(much.stdout) == 50_000_000
    assert hashlib.sha256(much.stdout).hexdigest().encode() == much.stderr.split()[0]


@pytest.mark.parametrize('name', ['boxed', 'native'])
def test_standard_input_is_handed_on(roost, name) -> None:
    given = os.urandom(5_000_000)

    assert roost.run('exec', name, '-i', '--', 'cat', given=given).stdout == given
    assert roost.run('exec', name, '--', 'cat', given=b'not handed on').stdout == b''


@pytest.mark.parametrize(
    ('arguments', 'redirected', 'code', 'told'),
    [
        ('-i -- cat', '<&-', 0, b''),
        ("-- sh -c 'echo a; echo b >&2; exit 3'", '>&-', 3, b'b\n'),
        ("-- sh -c 'echo a; echo b >&2; exit 3'", '2>&-', 3, b''),
        ('-- echo a', '> /dev/full', 255, b'output cannot be written: No space left on device'),
        ('-- yes', '| head -1', 128 + signal.SIGPIPE, b''),
    ],
)
def test_streams_that_lead_nowhere_change_no_exit_code(
    roost, arguments: str, redirected: str, code: int, told: bytes
) -> None:
    line = f'{shlex.join(roost.command("exec", "native"))} {arguments} {redirected}'
    done = subprocess.run(
        ['bash', '-o', 'pipefail', '-c', line], capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr.count(b'\n')) == (code, len(told) and 1)
    assert told in done.stderr


def test_an_interrupt_goes_to_the_command(fleet, roost, operator) -> None:
    trap = "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.1; done"
    running = roost.go_on('exec', 'boxed', '--', 'sh', '-c', trap)
    running.until(1)

    assert running.interrupt() == 5
    assert running.lines == ['ready', 'caught']
    (one,) = containers(fleet, operator.see('boxed').id).values()
    eventually(lambda: 'trap' not in str(one.top()['Processes']), 30, 'nothing is left')
