# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Engines and registries: the scenarios that Roost must live through can be made."""

import docker
import pytest

from testbed.images import busybox
from testbed.registry import PASSWORD, USERNAME
from testbed.wait import eventually


def test_a_container_runs_in_the_network_of_its_device(site):
    rover1 = site.device('rover1')
    container = rover1.engine.run(
        busybox(), 'sh', '-ec', 'hostname; ip -4 addr', network_mode='host'
    )
    output = rover1.engine.wait_output(container, rover1.machine.address)
    assert output.startswith('rover1\n')


def test_devices_share_no_containers(site):
    rover1, rover2 = site.devices(['rover1', 'rover2'])
    rover1.engine.run(busybox(), 'sleep', '1000', name='camera')
    assert [c.name for c in rover1.engine.client.containers.list()] == ['camera']
    assert rover2.engine.client.containers.list(all=True) == []


@pytest.mark.parametrize('live_restore', [True, False])
def test_a_killed_engine_leaves_containers_running_and_comes_back(site, live_restore):
    rover1 = site.device('rover1', live_restore=live_restore)
    rover1.engine.run(busybox(), 'sleep', '4321', name='camera', init=True)
    rover1.engine.kill9()
    eventually(lambda: 'sleep 4321' in rover1.machine.run('ps', 'ax').stdout, what='it runs on')
    assert not rover1.engine.running
    rover1.engine.start()
    camera = rover1.engine.client.containers.get('camera')
    eventually(lambda: camera.reload() or camera.status in ('running', 'exited'))
    assert (camera.status == 'running') == live_restore


def test_a_power_cut_ends_containers_and_keeps_the_disk(site):
    rover1 = site.device('rover1')
    rover1.engine.run(busybox(), 'sh', '-ec', 'echo kept > /note; sleep 1000', name='camera')
    camera = rover1.engine.client.containers.get('camera')
    eventually(lambda: camera.exec_run(['test', '-s', '/note']).exit_code == 0, what='the note')
    rover1.reboot()
    camera = rover1.engine.client.containers.get('camera')
    assert camera.status == 'exited'
    assert b'kept' in b''.join(camera.get_archive('/note')[0])


def test_images_are_pulled_and_a_registry_can_be_away(site):
    registry, rover1 = site.registry(), site.device('rover1')
    turtle = busybox().labelled(version='1')
    reference = registry.push(turtle, 'turtle:1.0')
    assert rover1.engine.client.images.pull(reference).id == turtle.id
    asked = '/v2/turtle/blobs/'  # for configuration and layer; it is logged after the answer
    eventually(lambda: registry.requests('GET', asked) == 2, what='what was asked for')
    second = registry.push(busybox().labelled(version='2'), 'turtle:1.0')
    assert rover1.engine.client.images.pull(second).id != turtle.id
    eventually(lambda: registry.requests('GET', asked) == 3, what='the layer was there already')
    registry.delete('turtle:1.0')
    with pytest.raises(docker.errors.NotFound):
        rover1.engine.client.images.pull(reference)
    registry.stop()
    with pytest.raises(docker.errors.APIError, match='connection refused'):
        rover1.engine.client.images.pull(reference)


def test_a_registry_may_ask_for_a_password(site):
    registry, rover1 = site.registry(authenticated=True), site.device('rover1')
    reference = registry.push(busybox().labelled(secret='yes'), 'turtle:1.0')
    with pytest.raises(docker.errors.APIError, match='no basic auth credentials'):
        rover1.engine.client.images.pull(reference)
    known = {'username': USERNAME, 'password': PASSWORD}
    assert rover1.engine.client.images.pull(reference, auth_config=known)


def test_a_disk_can_be_full(site):
    registry, rover1 = site.registry(), site.device('rover1', disk_mb=24)
    big = busybox().with_files({'/ballast': bytes(40_000_000)})
    reference = registry.push(big, 'big:1.0')
    lines = list(rover1.engine.client.api.pull(reference, stream=True, decode=True))
    assert 'no space left on device' in lines[-1]['error']
