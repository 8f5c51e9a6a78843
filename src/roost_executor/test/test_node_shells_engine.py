# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Shells and commands in containers of a real engine, as services of the executor's process."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
import signal
import time

from executor_process import Executor, Manager, pids
import pytest
from supervisor_rig import wanted
from visitor import Visitor

from roost_core.package import DeviceRuntime, RestartPolicy
from roost_core.status import Status
from roost_core.ticket import Purpose
from testbed import busybox, Device, Site
from testbed.wait import eventually

# Requests to an engine that hangs, and when those who ask give up.
HELD = 8
GIVEN_UP_SEC = 10.0

FOREVER = ('sh', '-c', 'sleep 100000 & wait')


@pytest.fixture(scope='module')
def device() -> Iterator[Device]:
    """Give a device with an engine."""
    with Site([busybox()]) as site:
        yield site.device('rover1')


@pytest.fixture
def visitor(executor: Executor, manager: Manager, device: Device) -> Iterator[Visitor]:
    """Give somebody who may look into a device on which the container 'driver' runs."""
    start(executor, device)
    driver = wanted(
        'driver',
        image=busybox().tag,
        command=FOREVER,
        restart=RestartPolicy.NEVER,
    )
    manager.ask(driver)
    manager.wait_for(driver, Status.RUNNING)
    eventually(lambda: manager.beats, 30, 'a heartbeat')
    yield Visitor(manager)
    executor.close()
    for container in device.engine.client.containers.list(all=True):
        container.remove(force=True)
    assert 'Traceback' not in executor.log


def start(executor: Executor, device: Device) -> None:
    executor.start(runtimes='[docker, preinstalled]', docker_host=device.engine.url)


def test_commands_tell_their_exit_codes(visitor: Visitor) -> None:
    for script, code in (('exit 0', 0), ('exit 3', 3), ('kill -9 $$', 137)):
        command = visitor.exec('sh', '-c', f'echo fine; echo bad >&2; {script}')
        answer = command.read_all()
        assert (answer.exit_code, answer.reason) == (code, '')
        assert (command.output, command.errors) == (b'fine\n', b'bad\n')
        command.close()


def test_a_missing_command_is_told_on_standard_error(visitor: Visitor) -> None:
    command = visitor.exec('nosuch', '--now')
    answer = command.read_all()
    assert (answer.exit_code, answer.reason) == (127, '')
    assert command.output == b''
    assert command.errors == b'nosuch: command not found in the container\n'
    shell = visitor.shell('nosuch')
    assert shell.read_all().exit_code == 127
    assert shell.output == b'nosuch: command not found in the container\r\n'


def test_input_goes_through_a_command(visitor: Visitor) -> None:
    data = bytes(range(256)) * 1000
    command = visitor.exec('cat', stdin=True)
    command.write(data, end=True)
    assert command.read_all().exit_code == 0
    assert (command.output, command.errors) == (data, b'')


def test_a_shell_is_talked_with(visitor: Visitor) -> None:
    shell = visitor.shell(columns=100, rows=30, terminal='vt100')
    shell.type('stty size; echo $TERM; echo "a$((40 + 2))b"\n')
    for text in ('30 100', 'vt100', 'a42b'):
        shell.read_until(text)
    shell.type('cat\n')
    shell.type('echoed')
    shell.read_until('echoed')
    shell.output = b''
    shell.type('\x03')
    shell.read_until('# ')  # what is typed sooner goes with what is interrupted
    assert visitor.ask('resize_shell', session=shell.name, columns=50, rows=20).result.ok
    shell.type('stty size\n')
    shell.read_until('20 50')
    shell.type('exit 3\n')
    assert shell.read_all().exit_code == 3


def test_what_is_closed_leaves_nothing(visitor: Visitor) -> None:
    mark = f'{time.time_ns()}'
    shell = visitor.shell('sh')
    shell.type(f'trap "" HUP; setsid sleep {mark} & sleep {mark}\n')
    command = visitor.exec('sh', '-c', f'sleep {mark} & sleep {mark}')
    eventually(lambda: len(pids(mark)) == 4, 30, 'they run')
    shell.close()
    command.close()
    assert pids(mark) == []


def test_what_an_executor_leaves_that_is_killed_is_ended_by_the_next(
    visitor: Visitor, executor: Executor, manager: Manager, device: Device
) -> None:
    mark = f'{time.time_ns()}'
    shell = visitor.shell('sh')
    shell.type(f'trap "" HUP; setsid sleep {mark} & sleep {mark}\n')
    eventually(lambda: len(pids(mark)) == 2, 30, 'they run')
    executor.end(signal.SIGKILL)
    start(executor, device)
    eventually(lambda: not pids(mark), 30, 'they have ended')
    (container,) = device.engine.client.containers.list()
    assert container.status == 'running'


def test_an_engine_that_hangs_holds_up_no_shells_elsewhere(
    visitor: Visitor, manager: Manager, device: Device
) -> None:
    native = wanted(
        'driver',
        component='base',
        runtime=DeviceRuntime.PREINSTALLED,
        command=('sleep', '1000'),
    )
    driver = wanted('driver', image=busybox().tag, command=FOREVER, restart=RestartPolicy.NEVER)
    manager.ask(driver, native)
    manager.wait_for(native, Status.RUNNING)
    shell = visitor.shell('sh', component='driver')
    assert visitor.exec('true', component='base').read_all().exit_code == 0

    def opened() -> tuple[str, str, float]:
        began = time.monotonic()
        # Sent once: of many answers that come at once to one client, middleware keeps the last 10.
        answer = visitor.ask(
            'exec',
            ticket=visitor.ticket(Purpose.EXEC),
            component='driver',
            command=['true'],
        )
        return answer.result.code, answer.result.message, time.monotonic() - began

    device.engine.freeze()
    try:
        with ThreadPoolExecutor(HELD + 1) as pool:
            held = [pool.submit(opened) for _ in range(HELD)]
            resized = pool.submit(
                visitor.ask, 'resize_shell', session=shell.name, columns=9, rows=9
            )
            began = time.monotonic()
            assert visitor.exec('true', component='base').read_all().exit_code == 0
            assert time.monotonic() - began < GIVEN_UP_SEC / 2
            answers = [each.result() for each in held]
            assert {code for code, _, _ in answers} == {'UNAVAILABLE'}
            assert 'engine does not answer' in answers[0][1]
            assert max(seconds for _, _, seconds in answers) < GIVEN_UP_SEC
            assert resized.result().result.code == 'UNAVAILABLE'
    finally:
        device.engine.thaw()
    assert visitor.exec('true', component='driver').read_all().exit_code == 0


def test_what_ends_with_its_container_says_so(visitor: Visitor, device: Device) -> None:
    shell = visitor.shell('sh')
    (container,) = device.engine.client.containers.list()
    container.kill()
    answer = shell.read_all()
    assert (answer.exit_code, answer.reason) == (137, 'the container ended')
