# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Every error code is reached, with its reason, and left again when its cause goes."""

from contextlib import contextmanager
import importlib
import inspect
import json
import re

import pytest

from roost_core.error_codes import CATALOGUE
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
from system.resources import config, login
from testbed import busybox, eventually

IMAGE = 'local/busybox'

# Code -> the tests of this folder that reach it, and leave it where that can be.
REACHED = {
    'DEP_E151': ['test_offline.test_a_power_cut_is_told_and_outlived'],
    'DEP_E152': [
        'test_restarting.test_policies',
        'test_restarting.test_a_missing_command_is_told_and_not_tried_again',
        'test_restarting.test_what_a_person_stops_stays_stopped',
    ],
    'DEP_E156': ['test_dependencies.test_the_chain_suffers_within_a_second_and_runs_on'],
    'DEP_E161': ['test_images.test_a_missing_image_is_told_and_taken_when_it_is_pushed'],
    'DEP_E162': ['test_refusals.test_one_reason'],
    'DEP_E163': ['test_restarting.test_a_crash_loop_is_told_and_left'],
    'DEP_E301': ['test_engines.test_what_an_engine_takes_along_runs_again_when_it_is_back'],
    'DEP_E302': ['test_engines.test_a_full_disk_is_told_and_forgotten_when_there_is_room'],
    'DEP_E303': ['test_codes.test_what_the_engine_refuses'],
    'DEP_E304': ['test_restarting.test_a_taken_port_is_told_and_taken_when_it_is_free'],
    'DEP_E305': ['test_images.test_a_registry_that_is_down_is_told_and_used_when_it_is_back'],
    'DEP_E306': ['test_codes.test_a_login_that_is_wrong'],
    'DEP_E307': ['test_codes.test_a_runtime_that_is_offered_no_more'],
    'DEP_E308': ['test_codes.test_a_process_that_cannot_be_started'],
    'DEP_E309': ['test_codes.test_a_policy_that_became_stricter'],
    'DEP_E310': ['test_codes.test_too_little_memory'],
    'DEP_E311': ['test_engines.test_a_removal_waits_for_the_engine'],
    'DEP_E313': ['test_codes.test_what_answers_its_probe_no_more'],
    'DEP_E314': ['test_codes.test_a_secret_that_is_none_for_what_is_needed'],
    'DEP_E315': ['test_codes.test_a_config_that_cannot_be_kept'],
    'DEP_E316': ['test_volumes.test_a_folder_that_vanishes_is_told_to_those_who_use_it'],
    'DEP_E402': ['test_codes.test_a_device_that_is_forgotten'],
    'DEP_E403': ['test_codes.test_a_value_that_nobody_gives_any_more'],
    'DEP_E404': ['test_codes.test_more_than_a_device_can_be_asked_for'],
    'DEP_E405': ['test_codes.test_a_cloud_that_is_not_there'],
    'DEP_E406': ['test_updates.test_a_deadline_passes_and_stops_nothing'],
    'DEP_E407': [
        'test_updates.test_what_exits_at_once_is_rolled_back_to_the_very_former_image',
        'test_updates.test_keep_leaves_down_what_did_not_stay_up',
    ],
}

NOT_REACHED = {
    'DEP_E153': 'there is no cloud yet',
    'DEP_E154': 'there is no cloud yet',
    'DEP_E155': 'there is no cloud yet',
    'DEP_E312': 'it is for defects of the executor, and none is known',
    'DEP_E401': 'a component is placed where the request says, and that is checked with it',
}


def test_every_code_is_reached_or_it_is_said_why_not():
    assert {*REACHED, *NOT_REACHED} == {entry.code for entry in CATALOGUE}
    assert not REACHED.keys() & NOT_REACHED.keys()
    for code, tests in REACHED.items():
        for each in tests:
            module, name = each.split('.')
            found = getattr(importlib.import_module(f'system.{module}'), name)
            assert code in inspect.getsource(found), f'{each} says nothing of {code}'


@pytest.fixture(scope='module')
def policy_file(tmp_path_factory):
    """Give the file in which the owner of rover1 says what is allowed there: all registries."""
    path = tmp_path_factory.mktemp('policy') / 'policy.yaml'
    path.write_text("registries: ['*']\n")
    return path


@pytest.fixture(scope='module')
def fleet(module_fleet, policy_file):
    fleet = module_fleet(
        ['rover2'], introspection=None, manager_parameters={'update_proving_sec': 0.5}
    )
    given = {'policy_file': str(policy_file), 'variables': ['SITE=lab']}
    fleet.add_device('rover1', executor_parameters={**QUICK_EXECUTOR, **given})
    for device in fleet.devices.values():
        device.engine.load(busybox(), IMAGE)
    fleet.wait_online()
    return fleet


@pytest.fixture(scope='module', autouse=True)
def guarded(fleet):
    """Give a registry with a login, from the start: engines read names of hosts every 5 s."""
    return fleet.site.registry('registry2', authenticated=True)


@pytest.fixture(autouse=True)
def nothing_left(operator):
    yield
    left = operator.deployments()
    operator.until_stopped(*operator.deprovision(*left, force=True) if left else ())


@pytest.fixture
def rover(fleet):
    return fleet.devices['rover1']


@pytest.fixture
def apply_file(fleet, tmp_path):
    """Apply documents by the command line, which seals secrets."""

    def apply(*documents):
        path = tmp_path / 'manifests.yaml'
        path.write_text('\n---\n'.join(json.dumps(each) for each in documents))
        fleet.roost('apply', str(path))

    return apply


@contextmanager
def restarted_with(fleet, former, present):
    """Have the executor of rover1 run with another parameter, and then as before."""
    executor = fleet.executors['rover1']
    argv = executor.argv
    assert former in ' '.join(argv)
    executor.argv = [each.replace(former, present) for each in argv]
    executor.restart()
    fleet.wait_online('rover1')
    try:
        yield
    finally:
        executor.argv = argv
        executor.restart()
        fleet.wait_online('rover1')


def boxed(name, *command, **keys):
    return container(name, IMAGE, *(command or FOREVER), imagePullPolicy='Never', **keys)


def test_what_the_engine_refuses(operator, rover):
    operator.apply(boxed('eye', devices=['/dev/eye0']), deployment('eye'))

    now = operator.until('eye', Status.ERROR, phase=Phase.PROVISIONING, code='DEP_E303')

    assert now.reason.startswith('the container engine refused it: ')
    assert '/dev/eye0' in now.reason
    assert 'trying again' in now.reason
    try:
        rover.machine.run('mknod', '/dev/eye0', 'c', '1', '3')
        operator.until_running('eye')
    finally:
        rover.machine.run('rm', '-f', '/dev/eye0')


def test_a_login_that_is_wrong(guarded, operator, apply_file):
    image = guarded.push(busybox(), 'treasure:1.0')
    apply_file(
        login('key', guarded.host, 'roost', 'wrong'),
        container('treasure', image, *FOREVER, pullSecret='key'),
        deployment('treasure'),
    )

    now = operator.until('treasure', Status.ERROR, phase=Phase.PROVISIONING, code='DEP_E306')

    assert now.reason.startswith(f'the registry denied image {image}: check its pull secret')
    apply_file(login('key', guarded.host, 'roost', 'roost-secret'))
    operator.until_running('treasure')


def test_a_runtime_that_is_offered_no_more(fleet, operator, rover):
    operator.apply(boxed('afloat'), deployment('afloat'))
    (before,) = operator.until_running('afloat')

    with restarted_with(fleet, '["docker", "preinstalled"]', '["preinstalled"]'):
        now = operator.until('afloat', Status.ERROR, phase=Phase.SUCCEEDED, code='DEP_E307')
        assert now.reason == 'this device does not offer the runtime docker'
        assert only(now).status is Status.ERROR

    (after,) = operator.until_running('afloat')
    assert only(after).instance_id == only(before).instance_id
    assert only(after).restart_count == 0


def test_a_process_that_cannot_be_started(operator, rover):
    operator.apply(
        process('homeless', *FOREVER, workingDirectory='/run/home'), deployment('homeless')
    )

    now = operator.until('homeless', Status.ERROR, phase=Phase.PROVISIONING, code='DEP_E308')

    assert now.reason.startswith(
        'its working directory could not be entered (No such file or directory): correct the'
    )
    rover.machine.run('mkdir', '/run/home')
    operator.until_running('homeless')


def test_a_policy_that_became_stricter(fleet, operator, policy_file):
    """The manager let it pass, and the device has the last word."""
    image = fleet.registry.reference('foreign:1.0')
    operator.apply(container('foreign', image, *FOREVER), deployment('foreign'))
    operator.until('foreign', Status.ERROR, code='DEP_E161')

    with rule(fleet, policy_file, 'registries: [docker.io]\n'):
        now = operator.until('foreign', Status.ERROR, phase=Phase.PROVISIONING, code='DEP_E309')
        told = f'registries: image {image} comes from {fleet.registry.host}, allowed is docker.io'
        assert now.reason == f'the policy of this device forbids it: {told}'
        eventually(lambda: 'docker.io' in operator.device('rover1').policy, 30, 'it tells that')
        with pytest.raises(Refused, match=f"rover1 forbids executable 'main': {told}") as refused:
            operator.apply(deployment('another', 'foreign'))
        assert refused.value.codes == {'DEP_E309'}
        fleet.registry.push(busybox(), 'foreign:1.0')

    operator.until_running('foreign')


@contextmanager
def rule(fleet, policy_file, text):
    """Have the owner of rover1 say something else for a while."""
    usual = policy_file.read_text()
    policy_file.write_text(text)
    fleet.executors['rover1'].restart()
    try:
        yield
    finally:
        policy_file.write_text(usual)
        fleet.executors['rover1'].restart()
        fleet.wait_online('rover1')


def test_too_little_memory(operator):
    hungry = boxed('hungry', 'tail', '/dev/zero', restart='never', limits={'memory': '16Mi'})
    fed = boxed('hungry', restart='never', limits={'memory': '64Mi'})
    fed['metadata']['version'] = '2.0'
    operator.apply(hungry, fed, deployment('hungry'))

    # The engine may tell that it ended before it tells why.
    now = operator.until('hungry', Status.ERROR, phase=Phase.SUCCEEDED, reason='out of memory')

    assert now.codes == ('DEP_E310', 'DEP_E152')
    assert now.reason.startswith('ran out of memory and was killed after')
    operator.update('hungry', package_version='2.0')
    assert operator.until_running('hungry')[0].generation == 2


def test_what_answers_its_probe_no_more(operator):
    probe = {
        'exec': ['test', '-e', '/tmp/answers'],
        'period': '100ms',
        'timeout': '2s',
        'failureThreshold': 2,
        'initialDelay': '300ms',
    }
    script = 'touch /tmp/answers; exec sleep 100000'
    operator.apply(
        boxed('dazed', 'sh', '-c', script, restart='never', livenessProbe=probe),
        deployment('dazed'),
    )
    (before,) = operator.until_running('dazed')
    (found,) = containers(operator.fleet, before.id).values()

    eventually(lambda: found.exec_run(['rm', '/tmp/answers']).exit_code == 0, 30, 'it is removed')

    now = operator.until('dazed', Status.ERROR, phase=Phase.SUCCEEDED, reason='liveness probe')
    now = eventually(
        lambda: (now := operator.see('dazed')).codes == ('DEP_E313', 'DEP_E152') and now, 30
    )
    assert re.match(r'did not answer its liveness probe 2 times: .*, and is not to be', now.reason)
    operator.restart('dazed')
    operator.until_running('dazed')


def test_a_secret_that_is_none_for_what_is_needed(guarded, operator, apply_file):
    image = guarded.push(busybox(), 'locked:1.0')
    apply_file(
        login('lock', 'elsewhere:5000', 'roost', 'roost-secret'),
        container('locked', image, *FOREVER, pullSecret='lock'),
        deployment('locked'),
    )

    now = operator.until('locked', Status.ERROR, phase=Phase.PROVISIONING, code='DEP_E314')

    assert now.reason.startswith(
        f"secret 'lock' is for the registry elsewhere:5000, and image {image} comes from"
    )
    apply_file(login('lock', guarded.host, 'roost', 'roost-secret'))
    operator.until_running('locked')


def test_a_config_that_cannot_be_kept(fleet, operator, rover, apply_file):
    folder = fleet.site.directory('rover1') / 'executor-state' / 'configs'
    rover.machine.run('mount', '-t', 'tmpfs', '-o', 'ro', 'tmpfs', str(folder))
    try:
        mount = {'config': 'maps', 'mountPath': '/maps'}
        apply_file(
            config('maps', files={'office.yaml': 'resolution: 0.05\n'}),
            boxed('planner'),
            deployment('planner', components={'main': {'device': 'rover1', 'configs': [mount]}}),
        )
        now = operator.until('planner', Status.ERROR, phase=Phase.PROVISIONING, code='DEP_E315')
        assert now.reason.startswith('config maps cannot be kept in ')
        assert 'Read-only file system' in now.reason
    finally:
        rover.machine.run('umount', '--lazy', str(folder))

    operator.until_running('planner')


def test_a_device_that_is_forgotten(fleet, operator):
    """It cannot be left: what was there is lost, and the rest is to be deprovisioned."""
    operator.apply(
        package(
            'spread',
            *(
                component(name, executable(name, *FOREVER), runtime='preinstalled')
                for name in ('near', 'far')
            ),
        ),
        deployment(
            'spread', components={'near': {'device': 'rover1'}, 'far': {'device': 'rover2'}}
        ),
    )
    operator.until_running('spread')
    fleet.executors['rover2'].stop()

    operator.ask(srv.ForgetDevice, 'forget_device', device='rover2', force=True)

    now = operator.until('spread', Status.ERROR, phase=Phase.SUCCEEDED, code='DEP_E402')
    assert now.reason == 'far/far on rover2: device rover2 was forgotten'
    assert only(now, 'near').status is Status.RUNNING
    operator.until_stopped(*operator.deprovision('spread'))
    fleet.executors['rover2'].start()
    fleet.wait_online('rover2')
    there = fleet.devices['rover2'].machine
    eventually(
        lambda: ' '.join(FOREVER) not in there.run('ps', '-eo', 'args=').stdout.splitlines(),
        30,
        'what was there is removed at its return',
    )


def test_a_value_that_nobody_gives_any_more(fleet, operator):
    """It cannot be left: bindings are worked out once."""
    operator.apply(
        container('absent', fleet.registry.reference('absent:1.0')),
        boxed('local', component_keys={'environment': [{'name': 'SITE'}]}),
        deployment('absent'),
        deployment('local', depends_on=['absent']),
    )
    operator.until('local', Status.ERROR, phase=Phase.IN_PROGRESS, code='DEP_E156')

    with restarted_with(fleet, 'SITE=lab', 'ELSEWHERE=lab'):
        eventually(
            lambda: 'SITE' not in operator.device('rover1').variables, 30, 'the device has it not'
        )
        fleet.registry.push(busybox().running(*FOREVER), 'absent:1.0')
        now = operator.until('local', Status.ERROR, phase=Phase.FAILED_TO_START, code='DEP_E403')

    assert now.reason == 'component main: no value for SITE'


def test_more_than_a_device_can_be_asked_for(operator):
    large = {f'PART_{number}': 'x' * 60_000 for number in range(10)}
    keys = {'component_keys': {'environment': [{'name': each, 'default': ''} for each in large]}}
    operator.apply(boxed('whale', **keys), deployment('first', 'whale', environment=large))

    with pytest.raises(Refused) as refused:
        operator.apply(deployment('second', 'whale', environment=large))

    assert refused.value.codes == {'DEP_E404'}
    (message,) = refused.value.messages
    assert re.fullmatch(
        r'rover1 would be asked for \d+ bytes of deployments, at most \d+ are possible', message
    )
    operator.until_stopped(*operator.deprovision('first'))
    operator.apply(deployment('second', 'whale', environment=large))
    operator.until_running('second')


def test_a_cloud_that_is_not_there(operator):
    main = {
        'name': 'main',
        'runtime': 'cloud',
        'executables': [{'name': 'main', 'image': IMAGE}],
    }

    with pytest.raises(Refused) as refused:
        operator.apply(
            package('above', main),
            deployment('above', components={'main': {'cloud': 'sky'}}),
        )

    assert refused.value.codes == {'DEP_E405'}
    assert 'there is none' in refused.value.messages[0]
