# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A package is deployed from a registry, looked at, and removed again."""

import json

from roost_core.phase import Phase
from roost_core.status import Status
from system.manifests import component, container, deployment, executable, FOREVER, package
from system.operator import containers, only
from testbed import busybox, eventually


def test_one_container_is_deployed_and_removed(fleet, operator):
    image = fleet.registry.push(busybox(), 'camera:1.0')

    changes = operator.apply(container('camera', image, *FOREVER, ros=True), deployment('camera'))
    (camera,) = operator.until_running('camera')

    assert camera.id == changes['Deployment/camera'].deployment_id
    (found,) = containers(fleet, camera.id).values()
    assert found.status == 'running'
    assert found.labels['roost.deployment-name'] == 'camera'
    assert found.labels['roost.component'] == found.labels['roost.executable'] == 'main'
    assert found.labels['roost.generation'] == '1'
    assert found.labels['roost.device'] == 'rover1'
    settings = found.attrs['HostConfig']
    assert settings['NetworkMode'] == settings['IpcMode'] == 'host'
    assert settings['Init']
    assert settings['RestartPolicy']['Name'] == 'no'
    reported = only(camera)
    assert reported.instance_id == found.id
    assert reported.image_digest == fleet.registry.digest('camera:1.0')
    assert reported.restart_count == 0
    assert reported.started_at is not None

    operator.until_stopped(*operator.deprovision('camera'))

    assert containers(fleet, camera.id) == {}


def test_several_components_and_executables_on_two_devices(fleet, operator):
    image = fleet.registry.push(busybox(), 'arm:1.0')
    operator.apply(
        package(
            'arm',
            component(
                'motors',
                executable('left', *FOREVER, image=image),
                executable('right', *FOREVER, image=image),
            ),
            component('planner', executable('planner', *FOREVER, image=image)),
        ),
        deployment(
            'arm', components={'motors': {'device': 'rover1'}, 'planner': {'device': 'rover2'}}
        ),
    )

    (arm,) = operator.until_running('arm')

    found = containers(fleet, arm.id)
    assert set(found) == {('rover1', 'left'), ('rover1', 'right'), ('rover2', 'planner')}
    names = {each.attrs['Config']['Hostname'] for each in found.values()}
    assert len(names) == 3
    assert found['rover2', 'planner'].attrs['HostConfig']['IpcMode'] != 'host'
    assert {part.name: part.status for part in arm.components} == {
        'motors': Status.RUNNING,
        'planner': Status.RUNNING,
    }

    operator.until_stopped(*operator.deprovision('arm'))

    assert containers(fleet, arm.id) == {}


def test_an_image_is_named_by_its_digest(fleet, operator):
    fleet.registry.push(busybox().running(*FOREVER).labelled(release='old'), 'pinned:1.0')
    digest = fleet.registry.digest('pinned:1.0')
    fleet.registry.push(busybox().labelled(release='new'), 'pinned:1.0')
    image = f'{fleet.registry.host}/pinned@{digest}'

    operator.apply(container('pinned', image), deployment('pinned'))
    (pinned,) = operator.until_running('pinned')

    (found,) = containers(fleet, pinned.id).values()
    assert found.image.labels['release'] == 'old'
    assert only(pinned).image_digest == digest
    operator.until_stopped(*operator.deprovision('pinned'))


def test_a_command_of_one_text_goes_through_a_shell(fleet, operator):
    image = fleet.registry.push(busybox(), 'shell:1.0')
    main = executable('main', image=image) | {'command': 'test "$((1+1))" = 2 && sleep 100000'}

    operator.apply(package('shell', component('main', main)), deployment('shell'))

    (shell,) = operator.until_running('shell')
    assert only(shell).restart_count == 0
    operator.until_stopped(*operator.deprovision('shell'))


def test_what_does_not_end_when_asked_is_killed_in_time(fleet, operator):
    image = fleet.registry.push(busybox(), 'deaf:1.0')
    deaf = ('sh', '-c', 'trap "" TERM; echo deaf; while :; do sleep 1; done')
    operator.apply(container('deaf', image, *deaf, stopTimeout='1s'), deployment('deaf'))
    (deployed,) = operator.until_running('deaf')
    (found,) = containers(fleet, deployed.id).values()
    fleet.devices['rover1'].engine.wait_output(found, 'deaf')
    begun = operator.events('deaf')[-1].stamp

    operator.until_stopped(*operator.deprovision('deaf'), timeout_sec=9)  # the default is 10

    ended = operator.events(deployed.id)[-1].stamp
    assert (ended - begun).total_seconds() >= 1
    assert found.id not in {each.id for each in containers(fleet, deployed.id).values()}


def test_one_bad_executable_among_good_ones(fleet, operator):
    image = fleet.registry.push(busybox(), 'mixed:1.0')
    operator.apply(
        package(
            'mixed',
            component(
                'body',
                executable('good', *FOREVER, image=image),
                executable('bad', *FOREVER, image=fleet.registry.reference('mixed:9.9')),
            ),
        ),
        deployment('mixed', components={'body': {'device': 'rover2'}}),
    )

    mixed = operator.until('mixed', Status.ERROR, phase=Phase.PROVISIONING, code='DEP_E161')

    assert mixed.reason.startswith('body/bad on rover2: image registry:5000/mixed:9.9 not found')
    eventually(lambda: only(operator.see('mixed'), 'good').status is Status.RUNNING)
    operator.until_stopped(*operator.deprovision('mixed'))
    assert containers(fleet, mixed.id) == {}


def test_many_at_once(fleet, operator):
    image = fleet.registry.push(busybox().labelled(many='yes'), 'many:1.0')
    names = [f'many-{number}' for number in range(12)]
    operator.apply(
        container('many', image, *FOREVER),
        *(
            deployment(name, 'many', device=f'rover{1 + number % 2}', labels={'of': 'many'})
            for number, name in enumerate(names)
        ),
    )

    running = operator.until_running(*names, timeout_sec=60)

    assert len({only(each).instance_id for each in running}) == len(names)
    operator.until_stopped(*operator.deprovision(selector='of=many'), timeout_sec=60)
    assert all(containers(fleet, each.id) == {} for each in running)


def test_the_command_line_shows_what_runs_and_why(fleet, operator, tmp_path):
    image = fleet.registry.push(busybox(), 'lidar:1.0')
    manifest = tmp_path / 'lidar.yaml'
    documents = (
        container('lidar', image, *FOREVER),
        deployment('lidar', labels={'site': 'lab'}),
    )
    manifest.write_text('\n---\n'.join(json.dumps(each) for each in documents))

    fleet.roost('apply', str(manifest), '--wait')

    (listed,) = json.loads(fleet.roost('get', '-l', 'site=lab', '-o', 'json'))
    assert listed['name'] == 'lidar'
    assert (listed['phase'], listed['status']) == (Phase.SUCCEEDED, Status.RUNNING)
    described = fleet.roost('describe', 'deployment', 'lidar')
    (found,) = containers(fleet, listed['id']).values()
    assert found.id[:12] in described
    assert fleet.registry.digest('lidar:1.0') == only(operator.see('lidar')).image_digest
    fleet.roost('deprovision', 'lidar', '--wait')

    assert containers(fleet, listed['id']) == {}
    assert 'lidar' not in operator.deployments()
    (over,) = json.loads(fleet.roost('get', '-a', 'deployments', listed['id'], '-o', 'json'))
    assert over['phase'] == Phase.DEPLOYMENT_STOPPED


def test_a_name_is_used_again_and_an_id_never(fleet, operator):
    image = fleet.registry.push(busybox(), 'gripper:1.0')
    operator.apply(container('gripper', image, *FOREVER))
    first = operator.apply(deployment('gripper'))['Deployment/gripper'].deployment_id
    operator.until_running('gripper')
    operator.until_stopped(*operator.deprovision('gripper'))

    second = operator.apply(deployment('gripper'))['Deployment/gripper'].deployment_id
    operator.until_running('gripper')

    assert first != second
    assert containers(fleet, first) == {}
    assert len(containers(fleet, second)) == 1
    assert operator.see(first).phase is Phase.DEPLOYMENT_STOPPED
    operator.until_stopped(*operator.deprovision('gripper'))


def test_what_a_stranger_runs_in_the_engine_is_left_alone(fleet, operator):
    engine = fleet.devices['rover1'].engine
    stranger = engine.run(busybox(), *FOREVER, name='stranger')
    image = fleet.registry.push(busybox(), 'guest:1.0')
    operator.apply(container('guest', image, *FOREVER), deployment('guest'))
    operator.until_running('guest')

    operator.until_stopped(*operator.deprovision('guest'))

    eventually(lambda: [each.name for each in engine.client.containers.list()] == ['stranger'])
    assert operator.device('rover1').orphans == ()
    stranger.remove(force=True)
