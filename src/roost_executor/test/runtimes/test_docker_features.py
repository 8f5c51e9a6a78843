# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Containers: mounts, secrets, limits and rights, as the program in them finds them."""

from __future__ import annotations

import time

import pytest

from roost_core import error_codes
from roost_core.instance import Mount, MountKind
from roost_core.package import Limits, SecretKeyRef, Ulimit
from roost_core.status import ReasonKind
from roost_executor.runtimes.contract import RuntimeFault
from roost_executor.runtimes.docker import DockerRuntime
from roost_executor.runtimes.mounts import Bind

DIGEST = 'a' * 64
SECRET = 'correct horse battery staple'


@pytest.fixture
def bench(docker_bench):
    """Give containers."""
    return docker_bench


def container(bench, identity):
    return bench.device.engine.client.api.inspect_container(identity.token)


def docker_runtime(device, **options):
    return DockerRuntime(device=device.name, device_key='key-9', url=device.engine.url, **options)


# --- what a container is given of the device


def output(bench, identity, command):
    done = bench.device.engine.client.containers.get(identity.token).exec_run(
        ('sh', '-c', command)
    )
    assert done.exit_code == 0, done.output
    return done.output.decode().strip()


def mount(kind, source, **fields):
    return Mount(kind=kind, name='maps', source=str(source), target='/maps', **fields)


@pytest.fixture
def stateful(device, tmp_path):
    """Give a runtime with a state folder, in which there is a volume and a config."""
    volume = tmp_path / 'volumes' / 'maps-1'
    config = tmp_path / 'configs' / DIGEST
    for folder in (volume, config):
        folder.mkdir(parents=True)
    volume.chmod(0o777)
    (config / 'nav.yaml').write_text('speed: 1')
    secrets = {'TOKEN': SECRET}
    runtime = docker_runtime(device, state_dir=tmp_path, secrets=lambda spec: secrets)
    yield runtime
    for instance in runtime.list():
        runtime.remove(instance.identity)
    runtime.close()


def begin(runtime, desired):
    runtime.create(desired)
    runtime.start(desired.identity)
    return desired.identity


def test_containers_of_any_user_share_a_volume(bench, stateful, tmp_path):
    shared = (mount(MountKind.VOLUME, 'maps-1'),)
    one = begin(stateful, bench.desired(mounts=shared, user='1000'))
    other = begin(stateful, bench.desired(name='other', mounts=shared, user='1001'))
    output(bench, one, 'echo here > /maps/lab')
    assert output(bench, other, 'cat /maps/lab && rm /maps/lab && touch /maps/mine') == 'here'
    assert [each.name for each in (tmp_path / 'volumes' / 'maps-1').iterdir()] == ['mine']
    assert stateful.mounts(tmp_path / 'volumes' / 'maps-1')
    assert not stateful.mounts(tmp_path / 'volumes' / 'maps')


def test_a_part_of_a_volume_read_only(bench, stateful, tmp_path):
    part = mount(MountKind.VOLUME, 'maps-1', sub_path='lab/today', read_only=True)
    identity = begin(stateful, bench.desired(mounts=(part,)))
    assert output(bench, identity, 'touch /maps/x 2>&1 || true').endswith('Read-only file system')
    assert (tmp_path / 'volumes' / 'maps-1' / 'lab' / 'today').is_dir()


def test_a_link_put_into_a_volume_is_not_followed_at_the_next_start(bench, stateful, tmp_path):
    part = mount(MountKind.VOLUME, 'maps-1', sub_path='lab')
    desired = bench.desired(mounts=(part,))
    identity = begin(stateful, desired)
    stateful.stop(identity, timeout_sec=1)
    lab = tmp_path / 'volumes' / 'maps-1' / 'lab'
    lab.rmdir()
    lab.symlink_to('/')
    with pytest.raises(RuntimeFault, match='is a link by now') as refused:
        stateful.start(identity)
    assert refused.value.code == error_codes.MOUNT_FAILED
    assert stateful.list() == ()
    with pytest.raises(RuntimeFault, match='leads out of it'):
        stateful.create(desired)


def test_a_folder_of_the_device_is_mounted(bench, stateful, tmp_path):
    own = tmp_path / 'own'
    own.mkdir()
    (own / 'map').write_text('here')
    identity = begin(stateful, bench.desired(mounts=(mount(MountKind.HOST, own),)))
    assert output(bench, identity, 'cat /maps/map') == 'here'


def test_a_config_is_read_by_any_user_and_written_by_none(bench, stateful, tmp_path):
    files = mount(MountKind.CONFIG, DIGEST)
    identity = begin(stateful, bench.desired(mounts=(files,), user='1000'))
    assert output(bench, identity, 'cat /maps/nav.yaml') == 'speed: 1'
    as_root = begin(stateful, bench.desired(name='root', mounts=(files,)))
    assert 'Read-only' in output(bench, as_root, 'rm /maps/nav.yaml 2>&1 || true')
    assert stateful.mounts(tmp_path / 'configs' / DIGEST)
    (tmp_path / 'link').symlink_to(tmp_path)
    assert stateful.mounts(tmp_path / 'link' / 'configs' / DIGEST)
    for each in (identity, as_root):
        stateful.remove(each)
    assert not stateful.mounts(tmp_path / 'configs' / DIGEST)


def test_what_is_not_there_is_never_made_by_the_engine(bench, stateful, tmp_path):
    desired = bench.desired(mounts=(mount(MountKind.HOST, tmp_path / 'nowhere'),))
    with pytest.raises(RuntimeFault, match='nowhere is not there') as refused:
        stateful.create(desired)
    assert refused.value.code == error_codes.MOUNT_FAILED
    assert not (tmp_path / 'nowhere').exists()
    assert stateful.list() == ()


def test_a_folder_that_only_we_see_is_told(bench, stateful, tmp_path, monkeypatch):
    monkeypatch.setattr(
        'roost_executor.runtimes.mounts.binds',
        lambda spec, state_dir: (Bind(source='/only/here', target='/maps', read_only=False),),
    )
    with pytest.raises(RuntimeFault, match='same paths as the device has them') as refused:
        stateful.create(bench.desired())
    assert refused.value.code == error_codes.MOUNT_FAILED


def test_a_secret_reaches_the_program_and_nothing_else(bench, stateful, tmp_path):
    secret = {'TOKEN': SecretKeyRef(name='camera', key='token')}
    identity = begin(stateful, bench.desired(secret_environment=secret))
    assert output(bench, identity, 'echo "$TOKEN"') == SECRET
    labels = container(bench, identity)['Config']['Labels']
    assert SECRET not in str(labels)
    assert SECRET not in repr(stateful.list())


def test_a_secret_that_is_missing_leaves_nothing(bench, device):
    def missing(spec):
        raise RuntimeFault(ReasonKind.SECRET_MISSING, error_codes.SECRET_MISSING, 'not here')

    runtime = docker_runtime(device, secrets=missing)
    with pytest.raises(RuntimeFault, match='not here'):
        runtime.create(bench.desired())
    assert runtime.list() == ()
    runtime.close()


# --- limits and rights, as the program itself finds them


def test_limits_hold(bench):
    identity = bench.run(
        bench.desired(
            limits=Limits(cpus=0.25, memory=32 << 20),
            ulimits={'nofile': Ulimit(soft=100, hard=200), 'core': Ulimit(soft=0, hard=0)},
        )
    ).identity
    # Of the program itself: a command beside it is sometimes given its hard limits alone by runc.
    limits = output(bench, identity, 'cat /proc/1/limits').splitlines()
    found = {line[:26].strip(): line[26:].split()[:2] for line in limits}
    assert (found['Max open files'], found['Max core file size']) == (['100', '200'], ['0', '0'])
    memory = output(
        bench,
        identity,
        'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null'
        ' || true',
    )
    assert str(32 << 20) in memory.split()


def test_the_user_and_the_groups(bench):
    identity = bench.run(bench.desired(user='1000:1001', groups=('7', '8'))).identity
    assert output(bench, identity, 'cat /proc/1/status | grep -E "^(Uid|Gid|Groups)"').split() == [
        *('Uid:', *['1000'] * 4),
        *('Gid:', *['1001'] * 4),
        *('Groups:', '7', '8', '1001'),
    ]


def test_devices_and_rights_on_them(bench):
    written = bench.run(bench.desired(devices=('/dev/kmsg:/dev/camera:w',))).identity
    assert output(bench, written, '(: > /dev/camera) && echo fine') == 'fine'
    read = bench.run(bench.desired(name='read', devices=('/dev/kmsg:/dev/camera:r',))).identity
    assert 'not permitted' in output(bench, read, '(: > /dev/camera) || true')
    none = bench.run(bench.desired(name='none')).identity
    assert output(bench, none, 'ls /dev/camera 2>/dev/null || echo none') == 'none'


def test_capabilities(bench):
    mask = 1 << 23  # CAP_SYS_NICE, which containers do not have by themselves
    usual = bench.run(bench.desired()).identity
    more = bench.run(bench.desired(name='more', cap_add=('SYS_NICE',))).identity
    for identity, has in ((usual, False), (more, True)):
        effective = output(bench, identity, 'grep CapEff /proc/1/status').split()[1]
        assert bool(int(effective, 16) & mask) is has


def test_scratch_space_and_the_working_directory(bench):
    identity = bench.run(
        bench.desired(tmpfs=('/scratch:size=1m',), working_directory='/scratch')
    ).identity
    assert output(bench, identity, 'readlink /proc/1/cwd; pwd').split()[-1] == '/scratch'
    written = output(bench, identity, 'head -c 2000000 /dev/zero > /scratch/x; wc -c < /scratch/x')
    assert written.split()[-1] == str(1 << 20)


@pytest.mark.parametrize('is_shared', [False, True])
def test_shared_memory_of_the_device(bench, is_shared):
    one = bench.run(bench.desired(host_ipc=is_shared)).identity
    other = bench.run(bench.desired(name='other', host_ipc=is_shared)).identity
    output(bench, one, 'touch /dev/shm/roost-test')
    found = output(bench, other, 'ls /dev/shm; rm -f /dev/shm/roost-test')
    assert ('roost-test' in found) is is_shared


def test_gpus_where_there_are_none(bench):
    desired = bench.desired(gpus='all')
    with pytest.raises(RuntimeFault, match='gpu') as refused:
        bench.start(desired)
    assert refused.value.reason_kind is ReasonKind.CREATE_FAILED


def test_a_stop_waits_as_long_as_the_spec_says(bench, stubborn):
    desired = bench.desired(command=stubborn, stop_timeout_sec=0.5)
    told = bench.run_until_it_writes(desired)
    began = time.monotonic()
    bench.runtime.stop(desired.identity, timeout_sec=told.stop_timeout_sec)
    assert 0.4 < time.monotonic() - began < 5.0
    assert bench.only().exit_code == 137
