# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Containers: images, limits, and what engines do to them."""

from concurrent.futures import ThreadPoolExecutor
import contextlib
from dataclasses import replace
import io
import itertools
import os
from pathlib import Path
import signal
import subprocess
import tarfile
import threading
import time

import pytest

from roost_core import error_codes
from roost_core.observed import InstanceState
from roost_core.package import Limits, Ulimit
from roost_core.status import ReasonKind
from roost_executor.cancellation import Cancellation
from roost_executor.runtimes import docker_engine, docker_exec
from roost_executor.runtimes.contract import (
    Cancelled,
    Changed,
    Orphans,
    RegistryAuth,
    Resync,
    RuntimeFault,
    Unreachable,
)
from roost_executor.runtimes.docker import DockerRuntime
from testbed import busybox, eventually
from testbed.images import Layer

CREATED, RUNNING, ENDED = InstanceState.CREATED, InstanceState.RUNNING, InstanceState.ENDED


@pytest.fixture
def bench(docker_bench):
    """Give containers."""
    return docker_bench


@pytest.fixture
def another(bench):
    """Give a runtime of another device on the same engine, whose end is that of the test."""
    other = DockerRuntime(device='rover2', device_key='key-2', url=bench.device.engine.url)
    yield other
    for instance in other.list():
        other.remove(instance.identity)
    other.close()


@pytest.fixture(scope='session')
def registry(site):
    """Give a registry that everybody may pull from, and that is never taken away."""
    return site.registry()


@pytest.fixture
def new_device(site):
    """Make a device whose engine the test may do anything to."""
    made = []

    def make(**options):
        device = site.device(f'rover{next(_numbers)}', **options)
        made.append(device)
        return device

    yield make
    for device in made:
        device.power_off()


_numbers = itertools.count(100)


def test_what_is_run_of_an_image_made_of_an_instance_is_none(bench):
    told = bench.run(bench.desired())
    client = bench.device.engine.client
    image = client.containers.get(told.instance_id).commit('snapshot', '1')
    so_far = len(bench.seen.events)
    copy = client.containers.run(image, ['sh', '-c', 'exit 3'], detach=True)
    copy.wait()
    assert [each.instance_id for each in bench.runtime.list()] == [told.instance_id]
    copy.remove()
    assert bench.seen.events[so_far:] == []
    client.images.remove(image.id)


def pull(bench, reference, *, auth=None, cancellation=None, told=None):
    return bench.runtime.pull(
        reference,
        auth=auth,
        progress=(told if told is not None else []).append,
        cancellation=cancellation or Cancellation(),
    )


def container(bench, identity):
    return bench.device.engine.client.api.inspect_container(identity.token)


# --- what a container is made like


def test_a_container_is_what_its_spec_says(bench):
    desired = bench.desired(
        environment={'A': 'b=c'},
        limits=Limits(cpus=0.5, memory=64 << 20),
        user='robot',
        groups=('7',),
        devices=('/dev/null:/dev/camera:r',),
        cap_add=('SYS_NICE',),
        ulimits={'core': Ulimit(soft=0, hard=0)},
        tmpfs=('/scratch:size=1m',),
        host_ipc=True,
        working_directory='/tmp',
        stop_timeout_sec=2.5,
    )
    identity = bench.run(desired).identity
    found = container(bench, identity)
    host, config = found['HostConfig'], found['Config']
    assert config['Hostname'] == bench.only().host_name == identity.token
    assert (config['User'], config['WorkingDir'], config['StopTimeout']) == ('robot', '/tmp', 3)
    assert 'A=b=c' in config['Env']
    assert (host['NetworkMode'], host['IpcMode'], host['Init']) == ('host', 'host', True)
    assert (host['NanoCpus'], host['Memory'], host['MemorySwap']) == (500_000_000, *[64 << 20] * 2)
    assert host['RestartPolicy']['Name'] == 'no'
    assert host['LogConfig'] == {
        'Type': 'local',
        'Config': {'max-size': '32m', 'max-file': '3', 'compress': 'false'},
    }
    assert {each['Name'] for each in host['Ulimits']} == {'nofile', 'core'}
    assert (host['CapAdd'], host['Tmpfs']) == (['SYS_NICE'], {'/scratch': 'size=1m'})
    assert config['Labels'] == {
        'roost.device': 'rover1',
        'roost.device-key': 'key-1',
        'roost.state-dir': '/var/lib/roost',
        'roost.deployment': 'dep-1',
        'roost.deployment-name': 'front',
        'roost.component': 'vision',
        'roost.executable': 'camera',
        'roost.generation': '1',
        'roost.spec-hash': identity.spec_hash,
        'roost.image-digest': busybox().id,
        'roost.stop-timeout': '2.5',
    }
    done = bench.device.engine.client.containers.get(identity.token).exec_run(
        'sh -c "id -G; ls -l /dev/camera; grep scratch /proc/mounts; hostname"'
    )
    assert done.exit_code == 0, done.output
    assert identity.token in done.output.decode()


def test_without_host_network_a_container_has_its_own(bench):
    identity = bench.run(bench.desired(host_network=False)).identity
    assert container(bench, identity)['HostConfig']['NetworkMode'] == 'default'


# --- ends


def test_an_end_for_lack_of_memory_is_told(bench):
    command = ('sh', '-c', 'a=xxxxxxxxxxxxxxxx; while :; do a=$a$a; done')
    bench.start(bench.desired(command=command, limits=Limits(memory=16 << 20)))
    # The engine may tell of the cause after the end.
    bench.seen.wait(
        lambda event: (
            isinstance(event, Changed)
            and event.instance.state is ENDED
            and event.instance.oom_killed
        ),
        'an end for lack of memory',
    )
    assert (bench.only().exit_code, bench.only().oom_killed) == (137, True)


def test_an_end_is_told_within_moments(bench):
    identity = bench.run(bench.desired()).identity
    watching, arrived = threading.Event(), threading.Event()
    late = []

    def note(event):
        if isinstance(event, Resync):
            watching.set()
        if isinstance(event, Changed) and event.instance.state is ENDED:
            late.append(time.time() - event.instance.ended_at)
            arrived.set()

    watch = bench.runtime.watch(note)
    assert watching.wait(30)
    bench.kill(identity)
    assert arrived.wait(30)
    watch.close()
    assert late[0] < 0.5


def test_docker_kill_is_a_crash(bench):
    identity = bench.run(bench.desired()).identity
    bench.device.engine.client.containers.get(identity.token).kill()
    told = bench.seen.wait_state(identity, ENDED)
    assert (told.exit_code, told.by_hand) == (137, False)


def test_docker_stop_that_has_to_kill_is_by_hand(bench, stubborn):
    identity = bench.run(bench.desired(command=stubborn)).identity
    bench.device.engine.client.containers.get(identity.token).stop(timeout=0)
    bench.seen.wait(
        lambda event: isinstance(event, Changed) and event.instance.by_hand, 'stopped by hand'
    )


def test_docker_restart_is_an_end_by_hand_and_a_start(bench):
    identity = bench.run(bench.desired()).identity
    so_far = len(bench.seen.events)
    bench.device.engine.client.containers.get(identity.token).restart()
    assert bench.seen.wait_state(identity, ENDED, after=so_far).by_hand
    again = bench.seen.wait_state(identity, RUNNING, after=so_far)
    assert (again.by_hand, again.exit_code) == (False, None)


def test_docker_rm_is_told(bench):
    identity = bench.run(bench.desired()).identity
    bench.device.engine.client.containers.get(identity.token).remove(force=True)
    bench.seen.wait_gone(identity)


def test_a_file_that_may_not_be_executed_is_told_apart(bench):
    told = bench.run_to_end(bench.desired(command=('/etc/passwd',)))
    assert (told.exit_code, told.command_missing) == (126, True)


# --- faults of creating and starting


def test_what_the_engine_refuses_is_told_in_its_words(bench):
    desired = bench.desired(devices=('/dev/nowhere',))
    bench.runtime.create(desired)
    with pytest.raises(RuntimeFault, match='/dev/nowhere') as refused:
        bench.runtime.start(desired.identity)
    assert refused.value.reason_kind is ReasonKind.CREATE_FAILED
    assert 'OCI' not in refused.value.text
    assert bench.only().state is CREATED


def test_an_image_that_is_not_here_cannot_be_created(bench):
    with pytest.raises(RuntimeFault, match='image nowhere:1 is not on this device') as refused:
        bench.runtime.create(bench.desired(image='nowhere:1'))
    assert refused.value.code == error_codes.IMAGE_NOT_FOUND


def test_a_container_of_somebody_else_is_not_taken(bench, another):
    desired = bench.desired()
    another.create(desired)
    with pytest.raises(RuntimeFault, match='in the way'):
        bench.runtime.create(desired)
    assert bench.runtime.list() == ()
    assert len(another.list()) == 1


def test_what_runs_under_a_key_that_is_lost_is_told_and_not_touched(bench):
    with contextlib.closing(
        DockerRuntime(device='rover1', device_key='lost', url=bench.device.engine.url)
    ) as former:
        desired = bench.desired()
        former.create(desired)
        former.start(desired.identity)
        told = bench.seen.wait(
            lambda event: (
                isinstance(event, Orphans)
                and [each.state for each in event.instances] == [RUNNING]
            ),
            'an orphan',
        )
        assert [each.identity for each in told.instances] == [desired.identity]
        assert bench.runtime.list() == ()
        seen = type(bench.seen)()
        with contextlib.closing(bench.runtime.watch(seen)):
            assert seen.wait_for(Resync).instances == ()
            assert seen.wait_for(Orphans).instances == former.list()
        so_far = len(bench.seen.events)
        former.remove(desired.identity)
        assert bench.seen.wait_for(Orphans, after=so_far)
        bench.seen.wait(lambda event: event == Orphans(()), 'no orphan', after=so_far)
    assert bench.seen.states(desired.identity) == []


def test_two_devices_on_one_engine_never_see_each_other(bench, another):
    mine, other = bench.desired(), bench.desired(name='other')
    bench.run(mine)
    another.create(other)
    another.start(other.identity)
    assert bench.only().identity == mine.identity
    assert [each.identity for each in another.list()] == [other.identity]
    another.remove(other.identity)
    assert bench.seen.states(other.identity) == []


def test_a_create_whose_answer_was_lost_is_made_once(bench, monkeypatch):
    desired = bench.desired()
    hasty = DockerRuntime(
        device='rover1',
        device_key='key-1',
        url=bench.device.engine.url,
        call_timeout_sec=20,
    )
    assert hasty.facts().version
    monkeypatch.setattr(hasty._engine, '_timeout_sec', 0.005)
    with pytest.raises(RuntimeFault) as lost:
        hasty.create(desired, image_digest=busybox().id)
    assert lost.value.code == error_codes.ENGINE_UNREACHABLE
    hasty.close()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: bench.runtime.create(desired), range(4)))
    assert len(bench.device.engine.client.containers.list(all=True)) == 1


# --- what is run beside it


def test_a_command_runs_in_the_container(bench):
    desired = bench.desired(environment={'ANSWER': '42'}, working_directory='/tmp')
    identity = bench.run(desired).identity
    inside = ('sh', '-c', 'test "$ANSWER" = 42 && test "$PWD" = /tmp')
    assert bench.runtime.exec(identity, inside, timeout_sec=5) == 0
    assert bench.runtime.exec(identity, ('/etc/passwd',), timeout_sec=5) == 126


def test_not_even_a_command_that_talks_without_end_takes_longer(bench):
    identity = bench.run(bench.desired()).identity
    began = time.monotonic()
    chatty = ('sh', '-c', 'while :; do echo much; done')
    assert bench.runtime.exec(identity, chatty, timeout_sec=0.5) is None
    assert time.monotonic() - began < 5.0


@pytest.mark.parametrize(('host_name', 'ended'), [('roost-1', True), ('roost-2', False)])
def test_what_hangs_is_ended_if_it_is_surely_of_the_container(host_name, ended):
    with subprocess.Popen(('sleep', '1000'), env={'HOSTNAME': host_name}) as process:
        eventually(lambda: b'sleep' in Path(f'/proc/{process.pid}/cmdline').read_bytes())
        docker_exec.end(process.pid, 'roost-1')
        if not ended:
            assert process.poll() is None
            process.terminate()
        process.wait(10)
        assert process.returncode == (-signal.SIGKILL if ended else -signal.SIGTERM)


def test_a_container_on_a_bridge_has_an_address_of_its_own(bench):
    identity = bench.run(bench.desired(host_network=False)).identity
    networks = container(bench, identity)['NetworkSettings']['Networks']
    assert bench.runtime.address(identity) == networks['bridge']['IPAddress'] != ''


# --- images


def test_a_container_is_made_of_the_very_image_that_is_meant(bench, registry, tmp_path):
    first, second = (
        busybox().on_top(Layer(_tar(tmp_path, name, name.encode()))) for name in ('one', 'two')
    )
    reference = registry.push(first, 'changing:1')
    former = pull(bench, reference)
    assert registry.push(second, 'changing:1') == reference
    newer = pull(bench, reference)
    assert newer != former
    assert bench.runtime.image(reference) == newer
    assert bench.runtime.image(reference, digest=former) == former
    assert bench.runtime.image(reference, digest=f'sha256:{"0" * 64}') is None
    desired = bench.desired(image=reference, command=('sh', '-c', 'test -e /one'))
    bench.runtime.create(desired, image_digest=former)
    bench.runtime.start(desired.identity)
    told = bench.seen.wait_state(desired.identity, ENDED)
    assert (told.exit_code, told.image_digest) == (0, former)


def test_an_image_that_no_registry_has_is_known_by_the_engines_own_digest(bench):
    digest = bench.runtime.image(bench.image)
    assert bench.runtime.image(bench.image, digest=digest) == digest == busybox().id
    desired = bench.desired()
    bench.runtime.create(desired, image_digest=digest)
    assert container(bench, desired.identity)['Image'] == digest


def _tar(folder, name, content):
    """Give a layer with one file."""
    path = folder / f'{name}.tar'
    with tarfile.open(path, 'w') as file:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        file.addfile(info, io.BytesIO(content))
    return path


def big_image(folder, size):
    """Give an image with a layer of so many bytes that cannot be compressed."""
    tar = folder / 'layer.tar'
    with tarfile.open(tar, 'w') as file:
        info = tarfile.TarInfo('big')
        info.size = size
        file.addfile(info, io.BytesIO(os.urandom(size)))
    return busybox().on_top(Layer(tar))


def test_an_image_is_pulled_with_its_progress(bench, registry, tmp_path):
    reference = registry.push(big_image(tmp_path, 8_000_000), 'big:1')
    told: list[float | None] = []
    digest = pull(bench, reference, told=told)
    assert digest == registry.digest('big:1')
    assert bench.runtime.image(reference) == digest
    percents = [percent for percent in told if percent is not None]
    assert told[0] is None
    assert percents == sorted(percents)
    assert percents[-1] == pytest.approx(100.0)
    assert pull(bench, reference) == digest, 'pulled again though it is here'
    bench.run(bench.desired(image=reference))
    assert bench.only().image_digest == digest


@pytest.mark.parametrize('name', ['nowhere:1', 'camera:nowhere'])
def test_an_image_that_its_registry_does_not_have(bench, registry, name):
    registry.push(busybox(), 'camera:1')
    reference = registry.reference(name)
    with pytest.raises(RuntimeFault, match=f'image {reference} not found: push it') as refused:
        pull(bench, reference)
    assert refused.value.reason_kind is ReasonKind.IMAGE_NOT_FOUND
    assert refused.value.code == error_codes.IMAGE_NOT_FOUND


def test_an_image_of_a_registry_that_is_off(bench, registry):
    reference = registry.reference('camera:1').replace(':5000', ':5001')
    with pytest.raises(RuntimeFault) as refused:
        pull(bench, reference)
    assert refused.value.reason_kind is ReasonKind.REGISTRY_UNREACHABLE
    assert refused.value.code == error_codes.REGISTRY_UNREACHABLE


def test_an_image_that_only_some_may_pull(bench, site):
    registry = site.registry('registry2', authenticated=True)
    reference = registry.push(busybox(), 'secret:1')
    for auth in (None, RegistryAuth(username='roost', password='wrong')):
        with pytest.raises(RuntimeFault) as refused:
            pull(bench, reference, auth=auth)
        assert refused.value.reason_kind is ReasonKind.REGISTRY_DENIED
        assert refused.value.code == error_codes.REGISTRY_DENIED
    auth = RegistryAuth(username='roost', password='roost-secret')
    assert pull(bench, reference, auth=auth) == registry.digest('secret:1')
    assert 'roost-secret' not in repr(auth)


@pytest.fixture
def silent_registry(site):
    """Give a registry that takes connections and does not answer."""
    registry = site.registry(f'registry{next(_numbers)}')
    registry.freeze()
    yield registry
    registry.thaw()


def test_a_pull_is_cancelled(bench, silent_registry):
    cancellation = Cancellation()
    reference = silent_registry.reference('camera:1')
    with ThreadPoolExecutor(1) as pool:
        told: list[float | None] = []
        running = pool.submit(pull, bench, reference, cancellation=cancellation, told=told)
        eventually(lambda: told, 30, 'the pull has begun')
        cancellation.request()
        with pytest.raises(Cancelled):
            running.result(5)
    with pytest.raises(Cancelled):
        pull(bench, reference, cancellation=cancellation)


# --- what engines do


def test_a_full_disk_is_told(bench_on, new_device, registry, tmp_path):
    reference = registry.push(big_image(tmp_path, 30_000_000), 'full:1')
    with bench_on(new_device(disk_mb=25)) as bench, pytest.raises(RuntimeFault) as refused:
        pull(bench, reference)
    assert refused.value.reason_kind is ReasonKind.DISK_FULL
    assert refused.value.code == error_codes.DISK_FULL


def test_an_engine_that_restarts_takes_containers_along_and_nobody_stopped_them(
    bench_on, new_device
):
    polite = ('sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait')
    with bench_on(new_device()) as bench:
        identity = bench.run(bench.desired(command=polite)).identity
        so_far = len(bench.seen.events)
        bench.device.engine.stop()
        fault = bench.seen.wait_for(Unreachable, after=so_far).fault
        assert fault.code == error_codes.ENGINE_UNREACHABLE
        with pytest.raises(RuntimeFault):
            bench.runtime.list()
        bench.device.engine.start()
        (found,) = bench.seen.wait_for(Resync, after=so_far).instances
        assert (found.state, found.exit_code, found.by_hand) == (ENDED, None, False)
        told = [
            event.instance
            for event in bench.seen.events[so_far:]
            if isinstance(event, Changed) and event.instance.state is ENDED
        ]
        assert all((each.exit_code, each.by_hand) == (None, False) for each in told)
        bench.runtime.start(identity)
        bench.seen.wait_state(identity, RUNNING, after=so_far)


def test_an_engine_that_shuts_down_is_away_before_its_containers_end(bench_on, new_device):
    """What is started again meanwhile would hold it up, and be taken along once more."""
    with bench_on(new_device()) as bench:
        bench.run(bench.desired())
        bench.run(bench.desired(name='other'))
        so_far = len(bench.seen.events)
        bench.device.engine.stop()
        bench.seen.wait_for(Unreachable, after=so_far)
        assert isinstance(bench.seen.events[so_far], Unreachable)
        bench.device.engine.start()
        bench.seen.wait_for(Resync, after=so_far)


def test_a_killed_engine_takes_containers_along_when_it_comes_back(bench_on, new_device):
    polite = ('sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait')
    with bench_on(new_device()) as bench:
        identity = bench.run(bench.desired(command=polite)).identity
        so_far = len(bench.seen.events)
        bench.device.engine.kill9()
        bench.seen.wait_for(Unreachable, after=so_far)
        bench.device.engine.start()
        (found,) = bench.seen.wait_for(Resync, after=so_far).instances
        assert (found.state, found.exit_code, found.by_hand) == (ENDED, None, False)
        bench.runtime.start(identity)
        bench.seen.wait_state(identity, RUNNING, after=so_far)
        # The engine signals what it takes along, and tells of it: that was no person.
        assert not any(
            isinstance(event, Changed) and event.instance.by_hand
            for event in bench.seen.events[so_far:]
        )


def test_with_live_restore_containers_outlive_their_engine(bench_on, new_device):
    with bench_on(new_device(live_restore=True)) as bench:
        running = bench.run(bench.desired())
        ending = bench.run(bench.desired(name='ending'))
        pid = next(each.pid for each in bench.runtime.list() if each.identity == ending.identity)
        so_far = len(bench.seen.events)
        bench.device.engine.kill9()
        bench.seen.wait_for(Unreachable, after=so_far)
        bench.device.machine.run('kill', '-9', str(pid))
        bench.device.engine.start()
        found = {
            each.identity: (each.state, each.exit_code)
            for each in bench.seen.wait_for(Resync, after=so_far).instances
        }
        assert found[running.identity] == (RUNNING, None)
        assert found[ending.identity] == (ENDED, 137)


def test_an_engine_that_hangs_is_noticed(bench_on, new_device):
    with bench_on(new_device()) as bench:
        bench.run(bench.desired())
        pid = bench.only().pid
        so_far = len(bench.seen.events)
        bench.device.engine.freeze()
        bench.device.machine.run('kill', '-9', str(pid))
        bench.seen.wait(
            lambda event: isinstance(event, Unreachable),
            'unreachable',
            after=so_far,
            timeout_sec=40,
        )
        bench.device.engine.thaw()
        bench.seen.wait_for(Resync, after=so_far)
        eventually(lambda: bench.only().state is ENDED, 30, 'the end is known')


def test_a_quiet_stream_is_no_gap(bench, monkeypatch):
    opened = []

    class Counted(docker_engine.Stream):
        def open(self, *arguments):
            super().open(*arguments)
            opened.append(self)

    monkeypatch.setattr(docker_engine, 'Stream', Counted)
    runtime = DockerRuntime(
        device='rover1', device_key='key-1', url=bench.device.engine.url, quiet_sec=1.0
    )
    seen = type(bench.seen)()
    watch = runtime.watch(seen)
    for number in range(5):
        so_far = len(opened)
        eventually(lambda so_far=so_far: len(opened) > so_far, 30, 'the stream is opened anew')
        desired = bench.desired(name=f'node-{number}')
        bench.run_to_end(replace(desired, spec=replace(desired.spec, command=('true',))))
    eventually(lambda: len(seen.events) == 1 + 5 * 3, 30, 'everything is told, and told once')
    assert isinstance(seen.events[0], Resync)
    watch.close()
    runtime.close()


def test_the_power_of_a_device_is_cut(bench_on, new_device):
    with bench_on(new_device()) as bench:
        bench.run(bench.desired())
        so_far = len(bench.seen.events)
        bench.device.reboot()
        (found,) = bench.seen.wait_for(Resync, after=so_far).instances
        assert (found.state, found.exit_code, found.by_hand) == (ENDED, None, False)


def test_an_engine_that_is_not_there_yet(new_device, bench_on):
    device = new_device(start=False)
    device.machine.power_on()
    with bench_on(device) as bench:
        bench.seen.wait_for(Unreachable)
        device.engine.start()
        assert bench.seen.wait_for(Resync).instances == ()
        bench.run(bench.desired())
