# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Engines go and come back, and their disks fill up."""

import pytest

from roost_core.phase import Phase
from roost_core.status import Status
from system.conftest import QUICK_EXECUTOR
from system.manifests import component, container, deployment, executable, FOREVER, package
from system.operator import only
from testbed import busybox

IMAGE = 'local/busybox'


@pytest.fixture(scope='module')
def fleet(module_fleet):
    fleet = module_fleet(1, introspection=None)
    fleet.devices['rover1'].engine.load(busybox(), IMAGE)
    return fleet


@pytest.fixture
def engine(fleet):
    return fleet.devices['rover1'].engine


def deploy(operator, name, **keys):
    operator.apply(
        container(name, IMAGE, *FOREVER, imagePullPolicy='Never', **keys), deployment(name)
    )


def test_an_engine_that_is_down_is_told_and_used_when_it_is_back(operator, engine):
    engine.stop()
    deploy(operator, 'early')

    down = operator.until('early', Status.ERROR, code='DEP_E301')

    assert down.phase is Phase.PROVISIONING
    assert 'the container engine does not answer: check that it runs' in down.reason
    assert operator.device('rover1').engine_version == ''

    engine.start()

    operator.until_running('early')
    assert only(operator.see('early')).restart_count == 0
    operator.until_stopped(*operator.deprovision('early'))


def test_what_an_engine_takes_along_runs_again_when_it_is_back(operator, engine):
    deploy(operator, 'always')
    deploy(operator, 'cautious', restart='on-failure')
    operator.until_running('always', 'cautious')

    engine.stop()
    gone = [operator.until(name, Status.ERROR, code='DEP_E301') for name in ('always', 'cautious')]
    assert all(each.phase is Phase.SUCCEEDED for each in gone)
    engine.start()

    back = operator.until_running('always', 'cautious')
    assert [only(each).restart_count for each in back] == [1, 1]
    assert len(engine.client.containers.list(all=True)) == 2
    operator.until_stopped(*operator.deprovision('always', 'cautious'))


def test_a_removal_waits_for_the_engine(operator, engine):
    deploy(operator, 'stuck')
    operator.until_running('stuck')
    engine.stop()
    operator.until('stuck', Status.ERROR, code='DEP_E301')

    (id,) = operator.deprovision('stuck')

    waiting = operator.until(
        id, Status.ERROR, phase=Phase.PARTIALLY_DEPROVISIONED, code='DEP_E311'
    )
    assert 'on rover1: the container engine does not answer' in waiting.reason
    engine.start()
    operator.until_stopped(id)
    assert engine.client.containers.list(all=True) == []


def test_a_full_disk_is_told_and_forgotten_when_there_is_room(fleet, operator):
    device = fleet.add_device('small', disk_mb=40, executor_parameters=QUICK_EXECUTOR)
    fleet.wait_online('small')
    image = fleet.registry.push(busybox(), 'tight:1.0')
    ballast = device.engine.data / 'ballast'
    device.machine.run('sh', '-c', f'dd if=/dev/zero of={ballast} bs=64k || true')
    operator.apply(
        package('tight', component('main', executable('main', *FOREVER, image=image))),
        deployment('tight', device='small'),
    )

    full = operator.until('tight', Status.ERROR, code='DEP_E302')

    assert full.phase is Phase.PROVISIONING
    assert only(full).reason_kind == 'DISK_FULL'
    assert 'the disk of the container engine is full: free space there' in full.reason

    ballast.unlink()

    operator.until_running('tight')
    operator.until_stopped(*operator.deprovision('tight'))
