# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What an operator restarts, stops and starts is so, once, and stays so."""

import pytest

from roost_core.phase import Phase
from roost_core.status import Status
from system.manifests import (
    component,
    container,
    deployment,
    executable,
    FOREVER,
    package,
    process,
)
from system.operator import only, Refused
from testbed import busybox, eventually

IMAGE = 'local/busybox'
KINDS = ('docker', 'preinstalled')


@pytest.fixture(scope='module')
def fleet(module_fleet):
    fleet = module_fleet(1, introspection=None)
    fleet.devices['rover1'].engine.load(busybox(), IMAGE)
    return fleet


@pytest.fixture
def rover(fleet):
    return fleet.devices['rover1']


@pytest.fixture(autouse=True)
def nothing_left(operator):
    yield
    left = operator.deployments()
    operator.until_stopped(*operator.deprovision(*left, force=True) if left else ())


def package_of(kind, name, *command, **keys):
    if kind == 'preinstalled':
        return process(name, *command, **keys)
    return container(name, IMAGE, *command, imagePullPolicy='Never', **keys)


def deploy(operator, kind, name, *command, **keys):
    """Deploy one executable, which runs for ever unless told otherwise; wait for nothing."""
    operator.apply(package_of(kind, name, *(command or FOREVER), **keys), deployment(name))


def run_of(each):
    """Tell one run of an executable from all others."""
    return each.instance_id, each.started_at


def restarted(operator, name, former, count):
    """Wait until an executable runs anew, and has the count of restarts."""

    def is_so():
        now = operator.see(name)
        assert (now.status, only(now).status) == (Status.RUNNING, Status.RUNNING), now.reason
        assert run_of(only(now)) != run_of(only(former))
        assert only(now).restart_count == count
        return now

    return eventually(is_so, 30, f'{name} was restarted')


def stopped(operator, name):
    """Wait until a whole deployment is stopped by choice, which is no error."""
    now = operator.until(name, Status.STOPPED, phase=Phase.SUCCEEDED, code='')
    assert now.reason.endswith('stopped by choice')
    assert all(part.stopped_by_choice for part in now.components)
    assert only(now).status is Status.STOPPED
    return now


@pytest.mark.parametrize('kind', KINDS)
def test_a_restart(operator, kind):
    deploy(operator, kind, f'{kind}-again')
    (before,) = operator.until_running(f'{kind}-again')

    operator.restart(f'{kind}-again')

    now = restarted(operator, f'{kind}-again', before, 1)
    assert now.generation == before.generation == 1
    if kind == 'docker':
        assert only(now).instance_id == only(before).instance_id
    operator.restart(f'{kind}-again', 'main')
    restarted(operator, f'{kind}-again', now, 2)


@pytest.mark.parametrize('kind', KINDS)
def test_a_stop_and_a_start(fleet, operator, kind):
    name = f'{kind}-rest'
    deploy(operator, kind, name, restart='never')
    (before,) = operator.until_running(name)

    operator.stop(name)

    now = stopped(operator, name)
    assert only(now).restart_count == 0
    assert running(fleet) == []
    operator.stop(name)  # what is so already is no error

    operator.start(name)

    now = restarted(operator, name, before, 1)
    assert not now.components[0].stopped_by_choice
    operator.start(name)
    assert run_of(only(operator.see(name))) == run_of(only(now))


def running(fleet):
    """Name what runs on the device for ever: containers and processes, whoever started them."""
    rover = fleet.devices['rover1']
    listed = rover.machine.run('ps', '-eo', 'args=').stdout.splitlines()
    return [line for line in listed if line == ' '.join(FOREVER)]


@pytest.mark.parametrize('kind', KINDS)
def test_what_is_stopped_stays_so_through_a_restart_of_its_executor(fleet, operator, kind):
    name = f'{kind}-still'
    deploy(operator, kind, name)
    operator.until_running(name)
    operator.stop(name)
    stopped(operator, name)

    fleet.executors['rover1'].kill9()
    fleet.executors['rover1'].start()

    heard_anew(operator)
    stopped(operator, name)
    assert running(fleet) == []


def heard_anew(operator):
    """Wait until the executor that was just started carries out what is asked now."""
    operator.apply(process('witness', 'sleep', '11111'), deployment('witness'))
    operator.until_running('witness')


def test_what_is_stopped_stays_so_through_a_power_cut(fleet, operator, rover):
    for kind in KINDS:
        deploy(operator, kind, f'{kind}-dark')
        deploy(operator, kind, f'{kind}-bright', 'sleep', '99999')
    names = [f'{kind}-dark' for kind in KINDS]
    others = [f'{kind}-bright' for kind in KINDS]
    operator.until_running(*names, *others)
    for name in names:
        operator.stop(name)
        stopped(operator, name)
    before = [operator.see(name) for name in others]
    fleet.manager.kill9()

    rover.reboot()

    fleet.manager.start()
    for each in before:
        restarted(operator, each.name, each, 1)
    for name in names:
        stopped(operator, name)
    assert running(fleet) == []

    for name in names:
        operator.start(name)
    operator.until_running(*names)


def test_one_component_of_two(operator):
    parts = [
        component(name, executable(name, *FOREVER, image=IMAGE, imagePullPolicy='Never'))
        for name in ('left', 'right')
    ]
    operator.apply(
        package('pair', *parts),
        deployment('pair', components={name: {'device': 'rover1'} for name in ('left', 'right')}),
    )
    (before,) = operator.until_running('pair')

    operator.stop('pair', 'left')

    def left_rests():
        now = operator.see('pair')
        assert only(now, 'left').status is Status.STOPPED
        return now

    now = eventually(left_rests, 30, 'left is stopped')
    assert only(now, 'left').reason == 'stopped by choice'
    assert (now.status, now.codes) == (Status.RUNNING, ())
    assert [part.stopped_by_choice for part in now.components] == [True, False]

    operator.restart('pair', 'right')
    operator.start('pair', 'left')

    def both_anew():
        now = operator.see('pair')
        assert now.status is Status.RUNNING
        assert [only(now, name).restart_count for name in ('left', 'right')] == [1, 1]
        return now

    now = eventually(both_anew, 30, 'both were started anew')
    for name in ('left', 'right'):
        assert run_of(only(now, name)) != run_of(only(before, name))
    with pytest.raises(Refused, match="'pair' has no component 'middle'; it has left, right"):
        operator.restart('pair', 'middle')


# Completes when it ran before, and runs on at a later start.
FIRST_TIME = 'if [ -e $0 ]; then exec sleep 100000; fi; touch $0; sleep 0.3'


@pytest.mark.parametrize('kind', KINDS)
def test_what_had_completed_is_restarted_when_asked(operator, tmp_path, kind):
    name = f'{kind}-once'
    flag = f'{tmp_path}/flag' if kind == 'preinstalled' else '/tmp/flag'
    deploy(operator, kind, name, 'sh', '-c', FIRST_TIME, flag, restart='never')
    before = operator.until(name, Status.STOPPED, phase=Phase.SUCCEEDED, code='')
    assert before.reason == 'completed'

    operator.restart(name)

    restarted(operator, name, before, 1)


def test_what_was_stopped_by_hand_is_restarted_when_asked(operator, rover):
    deploy(operator, 'docker', 'held')
    (before,) = operator.until_running('held')
    (found,) = rover.engine.client.containers.list()
    found.stop(timeout=1)
    operator.until('held', Status.ERROR, code='DEP_E152', reason='stopped by hand')

    operator.restart('held')

    restarted(operator, 'held', before, 1)


def test_what_is_in_a_crash_loop_is_stopped_and_begins_anew(operator, tmp_path):
    flag = tmp_path / 'repaired'
    script = f'[ -e {flag} ] && exec sleep 100000; exit 1'
    deploy(operator, 'preinstalled', 'loop', 'sh', '-c', script)
    operator.until('loop', Status.ERROR, code='DEP_E163')

    operator.stop('loop')

    stopped(operator, 'loop')
    flag.touch()
    operator.start('loop')
    operator.until_running('loop')
    told = [each.reason_kind for each in operator.events('loop')]
    assert 'CRASH_LOOP' not in told[len(told) - told[::-1].index('STOPPED_BY_CHOICE') :]


# Notes each run, and stops so slowly that it is seen.
NOTED = 'trap "sleep 1; exit 0" TERM; echo run >> $0; while :; do sleep 0.05; done'


@pytest.mark.parametrize('kind', KINDS)
def test_a_restart_is_carried_out_once_whenever_its_executor_is_killed(
    fleet, operator, tmp_path, kind
):
    """Each run leaves a line, so that none is overlooked."""
    name = f'{kind}-counted'
    runs = f'{tmp_path}/runs' if kind == 'preinstalled' else '/tmp/runs'
    deploy(operator, kind, name, 'sh', '-c', NOTED, runs)
    (before,) = operator.until_running(name)
    executor = fleet.executors['rover1']
    moments = {
        'at once': lambda: True,
        'while it stops': lambda: operator.see(name).status is Status.PENDING,
        'when it runs': lambda: only(operator.see(name)).restart_count == 3,
    }
    for number, (what, moment) in enumerate(moments.items(), start=1):
        operator.restart(name)
        eventually(moment, 30, what, period_sec=0.002)
        executor.kill9()
        executor.start()

        before = restarted(operator, name, before, number)

    heard_anew(operator)
    eventually(lambda: counted(fleet, kind, runs) == 4, 30, 'four runs')
    assert only(operator.see(name)).restart_count == 3


def counted(fleet, kind, runs):
    """Count the runs that left a line."""
    rover = fleet.devices['rover1']
    if kind == 'preinstalled':
        return len(rover.machine.run('cat', runs).stdout.splitlines())
    (found,) = rover.engine.client.containers.list()
    return len(found.exec_run(['cat', runs]).output.splitlines())


def test_what_was_not_started_yet_and_what_leaves_is_refused(fleet, operator, rover):
    operator.apply(
        container('absent', fleet.registry.reference('absent:1.0'), *FOREVER),
        process('sleeper', *FOREVER),
        deployment('absent'),
        deployment('patient', 'sleeper', depends_on=['absent']),
    )
    operator.until('patient', Status.ERROR, phase=Phase.IN_PROGRESS, code='DEP_E156')

    with pytest.raises(Refused, match="nothing of 'patient' was started yet: In progress, waiti"):
        operator.restart('patient')
    with pytest.raises(Refused, match="there is no deployment 'nobody'"):
        operator.stop('nobody')


def test_a_choice_waits_for_a_device_that_is_off(fleet, operator, rover):
    deploy(operator, 'docker', 'afar')
    operator.until_running('afar')
    rover.power_off()
    operator.until('afar', Status.ERROR, code='DEP_E151')

    operator.stop('afar')

    assert operator.see('afar').status is Status.ERROR
    rover.power_on()
    stopped(operator, 'afar')
    assert rover.engine.client.containers.list() == []


def test_dependants_are_told_of_a_stop(operator):
    operator.apply(
        process('quiet', *FOREVER),
        deployment('map', 'quiet'),
        deployment('route', 'quiet', depends_on=['map']),
    )
    operator.until_running('map', 'route')

    operator.stop('map')

    stopped(operator, 'map')
    operator.until('route', Status.RUNNING, phase=Phase.SUCCEEDED, code='')
    operator.start('map')
    operator.until_running('map', 'route')
