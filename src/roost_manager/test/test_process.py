# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The real process of the manager, driven through plain rclpy."""

import random
import signal
import sqlite3
import threading
import time

from manager_process import Client, DEADLINE_SEC, ManagerProcess, Robot
from manager_rig import deployment, manifest, package
import pytest

from roost_interfaces import msg
from roost_interfaces.action import DeployAndWait, DeprovisionAndWait, UpdateAndWait
from testbed.wait import eventually

EXIT_REFUSED = 3
EXIT_UNUSABLE = 4


@pytest.fixture
def make_manager(tmp_path, domain_id):
    """Make managers that end with the test."""
    made = []

    def make(**values):
        made.append(ManagerProcess(tmp_path, domain_id, **values))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def manager(make_manager):
    """Give a manager that serves."""
    return make_manager().start()


@pytest.fixture
def client(domain_id):
    """Give a node on the manager's domain."""
    client = Client(domain_id)
    yield client
    client.close()


@pytest.fixture
def robot(client, tmp_path, manager):
    """Give a device that obeys, when the manager knows it and has the package."""
    robot = Robot(client, tmp_path)
    known(client, 'rover1')
    apply(client, package())
    return robot


def known(client, name):
    def online():
        found = client.call('list_devices').devices
        return [each for each in found if each.name == name and each.liveness == 1]

    return eventually(online, DEADLINE_SEC, f'{name} is online')


def apply(client, *documents, **values):
    answer = client.call(
        'apply', files=[msg.ManifestFile(name='a.yaml', text=manifest(*documents))], **values
    )
    assert answer.result.ok, answer.result.message
    return answer


def spec(name, **values):
    return msg.DeploymentSpec(
        name=name,
        package_name='pack',
        package_version='1',
        components=[msg.ComponentSpec(name='main', device='rover1')],
        **values,
    )


def state(client, name):
    found = client.call('get_deployment', deployment=name)
    return (found.deployment.phase, found.deployment.status) if found.result.ok else None


RUNNING = (msg.Deployment.PHASE_SUCCEEDED, msg.Deployment.STATUS_RUNNING)


def test_a_life_from_apply_to_deprovision(client, robot):
    events = client.listen(msg.DeploymentEvent, '/roost/deployment_manager/events')
    apply(client, deployment('base'), deployment('nav', 'base'))

    eventually(lambda: state(client, 'nav') == RUNNING, DEADLINE_SEC)
    answer = client.call('deprovision', deployments=['base', 'nav'])
    assert answer.result.ok, answer.result.message
    eventually(lambda: not client.call('list_deployments').deployments, DEADLINE_SEC)

    kept = client.call('list_events').events
    eventually(lambda: events and events[-1].number == kept[-1].number, DEADLINE_SEC)
    numbers = [each.number for each in events]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert [each.message for each in events] == [
        each.message for each in kept if each.number >= numbers[0]
    ]


def deploy(client, name, **values):
    goal = DeployAndWait.Goal(spec=spec(name), **values)
    return client.goal(DeployAndWait, 'deploy_and_wait', goal)


def test_an_action_follows_a_deployment_and_its_removal(client, robot):
    handle, feedback = deploy(client, 'base')
    # What comes behind the result is not given out.
    eventually(lambda: feedback, DEADLINE_SEC)

    answer = client.result(handle.get_result_async)

    assert answer.result.result.ok
    assert (answer.result.deployment.phase, answer.result.deployment.status) == RUNNING
    assert feedback[0].deployment.phase == msg.Deployment.PHASE_PROVISIONING

    handle, _ = client.goal(
        DeprovisionAndWait, 'deprovision_and_wait', DeprovisionAndWait.Goal(deployments=['base'])
    )
    answer = client.result(handle.get_result_async)
    assert answer.result.result.ok
    assert answer.result.deployments[0].phase == msg.Deployment.PHASE_DEPLOYMENT_STOPPED


def update(client, **values):
    goal = UpdateAndWait.Goal(deployment='base', **values)
    return client.goal(UpdateAndWait, 'update_and_wait', goal)


def test_an_action_follows_an_update(client, robot):
    handle, _ = deploy(client, 'base')
    client.result(handle.get_result_async)

    handle, feedback = update(client, expected_generation=1)
    eventually(lambda: feedback, DEADLINE_SEC)
    answer = client.result(handle.get_result_async)

    assert answer.result.result.ok, answer.result.result.message
    assert answer.result.deployment.generation == 2
    assert feedback[0].deployment.phase == msg.Deployment.PHASE_PROVISIONING
    second = client.call('get_history', deployment='base').generations[1]
    assert second.outcome == msg.GenerationRecord.OUTCOME_SUCCEEDED


@pytest.mark.parametrize(
    ('on_cancel', 'outcome'),
    [
        (UpdateAndWait.Goal.ON_CANCEL_LEAVE, msg.GenerationRecord.OUTCOME_IN_PROGRESS),
        (UpdateAndWait.Goal.ON_CANCEL_ROLLBACK, msg.GenerationRecord.OUTCOME_CANCELLED),
    ],
)
def test_a_cancelled_update_goes_on_or_is_given_up(client, robot, on_cancel, outcome):
    handle, _ = deploy(client, 'base')
    client.result(handle.get_result_async)
    robot.obeys = False
    handle, feedback = update(client, on_cancel=on_cancel)
    eventually(lambda: feedback, DEADLINE_SEC)

    client.result(handle.cancel_goal_async)
    answer = client.result(handle.get_result_async)

    assert answer.result.result.code == 'CANCELLED'
    (_, second) = client.call('get_history', deployment='base').generations
    assert second.outcome == outcome


def test_a_goal_that_is_refused_says_why(client, robot):
    goal = DeployAndWait.Goal(spec=spec('No name'))
    handle, _ = client.goal(DeployAndWait, 'deploy_and_wait', goal)

    assert client.result(handle.get_result_async).result.result.code == 'INVALID'


def test_a_goal_ends_at_its_timeout_and_the_work_goes_on(client, robot):
    robot.obeys = False
    handle, feedback = deploy(client, 'base', timeout_sec=0.3)
    eventually(lambda: feedback, DEADLINE_SEC)

    answer = client.result(handle.get_result_async)

    assert answer.result.result.code == 'TIMEOUT'
    assert feedback[-1].deployment.reason == 'waiting for rover1 to take it on'
    robot.obey_again()
    eventually(lambda: state(client, 'base') == RUNNING, DEADLINE_SEC)


@pytest.mark.parametrize(
    ('on_cancel', 'goes_on'),
    [(DeployAndWait.Goal.ON_CANCEL_LEAVE, True), (DeployAndWait.Goal.ON_CANCEL_ROLLBACK, False)],
)
def test_a_cancelled_goal_leaves_the_robot_alone_or_rolls_back(client, robot, on_cancel, goes_on):
    robot.obeys = False
    handle, feedback = deploy(client, 'base', on_cancel=on_cancel)
    eventually(lambda: feedback, DEADLINE_SEC)

    client.result(handle.cancel_goal_async)
    answer = client.result(handle.get_result_async)

    assert answer.result.result.code == 'CANCELLED'
    assert answer.result.deployment.deprovisioning is False
    robot.obey_again()
    if goes_on:
        eventually(lambda: state(client, 'base') == RUNNING, DEADLINE_SEC)
    else:
        eventually(lambda: state(client, 'base') is None, DEADLINE_SEC)


def test_what_was_acknowledged_survives_kills_at_any_moment(client, robot, manager):
    acknowledged = {}
    enough = threading.Event()

    def create():
        number = 0
        while not enough.is_set():
            name = f'd{number}'
            request = {'spec': spec(name), 'wait': True, 'request_id': name}
            answer = client.call('create_deployment', every_sec=0.5, timeout_sec=60, **request)
            assert answer.result.ok, answer.result.message
            acknowledged[name] = answer.deployment_id
            number += 1

    thread = threading.Thread(target=create)
    thread.start()
    chance = random.Random(7)
    try:
        for _ in range(3):
            so_far = len(acknowledged)
            eventually(lambda so_far=so_far: len(acknowledged) >= so_far + 3, 60)
            threading.Event().wait(chance.random() * 0.05)
            manager.kill9()
            manager.start()
    finally:
        enough.set()
        thread.join(60)

    found = client.call('list_deployments').deployments
    assert {each.name: each.id for each in found} == acknowledged
    eventually(
        lambda: all(
            (each.phase, each.status) == RUNNING
            for each in client.call('list_deployments').deployments
        ),
        DEADLINE_SEC,
    )
    numbers = [each.number for each in client.call('list_events').events]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_second_manager_names_the_first_and_refuses(make_manager, manager):
    second = make_manager(name='second', second_manager_probe_sec=5.0)
    second.start(serving=False)

    assert second.child.wait(DEADLINE_SEC) == EXIT_REFUSED
    assert 'another deployment manager is in charge of /roost' in second.log
    assert f'process {manager.child.pid}' in second.log
    assert 'Traceback' not in second.log
    assert manager.child.poll() is None


def test_a_second_manager_on_the_same_database_is_refused(make_manager, manager):
    second = make_manager(second_manager_probe_sec=0.1)
    second.start(serving=False)

    assert second.child.wait(DEADLINE_SEC) == EXIT_UNUSABLE
    assert f'in use by process {manager.child.pid}' in second.log
    assert 'Traceback' not in second.log


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_asked_to(client, robot, manager, number):
    robot.obeys = False
    _, feedback = deploy(client, 'base')
    eventually(lambda: feedback, DEADLINE_SEC)

    code, took = manager.end(number)

    assert code == 0, manager.log
    assert took < 5.0
    assert 'Traceback' not in manager.log
    assert 'was never awaited' not in manager.log


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_it_ends_while_it_still_looks_for_another_one(make_manager, number):
    manager = make_manager(second_manager_probe_sec=30.0)
    manager.start(serving=False)
    eventually((manager.state_dir / 'manager.db').exists, DEADLINE_SEC)

    code, took = manager.end(number)

    assert code == 0, manager.log
    assert took < 5.0
    assert 'Traceback' not in manager.log


@pytest.mark.parametrize(
    ('values', 'text'),
    [
        ({'missed_heartbeats': 0}, 'missed_heartbeats'),
        ({'heartbeat_period_sec': 'soon'}, 'heartbeat_period_sec'),
        ({'database_url': 'sqlite:////dev/null/manager.db'}, 'cannot open the database'),
        ({'database_url': 'no url'}, 'no url'),
    ],
)
def test_what_it_cannot_start_with_is_told_without_a_traceback(make_manager, values, text):
    manager = make_manager(**values)
    manager.start(serving=False)

    assert manager.child.wait(DEADLINE_SEC) == EXIT_UNUSABLE
    assert text in manager.log
    assert 'Traceback' not in manager.log


def test_whole_numbers_of_seconds_are_taken(make_manager):
    make_manager(removal_deadline_sec=5).start()


def test_a_database_that_cannot_be_read_is_told(make_manager, manager, client, robot):
    apply(client, deployment('base'))
    manager.kill9()
    with sqlite3.connect(manager.state_dir / 'manager.db') as database:
        database.execute("UPDATE deployments SET body = '{}'")
    database.close()

    manager.start(serving=False)

    assert manager.child.wait(DEADLINE_SEC) == EXIT_UNUSABLE
    assert "cannot serve: not a Deployment: 'id' is missing" in manager.log
    assert 'Traceback' not in manager.log


def test_a_restored_backup_is_noticed_and_recovered_from(client, robot, manager):
    apply(client, deployment('base'))
    eventually(lambda: state(client, 'base') == RUNNING, DEADLINE_SEC)
    manager.end()
    database = manager.state_dir / 'manager.db'
    backup = database.read_bytes()
    manager.start()
    apply(client, deployment('nav'))
    eventually(lambda: state(client, 'nav') == RUNNING, DEADLINE_SEC)
    manager.end()
    for leftover in manager.state_dir.glob('manager.db-*'):
        leftover.unlink()
    database.write_bytes(backup)
    manager.start()

    def refused():
        answer = client.call('create_deployment', spec=spec('more'))
        return answer.result.code == 'UNAVAILABLE' and answer.result.message

    known(client, 'rover1')
    assert 'roost manager recover' in eventually(refused, DEADLINE_SEC)
    assert client.call('recover').epoch == 2
    eventually(lambda: robot.states[-1].epoch == 2, DEADLINE_SEC)
    assert [each.deployment_name for each in robot.states[-1].keep] == ['base']
    assert robot.states[-1].remove == ()


def test_a_start_takes_no_longer_than_seconds(make_manager):
    began = time.monotonic()

    make_manager().start()

    assert time.monotonic() - began < 10.0
