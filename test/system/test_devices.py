# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Devices belong to their owners, may be forgotten, and may come back, as themselves or not."""

import shutil

import pytest

from roost_core.liveness import Liveness
from roost_core.phase import Phase
from roost_core.status import Status
from roost_interfaces import srv
from system.conftest import QUICK_EXECUTOR
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

IMAGE = busybox().tag
STRICT = """
registries: ['registry:5000']
capabilities: [NET_ADMIN]
devices: [/dev/video*]
hostNetwork: false
commands: [sleep]
"""
LOOSE = 'digestsRequired: false\n'


@pytest.fixture(scope='module')
def moods(tmp_path_factory):
    """Give the policy file of a device whose owner changes their mind."""
    path = tmp_path_factory.mktemp('moody') / 'policy.yaml'
    path.write_text(LOOSE)
    return path


@pytest.fixture(scope='module')
def fleet(module_fleet, moods):
    fleet = module_fleet(2, introspection=None, manager_parameters={'missed_heartbeats': 4})
    strict = moods.with_name('strict.yaml')
    strict.write_text(STRICT)
    for name, path in (('strict', strict), ('moody', moods)):
        parameters = {**QUICK_EXECUTOR, 'policy_file': str(path)}
        fleet.add_device(name, executor_parameters=parameters)
    fleet.wait_online()
    return fleet


@pytest.fixture(scope='module', autouse=True)
def packages(operator):
    operator.apply(
        container('boxed', IMAGE, *FOREVER, imagePullPolicy='Never'),
        package(
            'pair',
            *(
                component(name, executable(name, *FOREVER, image=IMAGE, imagePullPolicy='Never'))
                for name in ('left', 'right')
            ),
        ),
    )


@pytest.fixture(autouse=True)
def nothing_left(operator):
    yield
    names = list(operator.deployments())
    operator.until_stopped(*operator.deprovision(*names, force=True) if names else ())


def forget(operator, device, *, force=False):
    return list(
        operator.ask(srv.ForgetDevice, 'forget_device', device=device, force=force).deployments
    )


def refuse(ask, *args, **keys):
    with pytest.raises(Refused) as refused:
        ask(*args, **keys)
    return refused.value


def until_offline(operator, name):
    eventually(
        lambda: operator.device(name).liveness is Liveness.OFFLINE, 30, f'{name} is offline'
    )


def allowed(*command, **keys):
    """Describe a container whose image is from the one registry that is allowed."""
    return container('new', 'registry:5000/any:1', *(command or FOREVER), **keys)


@pytest.mark.parametrize(
    ('asked', 'said'),
    [
        (
            container('new', 'busybox:1', *FOREVER),
            'registries: image busybox:1 comes from docker.io',
        ),
        (allowed(privileged=True), 'privileged: containers may not be privileged'),
        (allowed(capAdd=['NET_ADMIN', 'SYS_ADMIN']), 'capabilities: SYS_ADMIN may not be added'),
        (allowed(devices=['/dev/video0', '/dev/kvm']), 'devices: /dev/kvm may not be passed in'),
        (allowed(ros=True), 'hostNetwork: containers may not share the network'),
        (process('new', 'sh', '-c', 'sleep 9'), "commands: 'sh' may not be run"),
        (
            process(
                'new',
                *FOREVER,
                component_keys={'environment': [{'name': 'LD_PRELOAD', 'default': '/x.so'}]},
            ),
            'commands: LD_PRELOAD decides what a command is',
        ),
    ],
)
def test_what_the_owner_forbids_is_refused_by_its_rule(operator, asked, said):
    refusal = refuse(operator.apply, asked, deployment('new', device='strict'))

    assert refusal.codes == {'DEP_E309'}
    (message,) = refusal.messages
    assert "the policy of strict forbids executable 'main'" in message
    assert said in message


def test_a_device_knows_its_owner_better_than_the_manager(fleet, operator, moods):
    operator.apply(deployment('former', 'boxed', device='moody'))
    (former,) = operator.until_running('former')
    executor = fleet.executors['moody']
    executor.sigterm()
    assert executor.wait_exit() == 0
    until_offline(operator, 'moody')
    moods.write_text('digestsRequired: true\n')
    operator.apply(deployment('latter', 'boxed', device='moody', allowOffline=True))
    executor.start()

    told = operator.until('latter', Status.ERROR, phase=Phase.PROVISIONING, code='DEP_E309')

    assert f'digestsRequired: image {IMAGE} is not named with its digest' in told.reason
    (after,) = operator.until_running('former')
    assert only(after).instance_id == only(former).instance_id
    refusal = refuse(operator.apply, deployment('third', 'boxed', device='moody'))
    assert 'digestsRequired' in refusal.messages[0]
    assert 'digestsRequired: true' in operator.device('moody').policy

    moods.write_text(LOOSE)
    executor.restart()

    operator.until_running('former', 'latter')


def test_who_may_take_a_component_and_who_not_and_why(fleet, operator):
    fleet.devices['rover2'].power_off()
    until_offline(operator, 'rover2')

    listed = operator.ask(srv.ListDevices, 'list_devices', package_name='boxed').devices

    reasons = {each.name: list(each.candidate_reasons) for each in listed}
    assert reasons['rover1'] == reasons['moody'] == []
    (strict,) = reasons['strict']
    assert strict.startswith("its policy forbids executable 'main': registries: image")
    (away,) = reasons['rover2']
    assert away.startswith('offline')
    assert {each.name for each in listed if each.candidate} == {'rover1', 'moody'}
    fleet.devices['rover2'].power_on()
    fleet.wait_online('rover2')


def test_a_forgotten_device_that_returns_is_cleaned_up(fleet, operator):
    operator.apply(
        deployment('lonely', 'boxed', device='rover2'),
        deployment(
            'both',
            'pair',
            components={'left': {'device': 'rover1'}, 'right': {'device': 'rover2'}},
        ),
    )
    lonely, both = operator.until_running('lonely', 'both')
    online = refuse(forget, operator, 'rover2')
    assert online.messages == [
        'deployed on rover2: both, lonely',
        'rover2 is online and would register again with its next report',
    ]
    fleet.devices['rover2'].power_off()
    until_offline(operator, 'rover2')
    assert refuse(forget, operator, 'rover2').messages == ['deployed on rover2: both, lonely']

    assert forget(operator, 'rover2', force=True) == ['both', 'lonely']

    operator.until_stopped(lonely.id)
    torn = operator.until('both', Status.ERROR, phase=Phase.SUCCEEDED, code='DEP_E402')
    assert 'device rover2 was forgotten' in torn.reason
    assert only(torn, 'left').status is Status.RUNNING
    assert refuse(operator.device, 'rover2').code == 'NOT_FOUND'
    operator.apply(deployment('lonely', 'boxed'))
    operator.until_running('lonely')

    fleet.devices['rover2'].power_on()

    fleet.wait_online('rover2')
    engine = fleet.devices['rover2'].engine.client
    eventually(
        lambda: engine.containers.list(all=True, ignore_removed=True) == [],
        30,
        'what it owes is removed',
    )
    assert operator.device('rover2').orphans == ()
    operator.apply(deployment('anew', 'boxed', device='rover2'))
    operator.until_running('anew')
    assert set(containers(fleet, both.id)) == {('rover1', 'left')}


def test_a_machine_with_another_key_is_another_device(fleet, operator):
    operator.apply(deployment('claimed', 'boxed', device='rover2'))
    (before,) = operator.until_running('claimed')
    key = operator.device('rover2').key_id
    rover = fleet.devices['rover2']
    rover.power_off()
    until_offline(operator, 'rover2')
    state = fleet.site.directory('rover2') / 'executor-state'
    for path in state.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    rover.power_on()

    def shown():
        problems = operator.device('rover2').problems
        assert any('rover2 is claimed by two machines' in each for each in problems), problems
        return True

    eventually(shown, 30, 'it is shown')
    assert operator.device('rover2').key_id == key
    assert operator.device('rover2').liveness is Liveness.OFFLINE
    assert operator.see('claimed').codes == ('DEP_E151',)

    assert fleet.executors['rover2'].wait_exit() == 3
    assert "'rover2' is claimed by another machine" in fleet.executors['rover2'].log

    assert forget(operator, 'rover2', force=True) == ['claimed']

    operator.until_stopped(before.id)
    fleet.executors['rover2'].start()
    fleet.wait_online('rover2')
    assert operator.device('rover2').key_id != key
    problems = operator.device('rover2').problems
    assert [each for each in problems if not each.startswith('trusted manager')] == []
    assert set(containers(fleet, before.id)) == {('rover2', 'main')}
    # What was made under another key is looked for after the first report.
    (orphan,) = eventually(lambda: operator.device('rover2').orphans, 30, 'it is found')
    assert (orphan.deployment_id, orphan.deployment_name) == (before.id, 'claimed')
    operator.apply(deployment('anew', 'boxed', device='rover2'))
    operator.until_running('anew')
    rover.engine.client.containers.get(orphan.instance_id).remove(force=True)
    eventually(lambda: not operator.device('rover2').orphans, 30, 'its removal is seen')
