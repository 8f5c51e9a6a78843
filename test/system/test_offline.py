# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is asked of a device that is off is carried out when it is back."""

import pytest

from roost_core.liveness import Liveness
from roost_core.phase import Phase
from roost_core.status import Status
from system.manifests import container, deployment, FOREVER
from system.operator import only, Refused
from testbed import busybox, eventually

IMAGE = 'local/busybox'


@pytest.fixture(scope='module')
def fleet(module_fleet):
    fleet = module_fleet(2, introspection=None, manager_parameters={'missed_heartbeats': 4})
    for device in fleet.devices.values():
        device.engine.load(busybox(), IMAGE)
    return fleet


@pytest.fixture(scope='module', autouse=True)
def package(operator):
    operator.apply(container('sleeper', IMAGE, *FOREVER, imagePullPolicy='Never'))


def test_a_deployment_waits_for_its_device(fleet, operator):
    rover = fleet.devices['rover1']
    rover.power_off()
    eventually(lambda: operator.device('rover1').liveness is Liveness.OFFLINE, 30, 'it is offline')
    with pytest.raises(Refused) as refused:
        operator.apply(deployment('queued', 'sleeper'))
    assert 'DEP_E151' in refused.value.codes

    operator.apply(deployment('queued', 'sleeper', allowOffline=True))

    waiting = operator.see('queued')
    assert (waiting.phase, waiting.status) == (Phase.IN_PROGRESS, Status.PENDING)
    assert waiting.reason == 'waiting for rover1, which is not online'

    rover.power_on()

    operator.until_running('queued')
    assert len(rover.engine.client.containers.list()) == 1


def test_a_power_cut_is_told_and_outlived(fleet, operator):
    rover = fleet.devices['rover2']
    operator.apply(deployment('steady', 'sleeper', device='rover2'))
    operator.until_running('steady')

    rover.power_off()

    silent = operator.until('steady', Status.ERROR, phase=Phase.SUCCEEDED, code='DEP_E151')
    assert only(silent).status is Status.UNKNOWN
    assert 'rover2' in silent.reason

    rover.power_on()

    operator.until_running('steady')
    assert len(rover.engine.client.containers.list(all=True)) == 1


def test_a_removal_waits_for_its_device(fleet, operator):
    rover = fleet.devices['rover2']
    operator.apply(deployment('parting', 'sleeper', device='rover2'))
    operator.until_running('parting')
    rover.power_off()
    operator.until('parting', Status.ERROR, code='DEP_E151')

    (id,) = operator.deprovision('parting')

    partial = operator.until(
        id, Status.ERROR, phase=Phase.PARTIALLY_DEPROVISIONED, code='DEP_E151'
    )
    assert 'main will be removed when it returns' in partial.reason

    rover.power_on()

    operator.until_stopped(id)
    names = [
        each.labels['roost.deployment-name'] for each in rover.engine.client.containers.list()
    ]
    assert 'parting' not in names


def test_a_graceful_end_is_offline_at_once_and_stops_nothing(fleet, operator):
    rover = fleet.devices['rover1']
    before = {each.id for each in rover.engine.client.containers.list()}
    assert before

    fleet.executors['rover1'].stop()

    device = operator.device('rover1')
    assert device.liveness is Liveness.OFFLINE
    assert 'its executor was shut down' in device.reason
    assert {each.id for each in rover.engine.client.containers.list()} == before

    fleet.executors['rover1'].start()

    operator.until_running('queued')
    assert {each.id for each in rover.engine.client.containers.list()} == before
