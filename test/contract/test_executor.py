# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A real executor faces a manager that knows nothing but the wire. It runs real processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import contextlib
import os
import signal
from typing import Any

import pytest

from contract.fake_manager import (
    children_of,
    environment_of,
    FakeManager,
    instance,
    lives,
    pid_of,
    process,
    removal,
)
from contract.peer import Peer, Program
from contract.wire import Key, seal
from roost_interfaces.srv import IdentifyProcesses
from testbed.wait import eventually

SLEEP = ('sh', '-c', 'sleep 1000')


@pytest.fixture
def executor(make_program: Callable[..., Program]) -> Program:
    """Give an executor that runs, of a device with native processes only."""
    return make_program(
        'roost_executor',
        'device_executor',
        'executor',
        device='rover1',
        runtimes=['preinstalled'],
        heartbeat_period_sec=0.1,
        restart_first_sec=0.05,
        restart_cap_sec=0.2,
    ).start()


@pytest.fixture
def manager(executor: Program, peer: Peer) -> Iterator[FakeManager]:
    """Give a manager that has heard of the device; what it had run ends with the test."""
    fake = FakeManager(peer, 'rover1')
    fake.wait_report()
    yield fake
    executor.kill()  # it would start again what ends
    for report in fake.reports:
        for each in [*report.get('instances', []), *report.get('orphans', [])]:
            if each.get('instance_id'):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid_of(each), signal.SIGKILL)


def test_a_device_says_what_it_is(manager: FakeManager) -> None:
    report = manager.wait_report()

    assert report['device'] == 'rover1'
    assert report['incarnation'] == 1
    assert report['facts']['runtimes'] == ['preinstalled']
    assert report['facts']['hostname']
    assert 'applied' not in report
    eventually(lambda: manager.beats, what='it sends signs of life')
    assert manager.beats[-1].device == 'rover1'
    assert manager.beats[-1].key_id == manager.device_key


def test_what_is_asked_for_runs_and_what_is_removed_ends(manager: FakeManager) -> None:
    manager.ask(keep=[process(*SLEEP)])
    pid = manager.wait_running()

    assert lives(pid)
    assert 'COLOUR=red' in environment_of(pid)
    told = manager.wait_report(lambda body: body['applied'] == [1, 1])
    assert instance(told)['started']
    assert instance(told)['generation'] == 1

    manager.ask(remove=[removal()])
    done = manager.wait_report(
        lambda body: body.get('removals') == [{'deployment_id': 'lamp', 'done': True}]
    )
    assert not lives(pid)
    assert 'instances' not in done
    manager.ask()
    manager.wait_report(lambda body: body['applied'] == [1, 3] and 'removals' not in body)


def test_the_first_report_of_a_change_comes_before_the_change(manager: FakeManager) -> None:
    manager.ask(keep=[process(*SLEEP)])
    manager.wait_running()

    statuses = [instance(each)['status'] for each in manager.reports if 'instances' in each]
    assert statuses[0] == 'Pending'
    assert statuses[-1] == 'Running'
    orders = [(each['incarnation'], each['sequence']) for each in manager.reports]
    assert orders == sorted(set(orders))


def test_a_new_generation_replaces_the_instance(manager: FakeManager) -> None:
    manager.ask(keep=[process(*SLEEP)])
    first = manager.wait_running()

    manager.ask(keep=[process(*SLEEP, generation=2)])
    manager.wait_report(
        lambda body: instance(body)['generation'] == 2 and instance(body)['status'] == 'Running'
    )

    second = manager.wait_running()
    assert second != first
    assert not lives(first)


def test_one_instance_changes_and_the_other_is_not_touched(manager: FakeManager) -> None:
    manager.ask(keep=[process(*SLEEP), process(*SLEEP, deployment='horn')])
    lamp, horn = manager.wait_running('lamp'), manager.wait_running('horn')

    manager.ask(keep=[process(*SLEEP), process('sleep', '2000', deployment='horn')])
    eventually(lambda: manager.wait_running('horn') != horn, 30, 'the horn is replaced')

    assert manager.wait_running('lamp') == lamp
    assert lives(lamp)


def test_an_end_is_told_and_followed_as_the_policy_says(manager: FakeManager) -> None:
    manager.ask(
        keep=[
            process('sh', '-c', 'exit 3', deployment='never', restart='never'),
            process('true', deployment='done', restart='on-failure'),
            process('sh', '-c', 'exit 4', deployment='again', restart='on-failure'),
            process('/no/such/command', deployment='missing'),
        ]
    )

    def all_told(body: Any) -> bool:
        return (
            instance(body, 'never')['status'] == 'Error'
            and instance(body, 'done')['status'] == 'Stopped'
            and instance(body, 'again').get('codes') == ['DEP_E163']
            and instance(body, 'missing').get('codes') == ['DEP_E152']
        )

    report = manager.wait_report(all_told, 'all ends are told')
    never, again = instance(report, 'never'), instance(report, 'again')
    assert (never['exit_code'], never['codes']) == (3, ['DEP_E152'])
    assert never['reason']['kind'] == 'EXITED'
    assert instance(report, 'done')['reason']['kind'] == 'COMPLETED'
    assert again['exit_code'] == 4
    assert again['restart_count'] >= 4
    assert again['reason']['kind'] == 'CRASH_LOOP'
    assert instance(report, 'missing')['reason']['kind'] == 'COMMAND_MISSING'


def test_what_is_killed_starts_again(manager: FakeManager) -> None:
    manager.ask(keep=[process(*SLEEP)])
    pid = manager.wait_running()

    os.kill(pid, signal.SIGKILL)

    manager.wait_report(
        lambda body: (
            instance(body).get('restart_count') == 1 and instance(body)['status'] == 'Running'
        )
    )
    assert manager.wait_running() != pid


def test_absence_is_not_removal(manager: FakeManager) -> None:
    manager.ask(keep=[process(*SLEEP)])
    pid = manager.wait_running()

    manager.ask()

    report = manager.wait_report(lambda body: body.get('orphans'), 'an orphan')
    orphan = report['orphans'][0]
    assert orphan['slot']['deployment_id'] == 'lamp'
    assert orphan['running']
    assert pid_of(orphan) == pid
    assert lives(pid)


def foreign(manager: FakeManager) -> Any:
    return seal(manager.body(), Key())


def altered(manager: FakeManager) -> Any:
    envelope = seal(manager.body(), manager.key)
    envelope.body[-3] ^= 1
    return envelope


def relabelled(manager: FakeManager) -> Any:
    envelope = seal(manager.body(), manager.key)
    envelope.revision += 1
    return envelope


def older(manager: FakeManager) -> Any:
    body = manager.body(remove=[removal()])
    return seal({**body, 'revision': 0}, manager.key)


def of_a_later_schema(manager: FakeManager) -> Any:
    return seal({**manager.body(), 'schema': 2}, manager.key)


def of_another_protocol(manager: FakeManager) -> Any:
    envelope = seal(manager.body(), manager.key)
    envelope.protocol = 2
    return envelope


def for_another_device(manager: FakeManager) -> Any:
    return seal({**manager.body(), 'device': 'rover2'}, manager.key)


def not_a_body(manager: FakeManager) -> Any:
    envelope = seal(manager.body(), manager.key)
    envelope.body = b'[1]'
    envelope.signature = manager.key.sign(b'[1]')
    return envelope


@pytest.mark.parametrize(
    'make',
    [
        foreign,
        altered,
        relabelled,
        older,
        of_a_later_schema,
        of_another_protocol,
        for_another_device,
        not_a_body,
    ],
    ids=lambda make: make.__name__,
)
def test_what_breaks_the_rules_is_ignored_and_told(
    manager: FakeManager, make: Callable[[FakeManager], Any]
) -> None:
    manager.ask(keep=[process(*SLEEP)])
    pid = manager.wait_running()

    manager.publish(make(manager))

    report = manager.wait_notice('ignored')
    assert report['applied'] == [1, 1]
    assert manager.wait_running() == pid
    assert lives(pid)
    manager.revision = 10
    manager.ask(keep=[process(*SLEEP)])
    manager.wait_report(lambda body: body['applied'] == [1, 11])
    assert manager.wait_running() == pid


def test_a_device_whose_name_is_anothers_steps_back(
    executor: Program, manager: FakeManager
) -> None:
    manager.ask(keep=[process(*SLEEP)])
    pid = manager.wait_running()
    body = manager.body()
    body['device_key_id'] = Key().id

    manager.publish(seal(body, manager.key))

    assert executor.wait_exit() == 3
    assert "'rover1' is claimed by another machine" in executor.log
    assert lives(pid)


def test_a_recovered_manager_is_obeyed_by_its_epoch(manager: FakeManager) -> None:
    manager.revision = 50
    manager.ask()
    manager.wait_report(lambda body: body.get('applied') == [1, 51])

    manager.epoch, manager.revision = 2, 0
    manager.ask(keep=[process(*SLEEP)])

    manager.wait_running()
    assert manager.wait_report()['applied'] == [2, 1]


def test_a_killed_executor_takes_up_what_runs(executor: Program, manager: FakeManager) -> None:
    manager.ask(keep=[process(*SLEEP)])
    pid = manager.wait_running()

    executor.kill()
    executor.start()

    report = manager.wait_report(lambda body: body['incarnation'] == 2)
    assert manager.wait_running() == pid
    assert report['applied'] == [1, 1]
    assert instance(report).get('restart_count', 0) == 0


def test_a_device_goes_on_alone(executor: Program, manager: FakeManager, peer: Peer) -> None:
    manager.ask(keep=[process(*SLEEP)])
    pid = manager.wait_running()
    manager.retire()

    executor.kill()
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not lives(pid), what='it is gone')
    executor.start()

    manager.wait_report(lambda body: body['incarnation'] == 2)
    assert manager.wait_running() != pid


def test_who_shuts_down_says_so_and_leaves_everything_running(
    executor: Program, manager: FakeManager
) -> None:
    manager.ask(keep=[process(*SLEEP)])
    pid = manager.wait_running()

    assert executor.stop() == 0

    manager.wait_report(lambda body: body.get('leaving'))
    assert lives(pid)


def test_a_report_is_repeated_when_it_is_asked_for(manager: FakeManager) -> None:
    manager.ask(keep=[process(*SLEEP)])
    manager.wait_running()
    eventually(lambda: manager.beats[-1].revision == 1, what='it beats with what it applied')

    def is_repeated() -> bool:
        last = manager.envelopes[-1]
        manager.ask_again()
        return len([each for each in manager.envelopes if each == last]) > 1

    eventually(is_repeated, 30, 'the same report once more', period_sec=0.2)
    beat, report = manager.beats[-1], manager.reports[-1]
    assert (beat.incarnation, beat.sequence) == (report['incarnation'], report['sequence'])
    assert [beat.epoch, beat.revision] == report['applied']


def test_a_device_knows_whose_process_is_whose(manager: FakeManager, peer: Peer) -> None:
    manager.ask(keep=[process('sh', '-c', 'sleep 1000; true')])
    pid = manager.wait_running()
    child = int(eventually(lambda: children_of(pid), what='its child')[0])
    name = '/roost/devices/rover1/executor/identify_processes'
    request = IdentifyProcesses.Request(pids=[pid, child, os.getpid()])

    response = peer.call(IdentifyProcesses, name, request)

    assert response.result.ok
    assert [each.pid for each in response.processes] == [pid, child, os.getpid()]
    assert [each.found for each in response.processes] == [True, True, False]
    assert response.processes[1].deployment_id == 'lamp'
    low = IdentifyProcesses.Request(pids=[child & 0xFFFF], low_16_bits=True)
    assert peer.call(IdentifyProcesses, name, low).processes[0].executable == 'bulb'
