# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Deployments wait for what they need, suffer with it, and go before it."""

import os

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
from system.operator import containers, only, Refused
from testbed import busybox, eventually

IMAGE = 'local/busybox'
CHAIN = ('simulator', 'command-center', 'user-interface')


@pytest.fixture(scope='module')
def fleet(module_fleet):
    fleet = module_fleet(2, introspection=None)
    for device in fleet.devices.values():
        device.engine.load(busybox(), IMAGE)
    return fleet


@pytest.fixture(scope='module', autouse=True)
def packages(operator):
    operator.apply(
        process('sleeper', *FOREVER),
        process('gated', 'sh', '-c', GATE, 'gate'),
    )


# Runs while its file is there, and fails at once without.
GATE = 'while [ -e /run/$0 ]; do sleep 0.05; done; exit 1'


def gate(fleet, *, opened):
    fleet.devices['rover1'].machine.run(*(['touch'] if opened else ['rm', '-f']), '/run/gate')


def remove_all(operator):
    operator.until_stopped(*operator.deprovision(*operator.deployments(), force=True))


def test_a_dependant_waits_and_then_goes_on(fleet, operator):
    heavy = busybox().with_files({'ballast': os.urandom(1_000_000)})
    image = fleet.registry.push(heavy, 'simulator:1.0')
    rover = fleet.devices['rover1'].machine
    rover.limit_link('8mbit')
    operator.apply(
        package('simulator', component('main', executable('main', *FOREVER, image=image))),
        deployment('simulator'),
        deployment('turtle', 'sleeper', device='rover2', depends_on=['simulator']),
    )

    waiting = operator.until('turtle', Status.PENDING, phase=Phase.IN_PROGRESS, code='')

    assert waiting.reason == 'waiting for simulator: Provisioning'
    assert only(waiting).status is Status.PENDING
    assert [(need.name, need.met) for need in waiting.dependencies] == [('simulator', False)]
    assert operator.see('simulator').dependants == ('turtle',)

    rover.limit_link(None)

    simulator, turtle = operator.until_running('simulator', 'turtle')
    assert only(simulator).started_at <= only(turtle).started_at
    assert [(need.name, need.met) for need in turtle.dependencies] == [('simulator', True)]
    remove_all(operator)


def test_who_waits_for_something_in_error_is_told(fleet, operator):
    image = fleet.registry.reference('absent:1.0')
    operator.apply(
        package('absent', component('main', executable('main', *FOREVER, image=image))),
        deployment('absent'),
        deployment('patient', 'sleeper', device='rover2', depends_on=['absent']),
    )

    waiting = operator.until('patient', Status.ERROR, phase=Phase.IN_PROGRESS, code='DEP_E156')

    assert waiting.reason == 'waiting for absent: Provisioning'

    fleet.registry.push(busybox(), 'absent:1.0')

    operator.until_running('absent', 'patient')
    remove_all(operator)


def test_an_error_reaches_all_dependants_and_leaves_them_running(fleet, operator):
    gate(fleet, opened=True)
    operator.apply(
        deployment('map', 'gated'),
        deployment('route', 'sleeper', device='rover2', depends_on=['map']),
        deployment('drive', 'sleeper', depends_on=['route']),
        deployment('aloof', 'sleeper'),
    )
    before = operator.until_running('map', 'route', 'drive', 'aloof')

    gate(fleet, opened=False)

    operator.until('map', Status.ERROR, code='DEP_E163')
    # Between two exits it is told that it was started again and is being watched.
    direct = 'dependency map is in error: exits again and again'
    route = operator.until('route', Status.ERROR, code='DEP_E156', reason=direct)
    drive = operator.until('drive', Status.ERROR, code='DEP_E156')
    assert route.reason.startswith(direct)
    assert drive.reason.startswith('dependency route is in error: dependency map is in error')
    for each, former in ((route, before[1]), (drive, before[2])):
        assert each.phase is Phase.SUCCEEDED
        assert only(each).status is Status.RUNNING
        assert only(each).instance_id == only(former).instance_id
    assert operator.see('aloof').status is Status.RUNNING

    gate(fleet, opened=True)

    operator.until_running('map', 'route', 'drive')
    assert only(operator.see('drive')).restart_count == 0
    remove_all(operator)


def test_what_others_need_is_not_removed_unless_forced(fleet, operator):
    operator.apply(
        deployment('base', 'sleeper'),
        deployment('top', 'sleeper', device='rover2', depends_on=['base']),
    )
    operator.until_running('base', 'top')

    with pytest.raises(Refused) as refused:
        operator.deprovision('base')

    assert refused.value.code == 'REFUSED'
    assert refused.value.messages == ["'base' is needed by top"]
    assert not operator.see('base').deprovisioning

    operator.until_stopped(*operator.deprovision('base', force=True))

    top = operator.until('top', Status.ERROR, phase=Phase.SUCCEEDED, code='DEP_E156')
    assert top.reason == 'dependency base was stopped'
    assert only(top).status is Status.RUNNING
    remove_all(operator)


def test_dependants_go_first(fleet, operator):
    operator.apply(
        deployment('a-ground', 'sleeper'),
        deployment('b-house', 'sleeper', device='rover2', depends_on=['a-ground']),
        deployment('c-roof', 'sleeper', depends_on=['b-house', 'a-ground']),
    )
    ids = {each.name: each.id for each in operator.until_running('a-ground', 'b-house', 'c-roof')}

    order = operator.deprovision('a-ground', 'b-house', 'c-roof')

    assert order == [ids['c-roof'], ids['b-house'], ids['a-ground']]
    operator.until_stopped(*order)
    stopped = [
        event.deployment_name
        for event in operator.events()
        if event.deployment_id in order and event.message.endswith('-> Deployment stopped')
    ]
    assert stopped == ['c-roof', 'b-house', 'a-ground']


def test_a_dependency_that_is_stopped_fails_who_waits_for_it(fleet, operator):
    operator.apply(
        container('never-up', fleet.registry.reference('never-up:1.0')),
        deployment('never-up'),
        deployment('hopeful', 'sleeper', depends_on=['never-up']),
    )
    operator.until('hopeful', Status.ERROR, phase=Phase.IN_PROGRESS, code='DEP_E156')

    operator.until_stopped(*operator.deprovision('never-up', force=True))

    failed = operator.until('hopeful', Status.ERROR, phase=Phase.FAILED_TO_START)
    assert failed.codes == ('DEP_E156',)
    assert failed.reason in (
        'dependency never-up was stopped',
        'dependency never-up is being deprovisioned',
    )
    operator.until_stopped(*operator.deprovision('hopeful'))


def test_what_a_dependency_exposes_reaches_its_dependants(fleet, operator, tmp_path):
    dump = tmp_path / 'dump'
    command = ('sh', '-c', 'env > $0.new; mv $0.new $0; exec sleep 100000', str(dump))
    operator.apply(
        package(
            'beacon',
            component(
                'main',
                executable('main', *FOREVER),
                runtime='preinstalled',
                environment=[
                    {
                        'name': 'CHANNEL',
                        'default': '7',
                        'exposed': True,
                        'exposedName': 'BEACON_CHANNEL',
                    },
                    {'name': 'HIDDEN', 'default': 'x'},
                ],
            ),
        ),
        process('listener', *command),
        deployment('beacon', environment={'CHANNEL': '9'}),
        deployment('listener', depends_on=['beacon']),
    )
    operator.until_running('beacon', 'listener')

    eventually(dump.exists, 30, 'the process wrote its environment')

    seen = dump.read_text().splitlines()
    assert 'BEACON_CHANNEL=9' in seen
    assert not any(line.startswith(('CHANNEL=', 'HIDDEN=')) for line in seen)
    remove_all(operator)


def deploy_chain(operator, *devices, prefix='', command=FOREVER, **keys):
    """Deploy the chain in containers, each on a device; return the deployments, the first first.

    Each depends on the one before it.
    """
    names = [f'{prefix}{name}' for name in CHAIN]
    package = f'{prefix}link'
    needs = [[], *([name] for name in names)]
    operator.apply(
        container(package, IMAGE, *command, imagePullPolicy='Never', **keys),
        *(
            deployment(name, package, device=device, depends_on=need)
            for name, device, need in zip(names, devices, needs, strict=False)
        ),
    )
    return operator.until_running(*names)


@pytest.mark.parametrize('end', ['kill', 'stop'])
def test_the_chain_suffers_within_a_second_and_runs_on(fleet, operator, end):
    """What is killed and never restarted is in error, and so is what a person stops."""
    policy = {'kill': 'never', 'stop': 'always'}[end]
    devices = ('rover1', 'rover2', 'rover1')
    before = deploy_chain(operator, *devices, prefix=f'{end}-', restart=policy)
    simulator = before[0].name
    (ended,) = containers(fleet, before[0].id).values()
    runs = {each.name: run_of(fleet, each) for each in before[1:]}

    ended.kill() if end == 'kill' else ended.stop(timeout=1)

    eventually(
        lambda: all('DEP_E156' in operator.see(each.name).codes for each in before[1:]),
        1.0,
        'both dependants show it',
    )
    suffering = [operator.see(each.name) for each in before[1:]]
    told = {'kill': 'ended by SIGKILL after', 'stop': 'stopped by hand'}[end]
    direct = f'dependency {simulator} is in error: {told}'
    assert suffering[0].reason.startswith(direct)
    assert suffering[1].reason.startswith(f'dependency {before[1].name} is in error: {direct}')
    for now in suffering:
        assert (now.phase, now.status) == (Phase.SUCCEEDED, Status.ERROR)
        assert now.codes == ('DEP_E156',)
        assert only(now).status is Status.RUNNING
    assert {each.name: run_of(fleet, each) for each in before[1:]} == runs

    if end == 'kill':
        operator.restart(simulator)
    else:
        ended.start()

    after = operator.until_running(*(each.name for each in before))
    assert {each.name: run_of(fleet, each) for each in before[1:]} == runs
    assert [only(each).restart_count for each in after] == [1, 0, 0]
    remove_all(operator)


def run_of(fleet, of):
    """Tell one run of the one container of a deployment from all others."""
    (found,) = containers(fleet, of.id).values()
    return found.id, found.attrs['State']['StartedAt'], found.status


def test_the_chain_starts_in_order_after_a_reboot_with_nobody_to_ask(fleet, operator):
    before = deploy_chain(operator, *['rover1'] * 3, prefix='dark-')
    fleet.manager.kill9()

    fleet.devices['rover1'].reboot()

    def all_run_anew():
        runs = [run_of(fleet, each) for each in before]
        assert {status for _, _, status in runs} == {'running'}
        return [started_at for _, started_at, _ in runs]

    eventually(all_run_anew, 30, 'all run without a manager')
    started_at = all_run_anew()
    assert started_at == sorted(started_at)
    fleet.manager.start()
    operator.until_running(*(each.name for each in before))
    assert all_run_anew() == started_at
    eventually(  # a manager that has just started tells what it heard last until it hears more
        lambda: [only(operator.see(each.name)).restart_count for each in before] == [1, 1, 1],
        30,
        'the restart is counted',
    )
    remove_all(operator)


def test_the_chain_ends_in_the_reverse_order(fleet, operator):
    """Each takes its time, and what it needs is there until it has ended."""
    slow = ('sh', '-c', 'trap "sleep 3; exit 0" TERM; while :; do sleep 0.05; done')
    devices = ('rover1', 'rover2', 'rover1')
    chain = deploy_chain(operator, *devices, prefix='slow-', command=slow)

    ids = operator.deprovision(*(each.name for each in chain))

    assert ids == [each.id for each in reversed(chain)]
    simulator, center, interface = chain
    eventually(lambda: not containers(fleet, interface.id), 30, 'the first one is gone')
    assert [run_of(fleet, each)[2] for each in (simulator, center)] == ['running'] * 2
    eventually(lambda: not containers(fleet, center.id), 30, 'the second one is gone')
    assert run_of(fleet, simulator)[2] == 'running'
    operator.until_stopped(*ids)


def test_a_cycle_is_named_in_full(operator):
    with pytest.raises(Refused) as refused:
        operator.apply(
            *(
                deployment(name, 'sleeper', depends_on=[needed])
                for name, needed in zip(CHAIN, (*CHAIN[1:], CHAIN[0]), strict=True)
            ),
            deployment('outside', 'sleeper', depends_on=['simulator']),
        )

    (message,) = refused.value.messages
    told = message.removeprefix('dependencies form a cycle: ').split(' -> ')
    start = CHAIN.index(told[0])
    assert told == [*CHAIN[start:], *CHAIN[:start], told[0]]
    assert operator.deployments() == {}
