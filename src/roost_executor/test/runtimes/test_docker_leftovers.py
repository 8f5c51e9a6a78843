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
    assert not refused('listen tcp 0.0.0.0:80: bind: address already in use')
    assert not refused('no such image')
    assert not faults.left_behind(ConnectionError('id already in use'))


def test_a_start_that_a_killed_engine_did_not_note_is_not_doubled(bench_on, site):
    device = site.device('rover-killed', live_restore=True)
    with bench_on(device) as bench:
        desired = bench.desired()
        former = bench.run(desired)
        device.engine.kill9()
        forget_the_start(device.engine.data / 'containers' / former.instance_id)
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
        groups = device.machine.run('sh', '-c', 'cat /proc/[0-9]*/cgroup').stdout
        assert former.instance_id not in groups
        assert present.instance_id in groups
    device.power_off()


def forget_the_start(folder):
    """Write what the engine had on its disk a moment before it noted the start."""
    path = folder / 'config.v2.json'
    config = json.loads(path.read_text())
    config['State'].update(Running=False, Pid=0, StartedAt='0001-01-01T00:00:00Z')
    path.write_text(json.dumps(config))
