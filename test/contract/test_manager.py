# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A real manager faces a device that knows nothing but the wire."""

from __future__ import annotations

from collections.abc import Callable
import itertools
from typing import Any

import pytest

from contract.fake_device import FACTS, FakeDevice
from contract.peer import Peer, Program
from contract.wire import BEST_EFFORT, Body, Key, LATCHED_OF_MANY, RELIABLE, seal
from roost_interfaces.action import DeployAndWait
from roost_interfaces.msg import (
    ComponentSpec,
    DependencySpec,
    Deployment,
    DeploymentEvent,
    DeploymentProgress,
    DeploymentSpec,
    Device,
    ExecutableState,
    ManagerBeacon,
    ManifestFile,
    ResourceChange,
    Result,
)
from roost_interfaces.srv import (
    Apply,
    CreateDeployment,
    Deprovision,
    Explain,
    GetDeployment,
    GetDevice,
    ListDevices,
    ListEvents,
    Recover,
)
from testbed.wait import eventually

MANAGER = '/roost/deployment_manager'
PACKAGE = """
apiVersion: roost/v1
kind: Package
metadata: {name: lamp, version: "1.0"}
spec:
  components:
  - name: light
    runtime: device
    device: {runtime: preinstalled, restart: on-failure}
    environment:
    - {name: COLOUR, default: red}
    executables:
    - {name: bulb, command: [sleep, "1000"], stopTimeout: 3}
"""


class Client:
    """Ask the manager, briefly."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def device(self, name: str) -> GetDevice.Response:
        return self._peer.call(GetDevice, f'{MANAGER}/get_device', GetDevice.Request(name=name))

    def deployment(self, name: str) -> Deployment:
        response = self._peer.call(
            GetDeployment, f'{MANAGER}/get_deployment', GetDeployment.Request(deployment=name)
        )
        assert response.result.ok, response.result
        return response.deployment

    def apply(self, *texts: str, **fields: Any) -> Apply.Response:
        files = [ManifestFile(name=f'{i}.yaml', text=text) for i, text in enumerate(texts)]
        return self._peer.call(Apply, f'{MANAGER}/apply', Apply.Request(files=files, **fields))

    def create(self, spec: DeploymentSpec, **fields: Any) -> CreateDeployment.Response:
        return self._peer.call(
            CreateDeployment,
            f'{MANAGER}/create_deployment',
            CreateDeployment.Request(spec=spec, **fields),
        )

    def deprovision(self, name: str, **fields: Any) -> Deprovision.Response:
        return self._peer.call(
            Deprovision,
            f'{MANAGER}/deprovision',
            Deprovision.Request(deployments=[name], **fields),
        )

    def events(self, **fields: Any) -> ListEvents.Response:
        return self._peer.call(ListEvents, f'{MANAGER}/list_events', ListEvents.Request(**fields))

    def is_online(self, name: str) -> bool:
        response = self.device(name)
        return response.result.ok and response.device.liveness == Device.LIVENESS_ONLINE


def lamp(device: str, name: str = 'lamp') -> DeploymentSpec:
    return DeploymentSpec(
        name=name,
        package_name='lamp',
        package_version='1.0',
        components=[ComponentSpec(name='light', device=device)],
    )


def about(kept: Body, status: str, **content: Any) -> Body:
    """Report an instance that is asked for."""
    return {
        'slot': kept['slot'],
        'deployment_name': kept['deployment_name'],
        'generation': kept['generation'],
        'status': status,
        **content,
    }


def until(block: Callable[[], object]) -> None:
    """Wait until a block of assertions holds."""
    eventually(lambda: block() or True, 30, block.__name__)


@pytest.fixture
def client(manager: Program, peer: Peer) -> Client:
    """Give someone who asks the manager."""
    return Client(peer)


@pytest.fixture
def rover(client: Client, peer: Peer) -> FakeDevice:
    """Give a device that is registered and sends signs of life."""
    device = FakeDevice(peer, 'rover1')
    device.report()
    device.keep_beating()
    eventually(lambda: client.is_online('rover1'), 30, 'rover1 is online')
    return device


@pytest.fixture
def kept(client: Client, rover: FakeDevice) -> Body:
    """Give the instance that the device is to keep once the lamp is deployed."""
    assert client.apply(PACKAGE).result.ok
    assert client.create(lamp('rover1')).result.ok
    return rover.wait_desired(lambda body: body.get('keep'), 'the lamp')['keep'][0]


def test_a_device_registers_and_hears_what_is_wanted_of_it(
    client: Client, rover: FakeDevice
) -> None:
    device = client.device('rover1').device
    desired = rover.wait_desired()

    assert device.key_id == rover.key.id
    assert (device.architecture, device.hostname) == (FACTS['architecture'], FACTS['hostname'])
    assert device.runtimes == FACTS['runtimes']
    assert desired['device_key_id'] == rover.key.id
    assert 'keep' not in desired
    assert 'remove' not in desired
    assert (device.desired_epoch, device.desired_revision) == (1, desired['revision'])


def test_a_device_is_told_what_to_run(rover: FakeDevice, kept: Body) -> None:
    assert kept['deployment_name'] == 'lamp'
    assert kept['generation'] == 1
    assert kept['restart'] == 'on-failure'
    spec = kept['spec']
    assert spec['runtime'] == 'preinstalled'
    assert spec['command'] == ['sleep', '1000']
    assert spec['stop_timeout_sec'] == 3
    assert spec['environment']['COLOUR'] == 'red'
    assert spec['environment']['ROOST_DEVICE'] == 'rover1'
    assert spec['environment']['ROOST_DEPLOYMENT_ID'] == kept['slot']['deployment_id']
    assert len(rover.manager_keys) == 1


def test_a_deployment_lives_as_its_device_reports(
    client: Client, peer: Peer, rover: FakeDevice, kept: Body
) -> None:
    progress = peer.listen(DeploymentProgress, f'{MANAGER}/progress', BEST_EFFORT)
    applied = [1, rover.wait_desired()['revision']]

    def is_now(phase: int, status: int) -> None:
        deployment = client.deployment('lamp')
        assert (deployment.phase, deployment.status) == (phase, status)

    def reported(**content: Any) -> Deployment:
        rover.report(applied=applied, instances=[about(kept, **content)])
        return client.deployment('lamp')

    percent = itertools.count(1)

    def is_pulling() -> None:
        done = float(next(percent))
        reason = {'kind': 'PULLING', 'text': 'pulling lamp:1.0', 'progress': done}
        deployment = reported(status='Pending', reason=reason)
        assert deployment.phase == Deployment.PHASE_PROVISIONING
        assert deployment.status == Deployment.STATUS_PENDING
        assert deployment.reason.startswith('pulling lamp:1.0, ')
        assert 1.0 <= deployment.components[0].executables[0].progress <= done
        assert progress
        assert progress[-1].reason == f'pulling lamp:1.0, {progress[-1].progress:.0f} %'

    until(is_pulling)

    started = {'started': True, 'instance_id': '77@1', 'started_at': 1.7e9}
    reported(status='Running', **started)
    until(lambda: is_now(Deployment.PHASE_SUCCEEDED, Deployment.STATUS_RUNNING))
    executable = client.deployment('lamp').components[0].executables[0]
    assert executable.instance_id == '77@1'
    assert executable.started_at.sec == 1_700_000_000
    assert not executable.exited

    restarting = {'kind': 'RESTARTING', 'text': 'exited with code 3', 'retry_in_sec': 8.0}
    ended = {'started': True, 'exit_code': 3, 'restart_count': 1}
    reported(status='Pending', reason=restarting, **ended)
    until(lambda: is_now(Deployment.PHASE_SUCCEEDED, Deployment.STATUS_PENDING))
    deployment = client.deployment('lamp')
    assert deployment.reason.startswith('exited with code 3, restarting in ')
    executable = deployment.components[0].executables[0]
    assert executable.exited
    assert (executable.exit_code, executable.restart_count) == (3, 1)

    loop = {'kind': 'CRASH_LOOP', 'text': 'exits again and again'}
    reported(status='Error', reason=loop, codes=['DEP_E163'], **ended)
    until(lambda: is_now(Deployment.PHASE_SUCCEEDED, Deployment.STATUS_ERROR))
    assert client.deployment('lamp').codes == ['DEP_E163']
    explained = peer.call(Explain, f'{MANAGER}/explain', Explain.Request(code='DEP_E163'))
    assert explained.codes[0].action


def test_a_removal_is_asked_for_by_name_until_it_is_confirmed(
    client: Client, rover: FakeDevice, kept: Body
) -> None:
    rover.report(instances=[about(kept, 'Running', started=True)])
    id = kept['slot']['deployment_id']

    assert client.deprovision('lamp').deployment_ids == [id]

    asked = rover.wait_desired(lambda body: body.get('remove'), 'the removal')
    assert asked['remove'] == [{'deployment_id': id, 'deployment_name': 'lamp'}]
    assert 'keep' not in asked
    assert client.deployment(id).deprovisioning
    rover.report(removals=[{'deployment_id': id, 'done': True}])
    rover.wait_desired(lambda body: 'remove' not in body, 'nothing more to remove')
    stopped = client.deployment(id)
    assert stopped.phase == Deployment.PHASE_DEPLOYMENT_STOPPED
    assert client.create(lamp('rover1')).result.ok, 'its name is free again'


def test_events_are_numbered_and_can_be_read_again(
    client: Client, peer: Peer, rover: FakeDevice
) -> None:
    heard = peer.listen(DeploymentEvent, f'{MANAGER}/events', RELIABLE)
    eventually(lambda: peer.node.count_publishers(f'{MANAGER}/events'), what='they are matched')
    assert client.apply(PACKAGE).result.ok
    id = client.create(lamp('rover1')).deployment_id
    kept = rover.wait_desired(lambda body: body.get('keep'))['keep'][0]
    rover.report(instances=[about(kept, 'Running', started=True)])
    eventually(lambda: heard and heard[-1].phase == Deployment.PHASE_SUCCEEDED, what='it is heard')

    listed = client.events().events

    numbers = [event.number for event in listed]
    assert numbers == list(range(1, len(numbers) + 1))
    eventually(lambda: heard[-1].number >= numbers[-1], what='all of them are heard')
    assert [event.number for event in heard] == numbers[-len(heard) :]
    kinds = [event.kind for event in listed if event.deployment_id == id]
    assert kinds[0] == DeploymentEvent.KIND_CREATED
    assert DeploymentEvent.KIND_EXECUTABLE in kinds
    assert client.events(deployment=id).events == [
        event for event in listed if event.deployment_id == id
    ]
    assert [event.number for event in client.events(since=2, limit=2).events] == [3, 4]
    newest = client.events(limit=1, latest=True)
    assert newest.events[0].number == newest.last_number == numbers[-1]


def test_the_same_request_is_carried_out_once(client: Client, rover: FakeDevice) -> None:
    assert client.apply(PACKAGE, request_id='a').result.ok

    first = client.create(lamp('rover1'), request_id='b', requested_by='me')
    again = client.create(lamp('rover1'), request_id='b', requested_by='me')
    other = client.create(lamp('rover1', 'lamp2'), request_id='b', requested_by='me')

    assert first.result.ok
    assert again == first
    assert other.result.code == Result.CODE_REPLAYED
    assert client.create(lamp('rover1')).result.code == Result.CODE_CONFLICT
    assert client.deprovision('lamp', expected_generation=2).result.code == Result.CODE_STALE
    assert client.deployment('lamp').created_by == 'me'


def test_an_apply_is_accepted_whole_or_not_at_all(client: Client, rover: FakeDevice) -> None:
    bad = PACKAGE.replace('runtime: preinstalled', 'runtime: docker').replace('lamp', 'torch')

    dry = client.apply(PACKAGE, dry_run=True)
    refused = client.apply(PACKAGE, bad)
    done = client.apply(PACKAGE)

    assert dry.changes[0].action == ResourceChange.ACTION_CREATE
    assert not refused.result.ok
    assert refused.result.problems
    assert {problem.file for problem in refused.result.problems} == {'1.yaml'}
    assert done.changes[0].action == ResourceChange.ACTION_CREATE
    assert client.apply(PACKAGE).changes[0].action == ResourceChange.ACTION_UNCHANGED


def test_every_reason_is_given(client: Client, peer: Peer, rover: FakeDevice) -> None:
    assert client.apply(PACKAGE.replace('preinstalled', 'preinstalled, arch: [arm64v8]')).result.ok
    request = ListDevices.Request(package_name='lamp', package_version='1.0', component='light')

    spec = lamp('rover1')
    spec.depends_on = [DependencySpec(deployment='nobody')]
    refused = client.create(spec)
    listed = peer.call(ListDevices, f'{MANAGER}/list_devices', request)

    assert sorted(problem.code for problem in refused.result.problems) == ['DEP_E162', 'NOT_FOUND']
    assert not listed.devices[0].candidate
    assert listed.devices[0].candidate_reasons == ['amd64, needs arm64v8']


def test_a_device_is_offline_when_it_is_silent_or_says_that_it_leaves(
    client: Client, rover: FakeDevice
) -> None:
    rover.fall_silent()
    eventually(lambda: not client.is_online('rover1'), what='its silence is noticed')
    rover.keep_beating()
    eventually(lambda: client.is_online('rover1'), what='it is back')

    rover.fall_silent()
    rover.report(leaving=True)

    eventually(
        lambda: client.device('rover1').device.reason == 'its executor was shut down',
        what='its leaving is noticed',
    )
    assert not client.is_online('rover1')


def test_a_report_that_was_missed_is_asked_for(
    client: Client, peer: Peer, rover: FakeDevice
) -> None:
    stranger = FakeDevice(peer, 'rover2')
    stranger.keep_beating()
    eventually(lambda: stranger.asked, what='an unknown device is asked')

    rover.body()  # a report that nobody got

    eventually(lambda: rover.asked, what='the device is asked')
    rover.report()
    eventually(lambda: client.is_online('rover1'), what='it is online')


def altered(device: FakeDevice) -> Any:
    envelope = seal(device.body(facts={**FACTS, 'hostname': 'evil'}), device.key)
    envelope.body[-3] ^= 1
    return envelope


def relabelled(device: FakeDevice) -> Any:
    envelope = seal(device.body(facts={**FACTS, 'hostname': 'evil'}), device.key)
    envelope.sequence += 5
    return envelope


def of_another_protocol(device: FakeDevice) -> Any:
    envelope = seal(device.body(facts={**FACTS, 'hostname': 'evil'}), device.key)
    envelope.protocol = 2
    return envelope


def of_a_later_schema(device: FakeDevice) -> Any:
    return seal({**device.body(facts={**FACTS, 'hostname': 'evil'}), 'schema': 2}, device.key)


def of_another_key(device: FakeDevice) -> Any:
    return seal(device.body(facts={**FACTS, 'hostname': 'evil'}), Key())


def too_large(device: FakeDevice) -> Any:
    facts = {**FACTS, 'hostname': 'evil' * 300_000}
    return seal(device.body(facts=facts), device.key)


def not_json(device: FakeDevice) -> Any:
    envelope = seal(device.body(), device.key)
    envelope.body = b'{"schema":1,'
    envelope.signature = device.key.sign(bytes(envelope.body))
    return envelope


def without_facts(device: FakeDevice) -> Any:
    body = device.body()
    del body['facts']
    return seal(body, device.key)


def with_not_a_number(device: FakeDevice) -> Any:
    reason = {'kind': 'PULLING', 'text': 'x', 'progress': float('nan')}
    instance = about(SOMETHING, 'Pending', reason=reason)
    return seal(device.body(facts={**FACTS, 'hostname': 'evil'}, instances=[instance]), device.key)


def with_a_negative_count(device: FakeDevice) -> Any:
    instance = about(SOMETHING, 'Running', started=True, restart_count=-1)
    return seal(device.body(facts={**FACTS, 'hostname': 'evil'}, instances=[instance]), device.key)


def with_a_huge_exit_code(device: FakeDevice) -> Any:
    instance = about(SOMETHING, 'Stopped', started=True, exit_code=2**40)
    return seal(device.body(facts={**FACTS, 'hostname': 'evil'}, instances=[instance]), device.key)


def of_a_name_that_is_none(device: FakeDevice) -> Any:
    body = {**device.body(facts={**FACTS, 'hostname': 'evil'}), 'device': 'Rover 1'}
    return seal(body, device.key)


SOMETHING = {
    'slot': {'deployment_id': 'x', 'component': 'light', 'executable': 'bulb'},
    'deployment_name': 'lamp',
    'generation': 1,
}


@pytest.mark.parametrize(
    'make',
    [
        altered,
        relabelled,
        of_another_protocol,
        of_a_later_schema,
        of_another_key,
        too_large,
        not_json,
        without_facts,
        with_not_a_number,
        with_a_negative_count,
        with_a_huge_exit_code,
        of_a_name_that_is_none,
    ],
    ids=lambda make: make.__name__,
)
def test_what_breaks_the_rules_changes_nothing(
    client: Client, rover: FakeDevice, kept: Body, make: Callable[[FakeDevice], Any]
) -> None:
    SOMETHING['slot'] = kept['slot']
    rover.report(instances=[about(kept, 'Running', started=True)])
    eventually(
        lambda: client.deployment('lamp').status == Deployment.STATUS_RUNNING, what='it runs'
    )
    before = rover.sequence

    rover.inject(make(rover))
    rover.sequence = before
    witness = FakeDevice(rover.peer, 'witness')
    witness.report()
    witness.keep_beating()  # asked for again, should it be lost behind a large one
    eventually(lambda: client.is_online('witness'), 30, 'a later report arrived')

    device = client.device('rover1').device
    assert device.hostname == 'fake'
    assert client.is_online('rover1')
    executable = client.deployment('lamp').components[0].executables[0]
    assert executable.status == ExecutableState.STATUS_RUNNING


def test_an_older_report_changes_nothing(client: Client, rover: FakeDevice) -> None:
    newer = {**FACTS, 'hostname': 'newer'}
    rover.report(facts=newer)
    eventually(lambda: client.device('rover1').device.hostname == 'newer')

    rover.inject(seal({**rover.body(), 'sequence': 1}, rover.key))
    rover.sequence -= 1
    rover.report(facts=newer, notices=['here I am'])

    eventually(lambda: client.device('rover1').device.problems == ['here I am'])
    assert client.device('rover1').device.hostname == 'newer'


def test_two_machines_of_one_name_are_shown(client: Client, peer: Peer, rover: FakeDevice) -> None:
    twin = FakeDevice(peer, 'rover1')
    twin.report(facts={**FACTS, 'hostname': 'twin'})

    def shown() -> None:
        device = client.device('rover1').device
        assert any('claimed by two machines' in problem for problem in device.problems)

    until(shown)
    device = client.device('rover1').device
    assert device.key_id == rover.key.id
    assert device.hostname == 'fake'


def test_a_killed_manager_knows_everything_again(
    manager: Program, client: Client, rover: FakeDevice, kept: Body
) -> None:
    rover.report(instances=[about(kept, 'Running', started=True)])
    eventually(lambda: client.deployment('lamp').status == Deployment.STATUS_RUNNING)
    before = rover.wait_desired()

    manager.kill()
    manager.start()

    eventually(lambda: client.is_online('rover1'), 30, 'it is heard again')
    deployment = client.deployment('lamp')
    assert deployment.id == kept['slot']['deployment_id']
    assert deployment.status == Deployment.STATUS_RUNNING
    assert rover.desired == before
    assert len(rover.manager_keys) == 1


def test_a_manager_older_than_its_fleet_serves_again_when_told_to_recover(
    client: Client, peer: Peer, rover: FakeDevice
) -> None:
    rover.report(applied=[1, 99])
    eventually(lambda: client.device('rover1').device.applied_revision == 99)

    assert client.apply(PACKAGE).result.code == Result.CODE_UNAVAILABLE
    request = Recover.Request(request_id='r')
    recovered = peer.call(Recover, f'{MANAGER}/recover', request)
    again = peer.call(Recover, f'{MANAGER}/recover', request)

    assert recovered.epoch == 2
    assert again == recovered
    assert rover.wait_desired(lambda body: body['epoch'] == 2)
    assert client.apply(PACKAGE).result.ok


def test_a_second_manager_gives_way(
    manager: Program,
    make_manager: Callable[..., Program],
    peer: Peer,
    client: Client,
    rover: FakeDevice,
) -> None:
    beacons = peer.listen(ManagerBeacon, '/roost/manager_beacon', LATCHED_OF_MANY)
    eventually(lambda: [each for each in beacons if each.serving_sec > 1], what='it serves')

    second = make_manager('second').start()

    assert second.wait_exit() == 3
    assert 'another deployment manager is in charge' in second.log
    assert client.is_online('rover1')


def test_a_deployment_is_asked_for_and_watched(
    client: Client, peer: Peer, rover: FakeDevice
) -> None:
    assert client.apply(PACKAGE).result.ok
    action = peer.action(DeployAndWait, f'{MANAGER}/deploy_and_wait')
    feedback: list[Any] = []
    goal = DeployAndWait.Goal(spec=lamp('rover1'), request_id='g', timeout_sec=30.0)

    handle = peer.send(action, goal, feedback.append)
    kept = rover.wait_desired(lambda body: body.get('keep'))['keep'][0]
    rover.report(instances=[about(kept, 'Running', started=True)])
    answer = peer.result(handle.get_result_async).result

    assert answer.result.ok
    assert answer.deployment.phase == Deployment.PHASE_SUCCEEDED
    eventually(lambda: feedback, what='feedback')
    second = peer.send(action, goal)
    again = peer.result(second.get_result_async).result
    assert again.deployment.id == answer.deployment.id


def test_who_stops_watching_leaves_the_work_alone(
    client: Client, peer: Peer, rover: FakeDevice
) -> None:
    assert client.apply(PACKAGE).result.ok
    action = peer.action(DeployAndWait, f'{MANAGER}/deploy_and_wait')
    handle = peer.send(action, DeployAndWait.Goal(spec=lamp('rover1')))

    peer.result(handle.cancel_goal_async)
    answer = peer.result(handle.get_result_async).result

    assert answer.result.code == Result.CODE_CANCELLED
    assert not client.deployment('lamp').deprovisioning


def test_the_manifest_of_a_deployment_can_be_read(client: Client, peer: Peer, kept: Body) -> None:
    response = peer.call(
        GetDeployment, f'{MANAGER}/get_deployment', GetDeployment.Request(deployment='lamp')
    )

    assert client.apply(response.manifest).changes[0].action == ResourceChange.ACTION_UNCHANGED
