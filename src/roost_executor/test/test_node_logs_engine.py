# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Logs of containers of a real engine, followed by a real client, whatever ends meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
import signal

from executor_process import Executor, Manager
from log_client import LogClient
import pytest
from supervisor_rig import wanted

from roost_core.package import RestartPolicy
from roost_core.status import Status
from testbed import busybox, Device, Site

# Three runs of one container, each of which goes on where the last one ended; the later two begin
# when something is there.
LINES = 300_000
RUN = """
n=$(cat /n 2>/dev/null || echo 0)
[ $n -ge {lines} ] && exec sleep 1000
while [ $n -gt 0 ] && ! [ -e {needed} ]; do sleep 0.1; done
seq $((n + 1)) $((n + {lines} / 3))
echo $((n + {lines} / 3)) >/n
exit 1
"""


@pytest.fixture(scope='module')
def device() -> Iterator[Device]:
    with Site([busybox()]) as site:
        yield site.device('rover1', live_restore=True)


@pytest.fixture
def client(executor: Executor, manager: Manager, device: Device) -> Iterator[LogClient]:
    start(executor, device)
    manager.wait(lambda heard: heard, 'the first report')
    yield LogClient(manager, 'driver')
    executor.close()
    for container in device.engine.client.containers.list(all=True):
        container.remove(force=True)


def start(executor: Executor, device: Device) -> None:
    executor.start(runtimes='[docker]', docker_host=device.engine.url)


def program(name: str, script: str, **fields):
    return wanted(
        name,
        image=busybox().tag,
        command=('sh', '-c', script),
        restart=RestartPolicy.ALWAYS,
        **fields,
    )


def all_of(lines: int) -> list[bytes]:
    return [b'%d' % number for number in range(1, lines + 1)]


def test_every_line_comes_once_over_restarts_and_a_new_connection(
    manager: Manager, client: LogClient
) -> None:
    item = program('driver', RUN.format(lines=LINES, needed='/'))
    name = item.slot.executable
    manager.ask(item)
    client.follow(lambda: len(client.texts.get(name, ())) > LINES // 2)
    later = LogClient(manager, 'driver')
    later.cursors = client.cursors
    count = len(client.texts[name])
    later.follow(lambda: len(later.texts.get(name, ())) + count >= LINES, timeout_sec=120)
    assert client.texts[name] + later.texts[name] == all_of(LINES)
    assert client.numbers[name] + later.numbers[name] == list(range(1, LINES + 1))
    assert client.notes == later.notes == []
    assert client.lost == later.lost == 0


def test_every_line_comes_once_although_executor_and_engine_are_killed(
    executor: Executor, manager: Manager, client: LogClient, device: Device
) -> None:
    item = program('driver', RUN.format(lines=LINES, needed='/go'))
    name = item.slot.executable
    manager.ask(item)
    client.follow(lambda: len(client.texts.get(name, ())) > LINES // 10)
    heard = len(manager.heard)
    executor.end(signal.SIGKILL)
    start(executor, device)
    manager.wait(lambda heard: heard, 'a report', after=heard)
    # Nothing is written when it is killed: what an engine has read and not kept goes with it.
    client.follow(lambda: len(client.texts[name]) >= LINES // 3)
    manager.wait_for(item, Status.RUNNING, lambda report: report.restart_count == 1)
    pid = device.engine.client.containers.get(item.identity.token).attrs['State']['Pid']
    device.engine.kill9()
    device.machine.run('touch', f'/proc/{pid}/root/go')
    device.engine.start()
    client.follow(lambda: len(client.texts.get(name, ())) >= LINES, timeout_sec=120)
    assert client.texts[name] == all_of(LINES)
    assert client.notes == []


@pytest.mark.usefixtures('client')
def test_who_writes_much_holds_up_nobody(manager: Manager) -> None:
    loud = program('driver', 'yes', executable='loud')
    quiet = program('driver', 'while :; do echo here; sleep 0.2; done', executable='quiet')
    client = LogClient(manager, 'driver', 'loud', 'quiet')
    manager.ask(loud, quiet)
    manager.wait_for(loud, Status.RUNNING)
    manager.wait_for(quiet, Status.RUNNING)
    client.follow(lambda: client.texts.get('quiet'))
    late = []
    for _ in range(20):
        so_far = len(client.texts['quiet'])
        client.follow(lambda so_far=so_far: len(client.texts['quiet']) > so_far)
        late.append(client.lateness('quiet'))
        client.texts['loud'] = []
        client.numbers['loud'] = []
    assert max(late) < 1.0
