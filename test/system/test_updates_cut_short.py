# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""An update that is cut short at any moment leaves the old or the new, and never nothing."""

import os

import pytest

from roost_core.deployment import Outcome
from roost_core.phase import Phase
from roost_core.status import Status
from system.manifests import container, deployment
from system.operator import containers, only
from testbed import busybox, eventually

# The moments are those when it is asked for, when the new image is on its way, when the former
# instance is being stopped (which takes it some seconds), and when the new one was created.
MOMENTS = ('asked', 'pulling', 'stopping', 'created')
SLOW = busybox().running('sh', '-c', 'trap "sleep 3; exit 0" TERM; while :; do sleep 0.05; done')


@pytest.fixture(scope='module')
def fleet(module_fleet):
    # An update fails when its device goes offline: here, an executor is not gone for so long.
    patient = {'update_proving_sec': 0.5, 'missed_heartbeats': 100}
    return module_fleet(1, introspection=None, manager_parameters=patient)


@pytest.fixture
def rover(fleet):
    return fleet.devices['rover1']


@pytest.fixture(autouse=True)
def sound(fleet, rover):
    """Leave a registry that runs and a link that is fast."""
    yield
    fleet.registry.start()
    rover.machine.limit_link(None)


def begin_and_reach(fleet, operator, name, moment):
    """Begin an update, and wait for a moment of it; return the deployment before and its images.

    The images are the digests of the old and of the new one.
    """
    image = fleet.registry.push(SLOW.labelled(name=name), f'{name}:1.0')
    operator.apply(container(name, image, stopTimeout='5s'), deployment(name))
    (before,) = operator.until_running(name)
    fleet.registry.push(SLOW.with_files({'ballast': os.urandom(300_000)}), f'{name}:1.0')
    rover = fleet.devices['rover1']
    former = rover.engine.client.containers.get(only(before).instance_id)
    if moment == 'pulling':
        rover.machine.limit_link('1mbit')
    operator.update(name)

    def reached():
        if moment == 'asked':
            return True
        if moment == 'pulling':
            return 'pulling' in operator.see(name).reason
        found = containers(fleet, before.id).get(('rover1', 'main'))
        if moment == 'created':
            return found is not None and found.id != former.id
        commands = former.top()['Processes']
        return any(each[-1] == 'sleep 3' for each in commands)

    eventually(reached, 30, f'the moment {moment!r}')
    return before, (only(before).image_digest, fleet.registry.digest(f'{name}:1.0'))


def one_runs(fleet, of):
    """Give the container of a deployment, which runs."""
    found = containers(fleet, of.id)
    assert [each.status for each in found.values()] == ['running']
    return found['rover1', 'main']


@pytest.mark.parametrize('moment', MOMENTS)
def test_a_power_cut_ends_in_the_old_or_the_new(fleet, operator, rover, moment):
    """There is not even a registry after it."""
    name = f'cut-{moment}'
    before, digests = begin_and_reach(fleet, operator, name, moment)
    rover.power_off()
    fleet.registry.stop()

    rover.power_on()

    eventually(lambda: one_runs(fleet, before), 30, 'the old or the new runs')

    def over():
        now = operator.see(name)
        assert now.phase in (Phase.SUCCEEDED, Phase.FAILED_TO_UPDATE), now.reason
        assert now.status is Status.RUNNING, now.reason
        return now

    now = eventually(over, 30, 'the update is over')
    assert only(now).image_digest == digests[now.phase is Phase.SUCCEEDED]
    assert only(now).instance_id == one_runs(fleet, now).id
    assert operator.history(name)[-1].finished_at is not None
    operator.until_stopped(*operator.deprovision(name))


@pytest.mark.parametrize(
    ('program', 'moment'),
    [
        ('manager', 'asked'),
        ('manager', 'stopping'),
        *(('executor', moment) for moment in MOMENTS),
    ],
)
def test_a_program_that_is_killed_finds_what_it_did(fleet, operator, rover, program, moment):
    name = f'{program}-{moment}'
    _, (_, new) = begin_and_reach(fleet, operator, name, moment)
    killed = {'manager': fleet.manager, 'executor': fleet.executors['rover1']}[program]

    killed.kill9()
    killed.start()

    rover.machine.limit_link(None)
    now = operator.until(name, Status.RUNNING, phase=Phase.SUCCEEDED, code='', timeout_sec=30.0)
    assert now.generation == 2
    assert only(now).image_digest == new
    assert only(now).restart_count == 0
    assert only(now).instance_id == one_runs(fleet, now).id
    assert operator.history(name)[-1].outcome is Outcome.SUCCEEDED
    operator.until_stopped(*operator.deprovision(name))
