# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The executor as a process, with native processes, on ROS."""

from __future__ import annotations

import os
from pathlib import Path
import re
import signal
import time

from executor_process import DEADLINE_SEC, Executor, gone, Manager, ROVER
import pytest
from supervisor_rig import removal, wanted

from roost_core import error_codes
from roost_core.instance import DesiredInstance
from roost_core.package import DeviceRuntime, RestartPolicy
from roost_core.status import Status
from roost_interfaces.srv import IdentifyProcesses
from roost_wire import endpoints
from roost_wire.calls import call
from testbed.wait import eventually


def native(name: str, *command: str, **fields) -> DesiredInstance:
    return wanted(
        name,
        runtime=DeviceRuntime.PREINSTALLED,
        command=command or ('sleep', '1000'),
        **fields,
    )


DRIVER = native('driver')


def running(manager: Manager, executor: Executor, *items: DesiredInstance) -> dict[str, list[int]]:
    """Have these run, and return their process ids."""
    manager.ask(*items)
    for item in items:
        manager.wait_for(item, Status.RUNNING)
    return executor.processes()


def test_a_device_registers_deploys_and_removes(executor: Executor, manager: Manager) -> None:
    executor.start(labels='[site=lab]', variables='[MAP=/maps/lab]')
    first = manager.wait(lambda heard: heard, 'the first report')
    assert first.report.device == ROVER
    assert first.report.order == (1, 1)
    assert first.report.facts.runtimes == (DeviceRuntime.PREINSTALLED,)
    assert first.report.facts.labels == {'site': 'lab'}
    assert first.report.facts.variables == {'MAP': '/maps/lab'}
    assert first.report.facts.disk_free_bytes > 0
    assert first.key_id.startswith('ed25519:')

    assert len(running(manager, executor, DRIVER)['driver']) == 1
    assert manager.last.applied == (1, 1)
    eventually(
        lambda: (
            manager.beats
            and (manager.beats[-1].incarnation, manager.beats[-1].sequence) == manager.last.order
            and manager.beats[-1].revision == 1
        ),
        30,
        'a heartbeat that names the last report',
    )

    manager.ask(remove=(removal('driver'),))
    manager.wait_removed('driver')
    assert executor.processes() == {}


def test_what_crashes_is_restarted_and_explained(executor: Executor, manager: Manager) -> None:
    executor.start()
    crashing = native('crashing', 'sh', '-c', 'echo no camera >&2; exit 3')

    manager.ask(crashing, DRIVER)

    report = manager.wait_for(
        crashing,
        Status.ERROR,
        lambda each: error_codes.CRASH_LOOP in each.codes and 'no camera' in each.reason.text,
    )
    assert report.exit_code == 3
    assert report.restart_count >= 3
    assert manager.wait_for(DRIVER, Status.RUNNING).restart_count == 0


def test_a_killed_process_comes_back(executor: Executor, manager: Manager) -> None:
    executor.start()
    [pid] = running(manager, executor, DRIVER)['driver']

    os.kill(pid, signal.SIGKILL)

    manager.wait_for(DRIVER, Status.RUNNING, lambda each: each.restart_count == 1)
    assert executor.processes()['driver'] != [pid]


def test_a_killed_executor_adopts_what_runs(executor: Executor, manager: Manager) -> None:
    executor.start()
    before = running(manager, executor, DRIVER, native('other'))

    executor.end(signal.SIGKILL)
    heard = len(manager.heard)
    executor.start()

    report = manager.wait(lambda it: it.report.incarnation == 2 and it, 'news', after=heard).report
    assert [each.status for each in report.instances] == [Status.RUNNING, Status.RUNNING]
    assert [each.restart_count for each in report.instances] == [0, 0]
    assert report.applied == (1, 1)
    assert executor.processes() == before


@pytest.mark.parametrize('created', [1, 5, 10])
def test_killed_while_it_deploys_it_ends_up_with_one_of_each(
    executor: Executor, manager: Manager, created: int
) -> None:
    executor.start()
    many = [native(f'robot{number}') for number in range(10)]
    manager.ask(*many)
    folders = executor.state_dir / 'processes'
    eventually(
        lambda: len([*folders.iterdir()]) >= created, 30, f'{created} instances', period_sec=0.001
    )

    executor.end(signal.SIGKILL)
    heard = len(manager.heard)
    executor.start()

    for item in many:
        manager.wait_for(item, Status.RUNNING, after=heard)
    found = executor.processes()
    assert sorted(found) == sorted(item.deployment_name for item in many)
    assert all(len(pids) == 1 for pids in found.values())
    assert [each.restart_count for each in manager.last.instances] == [0] * len(many)


def test_without_a_manager_it_goes_on(
    executor: Executor, manager: Manager, tmp_path: Path, domain_id: int
) -> None:
    executor.start()
    [pid] = running(manager, executor, DRIVER)['driver']
    executor.end(signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    gone(pid)
    manager.close()

    executor.start()

    eventually(lambda: executor.processes().get('driver'), 30, 'the driver without a manager')
    later = Manager(tmp_path, domain_id)
    try:
        assert later.wait_for(DRIVER, Status.RUNNING).restart_count == 1
    finally:
        later.close()


def test_a_damaged_checkpoint_removes_nothing(executor: Executor, manager: Manager) -> None:
    executor.start()
    before = running(manager, executor, DRIVER)
    executor.end()
    (executor.state_dir / 'checkpoint.json').write_bytes(b'oops')
    manager.close()

    executor.start()

    eventually(lambda: 'set aside' in executor.log, 30, 'the notice')
    assert executor.processes() == before


def test_a_strange_manager_is_not_obeyed(
    executor: Executor, manager: Manager, tmp_path: Path, domain_id: int
) -> None:
    executor.start()
    before = running(manager, executor, DRIVER)
    stranger = Manager(tmp_path, domain_id, 'stranger')
    try:
        stranger.epoch = 9
        stranger.ask(remove=(removal('driver'),))
        manager.wait(
            lambda heard: any("manager 'stranger'" in text for text in heard.report.notices),
            'a notice',
        )
    finally:
        stranger.close()

    manager.ask(DRIVER, native('other'))
    manager.wait_for(native('other'), Status.RUNNING)
    assert executor.processes()['driver'] == before['driver']


def test_unsigned_altered_and_malformed_states_are_not_obeyed(
    executor: Executor, manager: Manager
) -> None:
    def unsigned(envelope):
        envelope.signature = []

    def altered(envelope):
        envelope.body = bytes(envelope.body).replace(b'driver', b'diver1')

    def malformed(envelope):
        envelope.body = b'\xff\xfe{'

    executor.start()
    running(manager, executor, DRIVER)
    for damage in (unsigned, altered, malformed):
        heard = len(manager.heard)
        manager.ask(remove=(removal('driver'),), alter=damage)
        manager.wait(
            lambda heard: any('ignored' in text for text in heard.report.notices),
            'a notice',
            after=heard if damage is unsigned else 0,
        )

    manager.ask(DRIVER)
    manager.wait(lambda heard: heard.report.applied == (1, manager.revision), 'a later answer')
    manager.wait(
        lambda heard: not any('ignored' in text for text in heard.report.notices),
        'the notice taken back',
        after=len(manager.heard) - 1,
    )
    assert len(executor.processes()['driver']) == 1


def test_an_older_state_is_not_obeyed_until_the_epoch_rises(
    executor: Executor, manager: Manager
) -> None:
    executor.start()
    manager.revision = 19
    running(manager, executor, DRIVER)

    manager.ask(remove=(removal('driver'),), revision=12)
    manager.wait(
        lambda heard: any('older desired state (1, 12)' in it for it in heard.report.notices),
        'a notice',
    )
    assert len(executor.processes()['driver']) == 1

    manager.epoch, manager.revision = 2, 0
    manager.ask(remove=(removal('driver'),))
    manager.wait_removed('driver')


def test_a_second_executor_is_refused(executor: Executor, manager: Manager) -> None:
    first = executor.start()
    manager.wait(lambda heard: heard, 'a report')

    second = executor.start()

    assert second.wait(DEADLINE_SEC) == 3
    assert f'(pid {first.pid})' in executor.log
    assert first.poll() is None


def test_a_name_that_belongs_to_another_machine_is_given_up(
    executor: Executor, manager: Manager
) -> None:
    child = executor.start()
    before = running(manager, executor, DRIVER)

    manager.ask(remove=(removal('driver'),), device_key_id='ed25519:another')

    assert child.wait(DEADLINE_SEC) == 3
    assert "'rover1' is claimed by another machine" in executor.log
    assert 'Traceback' not in executor.log
    assert not any(heard.report.leaving for heard in manager.heard)
    assert executor.processes() == before


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_a_clean_end_says_goodbye_and_leaves_everything_running(
    executor: Executor, manager: Manager, number: signal.Signals
) -> None:
    executor.start()
    before = running(manager, executor, DRIVER, native('slow', 'sh', '-c', 'sleep 1000'))
    began = time.monotonic()

    assert executor.end(number) == 0

    assert time.monotonic() - began < 5.0
    manager.wait(lambda heard: heard.report.leaving, 'a goodbye')
    assert 'Traceback' not in executor.log
    assert executor.processes() == before


def test_a_clean_end_does_not_wait_for_a_program_that_does_not_end(
    executor: Executor, manager: Manager
) -> None:
    stubborn = native('stubborn', 'sh', '-c', 'trap "" TERM; while :; do sleep 1; done')
    executor.start()
    running(manager, executor, stubborn)
    manager.ask(remove=(removal('stubborn'),))
    manager.wait(lambda heard: heard.report.removals, 'the removal under way')
    began = time.monotonic()

    assert executor.end() == 0

    assert time.monotonic() - began < 5.0
    manager.wait(lambda heard: heard.report.leaving, 'a goodbye')


def test_the_last_report_can_be_had_again(executor: Executor, manager: Manager) -> None:
    executor.start()
    running(manager, executor, DRIVER)

    def is_repeated() -> bool:
        last = manager.last
        manager.request_report()  # again and again: DDS may not have made it known yet
        return len([each for each in manager.heard if each.report == last]) > 1

    eventually(is_repeated, 30, 'the same report once more', period_sec=0.2)


def test_processes_are_identified(executor: Executor, manager: Manager) -> None:
    executor.start()
    tree = native('tree', 'sh', '-c', 'sleep 1000 & wait')
    [pid] = running(manager, executor, tree)['tree']
    node = manager.session.node
    client = node.create_client(
        IdentifyProcesses, endpoints.of_executor(ROVER, 'identify_processes')
    )

    answer = call(
        client, IdentifyProcesses.Request(pids=[pid, os.getpid()]), timeout_sec=DEADLINE_SEC
    )
    short = call(
        client,
        IdentifyProcesses.Request(pids=[pid & 0xFFFF], low_16_bits=True),
        timeout_sec=DEADLINE_SEC,
    )

    assert answer.result.ok
    assert [each.pid for each in answer.processes] == [pid, os.getpid()]
    assert [each.found for each in answer.processes] == [True, False]
    assert answer.processes[0].deployment_id == 'tree-1'
    assert (answer.processes[0].component, answer.processes[0].executable) == ('driver', 'main')
    assert short.processes[0].deployment_id == 'tree-1'


def test_completed_work_stays_completed_over_a_restart(
    executor: Executor, manager: Manager, tmp_path: Path
) -> None:
    job = native('job', 'sh', '-c', f'echo done >> {tmp_path}/done', restart=RestartPolicy.NEVER)
    executor.start()
    manager.ask(job)
    manager.wait_for(job, Status.STOPPED)
    executor.end(signal.SIGKILL)
    heard = len(manager.heard)

    executor.start()

    manager.wait_for(job, Status.STOPPED, after=heard)
    assert (tmp_path / 'done').read_text() == 'done\n'


@pytest.mark.parametrize(
    ('parameters', 'complaint'),
    [
        ({'device': ''}, "'device' must be the name of this device: it is missing"),
        ({'device': 'Rover-1'}, "'Rover-1' is none"),
        ({'runtimes': '[kubernetes]'}, 'known are docker, preinstalled, auto'),
        ({'manager_key': 'hello'}, 'manager_key'),
        ({'labels': '[site]'}, "'site' is not of the form key=value"),
        ({'heartbeat_period_sec': '-1.0'}, 'heartbeat_period_sec'),
        ({'state_dir': '/proc/nowhere'}, '/proc/nowhere'),
        ({'runtimes': '[docker]', 'docker_host': "''"}, "'docker_host' is empty"),
    ],
)
def test_a_parameter_of_no_use_is_refused_with_the_reason(
    executor: Executor, parameters: dict[str, str], complaint: str
) -> None:
    child = executor.start(**parameters)

    assert child.wait(DEADLINE_SEC) == 4
    assert complaint in executor.log
    assert 'Traceback' not in executor.log


def test_the_engine_may_come_later(executor: Executor, manager: Manager) -> None:
    executor.start(runtimes='[docker, preinstalled]', docker_host='unix:///nowhere/docker.sock')
    camera = wanted('camera')

    manager.ask(DRIVER, camera)

    manager.wait_for(DRIVER, Status.RUNNING)
    report = manager.wait_for(
        camera, Status.ERROR, lambda each: error_codes.ENGINE_UNREACHABLE in each.codes
    )
    assert re.search(r'engine', report.reason.text)
    assert manager.last.facts.runtimes == (DeviceRuntime.PREINSTALLED,)
    assert executor.end() == 0
