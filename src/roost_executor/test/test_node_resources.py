# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The executor as a process: secrets, volumes, configs, and the policy of the owner."""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
from dataclasses import replace
import os
from pathlib import Path
import random
import signal

from executor_process import DEADLINE_SEC, Executor, Manager
import pytest
from supervisor_rig import removal, wanted

from roost_core import error_codes
from roost_core.config import digest_of, pack
from roost_core.document import canonical_json, to_document
from roost_core.instance import DesiredInstance, InstanceSpec, Mount, MountKind
from roost_core.package import DeviceRuntime, SecretKeyRef
from roost_core.policy import DISCOVERY_SERVER
from roost_core.status import Status
from testbed import busybox, Device, Site
from testbed.wait import eventually

SECRET = 'correct horse battery staple'
NATIVE = DeviceRuntime.PREINSTALLED


def native(name: str, *command: str, **spec) -> DesiredInstance:
    item = wanted(name, runtime=NATIVE, command=command or ('sleep', '1000'))
    return replace(item, spec=replace(item.spec, **spec))


def volume(name: str, directory: str = '') -> DesiredInstance:
    item = wanted(name, runtime=DeviceRuntime.DIRECTORY)
    spec = InstanceSpec(runtime=DeviceRuntime.DIRECTORY, directory=directory)
    return replace(item, spec=spec)


SECRETIVE = native(
    'camera', secret_environment={'TOKEN': SecretKeyRef(name='camera', key='token')}
)
SECRETS = {'camera': {'data': {'token': SECRET}}}


def told_nowhere(executor: Executor, manager: Manager) -> None:
    """See that the secret is in no file, no log and no report."""
    needle = SECRET.encode()
    contents = {}
    for path in executor.state_dir.rglob('*'):
        # What is being written anew takes the place of a file that was read, or will be.
        with contextlib.suppress(FileNotFoundError):
            if path.is_file():
                contents[path] = path.read_bytes()
    assert contents
    assert [path for path, content in contents.items() if needle in content] == []
    assert SECRET not in executor.log
    reports = [canonical_json(to_document(heard.report)) for heard in manager.heard]
    assert not any(needle in body for body in reports)


def has_secret(pid: int) -> bool:
    return f'TOKEN={SECRET}\0'.encode() in Path(f'/proc/{pid}/environ').read_bytes()


def test_a_secret_reaches_a_process_and_is_kept_nowhere(
    executor: Executor, manager: Manager
) -> None:
    executor.start()
    manager.ask(SECRETIVE)
    report = manager.wait_for(SECRETIVE, Status.ERROR)
    assert report.codes == (error_codes.SECRET_MISSING,)

    heard = len(manager.heard)
    manager.ask(SECRETIVE, secrets=SECRETS)
    manager.wait_for(SECRETIVE, Status.RUNNING, after=heard)

    [pid] = executor.processes()['camera']
    assert has_secret(pid)
    assert SECRET.encode() not in Path(f'/proc/{pid}/cmdline').read_bytes()
    told_nowhere(executor, manager)


def test_a_secret_is_there_without_a_manager(executor: Executor, manager: Manager) -> None:
    executor.start()
    manager.ask(SECRETIVE, secrets=SECRETS)
    manager.wait_for(SECRETIVE, Status.RUNNING)
    executor.end(signal.SIGKILL)
    [pid] = executor.processes()['camera']
    manager.close()

    executor.start()
    os.kill(pid, signal.SIGKILL)

    def again() -> bool:
        pids = executor.processes().get('camera', [])
        return pids not in ([], [pid]) and has_secret(pids[0])

    eventually(again, 30, 'the process runs again, with its secret')
    told_nowhere(executor, manager)


def test_a_volume_is_deployed_kept_and_removed(executor: Executor, manager: Manager) -> None:
    maps = volume('maps')
    executor.start()
    manager.ask(maps)
    manager.wait_for(maps, Status.RUNNING)
    folder = executor.state_dir / 'volumes' / maps.slot.deployment_id
    (folder / 'lab').write_text('here')
    assert manager.last.facts.runtimes == (NATIVE,)

    executor.end(signal.SIGKILL)
    heard = len(manager.heard)
    executor.start()
    assert manager.wait_for(maps, Status.RUNNING, after=heard).restart_count == 0
    assert (folder / 'lab').read_text() == 'here'

    manager.ask(remove=(removal('maps'),))
    manager.wait_removed('maps')
    assert not folder.exists()


def test_a_folder_of_the_device_needs_to_be_allowed(
    executor: Executor, manager: Manager, tmp_path: Path
) -> None:
    own = tmp_path / 'own'
    policy = tmp_path / 'policy.yaml'
    policy.write_text(f'hostPaths: [{own}]\ncommands: [sleep]\n')
    executor.start(policy_file=str(policy))
    allowed, forbidden = volume('maps', str(own)), volume('etc', '/etc')
    shell = native('shell', 'sh', '-c', 'sleep 1000')

    manager.ask(allowed, forbidden, shell, native('driver'))

    for item, word in ((forbidden, 'hostPaths: /etc'), (shell, "commands: 'sh'")):
        report = manager.wait_for(item, Status.ERROR)
        assert report.codes == (error_codes.POLICY_FORBIDS,)
        assert word in report.reason.text
    manager.wait_for(native('driver'), Status.RUNNING)
    report = manager.wait_for(allowed, Status.ERROR)
    assert report.codes == (error_codes.MOUNT_FAILED,)
    assert str(own) in report.reason.text
    own.mkdir()
    manager.wait_for(allowed, Status.RUNNING)
    assert manager.last.facts.policy is not None
    assert manager.last.facts.policy.host_paths == (str(own),)


def test_a_discovery_server_is_run_whatever_may_be_run_else(
    executor: Executor, manager: Manager, tmp_path: Path
) -> None:
    policy = tmp_path / 'policy.yaml'
    policy.write_text('commands: []\n')
    # Of none that the kernel gives to whoever asks for some port, as DDS does.
    port = str(random.randrange(61000, 65536))
    command = (DISCOVERY_SERVER, '-i', '0', '-l', '0.0.0.0', '-p', port)
    server = native('site', *command, working_directory='.')
    executor.start(policy_file=str(policy))
    manager.ask(server)
    manager.wait_for(server, Status.RUNNING)

    def listens() -> bool:
        sockets = Path('/proc/net/udp').read_text().split()
        return f'00000000:{int(port):04X}' in sockets

    eventually(listens, 30, 'the server listens')
    manager.ask(remove=(removal('site'),))
    manager.wait_removed('site')
    assert not listens()


def test_a_policy_may_name_the_manager(
    executor: Executor, manager: Manager, tmp_path: Path, domain_id: int
) -> None:
    policy = tmp_path / 'policy.yaml'
    policy.write_text(f'managerKey: {manager.key.key_id}\n')
    executor.start(policy_file=str(policy))
    manager.ask(native('driver'))
    manager.wait_for(native('driver'), Status.RUNNING)
    assert not (executor.state_dir / 'manager.key').exists()


@pytest.mark.parametrize(
    ('text', 'complaint'),
    [
        ('privileged: true\nhostPath: [/data]\n', 'policy.yaml:2:1: hostPath: unknown key'),
        ('commands: ros2\n', 'policy.yaml:1:11: commands: expected a list'),
        ('managerKey: hello\n', 'managerKey is the key of no manager'),
        (None, 'No such file'),
    ],
)
def test_a_policy_of_no_use_keeps_the_executor_from_starting(
    executor: Executor, tmp_path: Path, text: str | None, complaint: str
) -> None:
    policy = tmp_path / 'policy.yaml'
    if text is not None:
        policy.write_text(text)
    assert executor.start(policy_file=str(policy)).wait(DEADLINE_SEC) == 4
    assert complaint in executor.log
    assert 'Traceback' not in executor.log


@pytest.fixture(scope='module')
def engine() -> Iterator[Device]:
    """Give a device with an engine that holds the busybox image."""
    with Site([busybox()]) as site:
        yield site.device('rover1')


def test_a_config_is_fetched_once_and_mounted(
    executor: Executor, manager: Manager, engine: Device
) -> None:
    files = pack({'nav.yaml': b'speed: 1\n', 'lab.pgm': os.urandom(5000)})
    digest = digest_of(files)
    manager.serve_config(files)
    item = wanted('camera', image=busybox().tag)
    item = replace(
        item,
        spec=replace(
            item.spec,
            mounts=(
                Mount(kind=MountKind.CONFIG, name='nav', source=digest, target='/nav'),
                Mount(kind=MountKind.VOLUME, name='maps', source='maps-1', target='/maps'),
            ),
            secret_environment={'TOKEN': SecretKeyRef(name='camera', key='token')},
        ),
    )
    executor.start(runtimes='[docker]', docker_host=engine.engine.url)

    manager.ask(volume('maps'), item, secrets=SECRETS)

    manager.wait_for(item, Status.RUNNING)
    reads = manager.reads
    assert reads >= 6
    container = engine.engine.client.containers.get(item.identity.token)
    done = container.exec_run(('sh', '-c', 'cat /nav/nav.yaml; echo x > /maps/x; echo "$TOKEN"'))
    assert done.output.decode() == f'speed: 1\n{SECRET}\n'
    assert (executor.state_dir / 'volumes' / 'maps-1' / 'x').read_text() == 'x\n'
    assert SECRET not in str(container.labels)
    told_nowhere(executor, manager)

    again = replace(item, generation=2)
    manager.ask(volume('maps'), again, secrets=SECRETS)
    manager.wait_for(again, Status.RUNNING, lambda report: report.generation == 2)
    assert manager.reads == reads
    manager.ask(remove=(removal('camera'), removal('maps')))
    manager.wait_removed('camera')
    manager.wait_removed('maps')
