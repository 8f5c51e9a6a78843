# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What an engine leaves behind that is killed while it starts a container."""

import json

import docker
import pytest

from roost_core.observed import InstanceState
from roost_executor.runtimes import docker_faults as faults
from roost_executor.runtimes.contract import Resync, RuntimeFault

CONTAINER = '3ad659767b9abddd58aafb76193251634daee3afbb39f0797a0ccd06eae81030'


def test_the_words_of_the_engine_are_known():
    def refused(text):
        return faults.left_behind(docker.errors.APIError('500', explanation=text))

    assert refused('id already in use')
    assert refused(f'task {CONTAINER}: already exists')
    assert refused(f'task {CONTAINER}: already exists: unknown')
    assert refused('container is marked for removal and cannot be started')
    assert refused(f'failed to start shim: mkdir /run/moby/{CONTAINER}: file exists: unknown')
    assert refused('runc create failed: container with given ID already exists: unknown')
    assert not refused('listen tcp 0.0.0.0:80: bind: address already in use')
    assert not refused('no such image')
    assert not refused('error while creating mount source path: mkdir /data: file exists')
    assert not faults.left_behind(ConnectionError('id already in use'))


def test_a_start_that_a_killed_engine_did_not_note_is_not_doubled(bench_on, site):
    device = site.device('rover-killed', live_restore=True)
    with bench_on(device) as bench:
        desired = bench.desired()
        former = bench.run(desired)
        device.engine.kill9()
        never = '0001-01-01T00:00:00Z'
        note(device.engine, former.instance_id, Running=False, Pid=0, StartedAt=never)
        before = len(bench.seen.events)
        device.engine.start()
        bench.seen.wait_for(Resync, after=before)
        assert bench.only().state is InstanceState.CREATED

        with pytest.raises(RuntimeFault, match='is made anew'):
            bench.runtime.start(desired.identity)

        bench.seen.wait_gone(desired.identity, after=before)
        before = len(bench.seen.events)
        bench.start(desired)
        present = bench.seen.wait_state(desired.identity, InstanceState.RUNNING, after=before)
        assert present.instance_id != former.instance_id
        # Some of these processes end before it comes to them.
        groups = device.machine.run('sh', '-c', 'cat /proc/[0-9]*/cgroup', check=False).stdout
        assert former.instance_id not in groups
        assert present.instance_id in groups
    device.power_off()


def test_a_removal_that_a_killed_engine_did_not_finish_is_finished(bench_on, site):
    device = site.device('rover-removing')
    with bench_on(device) as bench:
        desired = bench.desired()
        former = bench.run_to_end(bench.desired(command=('true',)))
        device.engine.kill9()
        note(device.engine, former.instance_id, RemovalInProgress=True, Dead=True)
        before = len(bench.seen.events)
        device.engine.start()
        bench.seen.wait_for(Resync, after=before)
        with pytest.raises(RuntimeFault, match='is made anew'):
            bench.runtime.start(former.identity)
        bench.seen.wait_gone(former.identity, after=before)
        assert bench.run(desired).instance_id != former.instance_id
    device.power_off()


def test_a_folder_that_a_killed_engine_left_for_a_task_is_in_no_way(bench_on, site):
    device = site.device('rover-task')
    with bench_on(device) as bench:
        desired = bench.desired()
        bench.runtime.create(desired)
        former = bench.only()
        containerd = '/var/run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby'
        device.machine.run('mkdir', '-p', f'{containerd}/{former.instance_id}')

        with pytest.raises(RuntimeFault, match='is made anew'):
            bench.runtime.start(desired.identity)

        bench.seen.wait_gone(desired.identity)
        assert bench.run(desired).instance_id != former.instance_id
    device.power_off()


def test_what_an_engine_refuses_twice_for_an_unknown_cause_is_made_anew(bench_on, site):
    device = site.device('rover-refusing')
    with bench_on(device) as bench:
        desired = bench.desired()
        bench.runtime.create(desired)
        former = bench.only()
        # What no text is known for: its own files are not what the engine wrote.
        folder = device.engine.data / 'containers' / former.instance_id / 'hosts'
        folder.mkdir()
        for _ in range(2):
            with pytest.raises(RuntimeFault, match=r'the container engine refused it: .*hosts'):
                bench.runtime.start(desired.identity)
        bench.seen.wait_gone(desired.identity)
        assert bench.run(desired).instance_id != former.instance_id
    device.power_off()


def note(engine, container_id, **state):
    """Have an engine that is off find this on its disk."""
    path = engine.data / 'containers' / container_id / 'config.v2.json'
    config = json.loads(path.read_text())
    config['State'].update(state)
    path.write_text(json.dumps(config))
