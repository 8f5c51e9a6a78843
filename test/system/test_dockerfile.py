# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The images of the Dockerfile: built without any network, they run, and manage their device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import json
from pathlib import Path
import time
from typing import Any

from docker.models.containers import Container
import pytest
from std_msgs.msg import Float32

from testbed import busybox, eventually, Fleet, reference, roost_disk, Site
from testbed.engine import Engine
from testbed.roost_images import build, NAMES

pytestmark = pytest.mark.timeout(900)  # when nothing is in the cache, and the computer is busy

END_SEC = 5.0
PARAMETERS = {'heartbeat_period_sec': 0.2}

CAMERA = f"""\
apiVersion: roost/v1
kind: Package
metadata: {{name: camera, version: '1'}}
spec:
  components:
    - name: main
      runtime: device
      device: {{runtime: docker}}
      executables:
        - name: camera
          image: {busybox().tag}
          imagePullPolicy: Never
          command: [sleep, '1000']
---
apiVersion: roost/v1
kind: Deployment
metadata: {{name: camera}}
spec:
  package: {{name: camera, version: '1'}}
  components: {{main: {{device: rover1}}}}
"""


@pytest.fixture
def fleet(make_fleet: Callable[..., Fleet]) -> Fleet:
    """Give a manager, and a device that has nothing but an engine with Roost's images."""
    return make_fleet(
        devices=['rover1'],
        disk=roost_disk(),
        executor=None,
        introspection=None,
        manager_parameters=PARAMETERS,
    )


def start(fleet: Fleet, name: str, program: str, **parameters: str | float) -> Container:
    """Run a node of one of the images on rover1, as the Dockerfile says."""
    state = fleet.site.directory('rover1') / f'{program}-state'
    state.mkdir()
    settings = {'state_dir': str(state), **PARAMETERS, **parameters}
    return fleet.devices['rover1'].engine.run(
        reference(name),
        program,
        '--ros-args',
        *(word for key, value in settings.items() for word in ('-p', f'{key}:={value}')),
        name=program,
        network_mode='host',
        ipc_mode='host',
        environment=fleet.environment(),
        volumes=['/var/run/docker.sock:/var/run/docker.sock', f'{state}:{state}'],
    )


def end(container: Container) -> int:
    """Ask a container to end, and give its exit code, if it ends in time."""
    began = time.monotonic()
    container.kill('SIGTERM')
    code = container.wait(timeout=4 * END_SEC)['StatusCode']
    assert time.monotonic() - began < END_SEC
    return int(code)


def listed(fleet: Fleet, *what: str) -> dict[str, Any]:
    """Give the one entry of a listing; not yet, while there is none."""
    entries = json.loads(fleet.roost(*what, '-o', 'json'))
    assert len(entries) == 1, entries
    return dict(entries[0])


def await_device(fleet: Fleet, liveness: str) -> dict[str, Any]:
    """Wait until the only device is online or offline, and give what is known of it."""

    def seen() -> dict[str, Any]:
        found = listed(fleet, 'devices')
        assert found['liveness'] == liveness
        return found

    return eventually(seen, 30, f'the device is {liveness}')


def running(fleet: Fleet) -> list[tuple[str, str]]:
    """Give id and start of the containers that Roost runs on rover1."""
    found = fleet.devices['rover1'].engine.client.containers.list(
        all=True, filters={'label': 'roost.deployment'}
    )
    return [(each.id, each.attrs['State']['StartedAt']) for each in found]


def test_an_executor_in_a_container_manages_the_device_it_is_on(
    fleet: Fleet, tmp_path: Path
) -> None:
    executor = start(fleet, 'executor', 'device_executor', device='rover1')
    seen = await_device(fleet, 'online')
    assert seen['runtimes'] == ['docker']  # what is installed on rover1, a container cannot start
    assert seen['ros_distro'] == 'jazzy'
    assert seen['hostname'] == 'rover1'

    manifest = tmp_path / 'camera.yaml'
    manifest.write_text(CAMERA)
    fleet.roost('apply', str(manifest), '--wait')
    before = running(fleet)
    assert len(before) == 1

    executor.kill()
    await_device(fleet, 'offline')
    executor.start()
    await_device(fleet, 'online')
    eventually(lambda: listed(fleet, 'get')['status'] == 'Running', 30, 'it runs')
    assert running(fleet) == before

    fleet.roost('deprovision', 'camera', '--wait')
    assert running(fleet) == []
    assert end(executor) == 0


def test_manager_and_examples_run_as_containers(fleet: Fleet) -> None:
    fleet.manager.stop()
    manager = start(fleet, 'manager', 'deployment_manager')
    introspection = start(fleet, 'manager', 'introspection')
    executor = start(fleet, 'executor', 'device_executor', device='rover1')
    await_device(fleet, 'online')

    engine = fleet.devices['rover1'].engine
    simulator = engine.run(
        reference('examples'),
        *('python3', '-m', 'roost_examples.simulator'),
        network_mode='host',
        ipc_mode='host',
        environment=fleet.environment(),
    )
    sensors = fleet.client.listen(Float32, '/sim/sensors', latched=False)
    eventually(lambda: sensors, 30, 'the simulator is heard')

    code, version = manager.exec_run(['bash', '-c', '. /opt/roost/scripts/env && roost --version'])
    assert (code, version.decode().split()[-1:]) == (0, ['0.1.0'])
    assert manager.exec_run(['dot', '-V'])[0] == 0
    assert [end(each) for each in (simulator, executor, introspection, manager)] == [0, 0, 0, 0]


@pytest.fixture(scope='module')
def engine() -> Iterator[Engine]:
    """Give an engine with Roost's images."""
    with Site(disk=roost_disk()) as site:
        yield site.device('rover1').engine


@pytest.mark.parametrize('name', NAMES)
def test_an_image_holds_what_is_installed_and_no_more(engine: Engine, name: str) -> None:
    built = engine.client.images.get(reference(name)).id
    assert build(engine, name) == built  # nothing is left to do when nothing has changed
    found = engine.client.containers.run(
        built, ['bash', '-c', 'cd /opt/roost && ls -A . && find . -xtype l'], remove=True
    )
    assert found.decode().split() == ['.venv', 'install', 'scripts']
    labels = engine.client.images.get(built).labels
    assert labels['org.opencontainers.image.licenses'] == 'Apache-2.0'
    assert labels['org.opencontainers.image.version'] == '0.1.0'
