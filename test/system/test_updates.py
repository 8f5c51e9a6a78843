# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Updates in place reach what is new, or what was there before, and never nothing."""

import itertools
import os

import pytest

from roost_core.deployment import Outcome
from roost_core.phase import Phase
from roost_core.status import Status
from roost_interfaces import srv
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

GOOD = busybox().running(*FOREVER)
BROKEN = busybox().running('sh', '-c', 'echo no lens >&2; exit 3')

KEEP = srv.Update.Request.ON_FAILURE_KEEP

_releases = itertools.count(1)


@pytest.fixture(scope='module')
def fleet(module_fleet):
    return module_fleet(1, introspection=None, manager_parameters={'update_proving_sec': 0.5})


@pytest.fixture
def rover(fleet):
    return fleet.devices['rover1']


@pytest.fixture(autouse=True)
def sound(fleet, operator):
    """Leave a registry that runs, a link that is fast, and nothing deployed."""
    yield
    fleet.registry.start()
    fleet.devices['rover1'].machine.limit_link(None)
    left = operator.deployments()
    operator.until_stopped(*operator.deprovision(*left, force=True) if left else ())


def push(fleet, name, image=GOOD):
    """Push an image that no other is equal to; return its reference and its digest."""
    reference = fleet.registry.push(image.labelled(release=str(next(_releases))), name)
    return reference, fleet.registry.digest(name)


def deploy(fleet, operator, name, *, image_of=GOOD):
    """Deploy one container whose image says what it does; return the deployment."""
    image, _ = push(fleet, f'{name}:1.0', image_of)
    operator.apply(container(name, image), deployment(name))
    return operator.until_running(name)[0]


def the_container(fleet, of):
    (found,) = containers(fleet, of.id).values()
    return found


def run_of(found):
    """Tell one run of one container from all others."""
    found.reload()
    return found.id, found.attrs['State']['StartedAt'], found.status


def updated(operator, name, generation):
    """Wait until a deployment runs in a generation, all its updates done."""
    now = operator.until(name, Status.RUNNING, phase=Phase.SUCCEEDED, code='', timeout_sec=30.0)
    assert now.generation == generation
    return now


def failed(operator, name, code, **more):
    return operator.until(name, phase=Phase.FAILED_TO_UPDATE, code=code, timeout_sec=30.0, **more)


def test_an_image_pushed_again_under_its_tag(fleet, operator):
    before = deploy(fleet, operator, 'camera')
    former = the_container(fleet, before)
    image, digest = push(fleet, 'camera:1.0')
    assert only(before).image_digest != digest

    assert operator.update('camera') == 2

    now = updated(operator, 'camera', 2)
    found = the_container(fleet, now)
    assert found.id != former.id
    assert found.labels['roost.generation'] == '2'
    assert only(now).image_digest == digest
    assert (only(now).generation, only(now).restart_count) == (2, 0)
    assert now.id == before.id
    first, second = operator.history('camera')
    assert (first.generation, first.outcome) == (1, Outcome.SUCCEEDED)
    assert first.images['main/main'] == f'{image} ({only(before).image_digest})'
    assert (second.generation, second.outcome) == (2, Outcome.SUCCEEDED)
    assert second.images == {'main/main': f'{image} ({digest})'}
    assert (second.components, second.requested_by) == (('main',), 'tester')
    assert second.began_at <= second.finished_at


def test_a_registry_that_is_down_stops_nothing(fleet, operator):
    before = deploy(fleet, operator, 'lidar')
    former = the_container(fleet, before)
    run = run_of(former)
    _, digest = push(fleet, 'lidar:1.0')
    fleet.registry.stop()

    operator.update('lidar')

    now = failed(operator, 'lidar', 'DEP_E305', reason='update to generation 2 failed')
    assert now.status is Status.RUNNING
    assert 'cannot be pulled' in now.reason
    assert 'what ran before runs on' in now.reason
    assert run_of(former) == run
    assert only(now).instance_id == former.id
    assert only(now) == only(before)
    told = operator.history('lidar')[-1]
    assert (told.outcome, told.code) == (Outcome.FAILED, 'DEP_E305')
    assert 'cannot be pulled' in told.reason

    fleet.registry.start()
    assert operator.update('lidar') == 3

    assert only(updated(operator, 'lidar', 3)).image_digest == digest


def test_an_image_that_is_missing_stops_nothing(fleet, operator):
    before = deploy(fleet, operator, 'radar')
    former = the_container(fleet, before)
    run = run_of(former)
    absent = fleet.registry.reference('radar:2.0')

    operator.update('radar', images={'main': absent})

    now = failed(operator, 'radar', 'DEP_E161', reason=f'image {absent} not found')
    assert run_of(former) == run

    _, digest = push(fleet, 'radar:2.0')
    operator.update('radar', images={'main/main': absent})

    now = updated(operator, 'radar', 3)
    assert (only(now).image, only(now).image_digest) == (absent, digest)


def test_what_exits_at_once_is_rolled_back_to_the_very_former_image(fleet, operator):
    before = deploy(fleet, operator, 'gripper')
    _, moved = push(fleet, 'gripper:1.0', BROKEN)

    operator.update('gripper')

    now = failed(operator, 'gripper', 'DEP_E407', status=Status.RUNNING)
    assert 'main/main on rover1: exited with code 3' in now.reason
    assert 'it did not stay up; main was brought back' in now.reason
    assert only(now).image_digest == only(before).image_digest != moved
    assert only(now).generation == 1
    found = the_container(fleet, now)
    assert found.attrs['Config']['Cmd'] == list(FOREVER)
    assert operator.history('gripper')[-1].outcome is Outcome.ROLLED_BACK

    _, repaired = push(fleet, 'gripper:1.0')
    operator.update('gripper')

    assert only(updated(operator, 'gripper', 3)).image_digest == repaired


def test_keep_leaves_down_what_did_not_stay_up(fleet, operator):
    before = deploy(fleet, operator, 'arm')
    push(fleet, 'arm:1.0', BROKEN)

    operator.update('arm', on_failure=KEEP)

    now = failed(operator, 'arm', 'DEP_E407', status=Status.ERROR, reason='main stays down')
    eventually(lambda: only(operator.see('arm')).status is Status.STOPPED, 30, 'it stays down')
    assert all(each.status != 'running' for each in containers(fleet, before.id).values())
    assert operator.history('arm')[-1].outcome is Outcome.FAILED
    assert now.components[0].stopped_by_choice

    _, repaired = push(fleet, 'arm:1.0')
    operator.update('arm')

    now = updated(operator, 'arm', 3)
    assert only(now).image_digest == repaired
    assert not now.components[0].stopped_by_choice


def test_one_that_is_cancelled_while_it_pulls_changes_nothing(fleet, operator, rover):
    before = deploy(fleet, operator, 'heavy')
    former = the_container(fleet, before)
    run = run_of(former)
    _, digest = push(fleet, 'heavy:1.0', GOOD.with_files({'ballast': os.urandom(3_000_000)}))
    rover.machine.limit_link('1mbit')
    operator.update('heavy')
    operator.until('heavy', phase=Phase.PROVISIONING, reason='pulling')
    assert run_of(former) == run

    operator.cancel_update('heavy')

    now = operator.until('heavy', Status.RUNNING, phase=Phase.FAILED_TO_UPDATE, code='')
    assert now.reason == 'update to generation 2 was cancelled; what ran before runs on'
    assert run_of(former) == run
    assert operator.history('heavy')[-1].outcome is Outcome.CANCELLED
    with pytest.raises(Refused, match="'heavy' is not being updated: Failed to update"):
        operator.cancel_update('heavy')

    rover.machine.limit_link(None)
    operator.update('heavy')

    assert only(updated(operator, 'heavy', 3)).image_digest == digest


def pair(fleet, operator):
    """Deploy two components of one container each."""
    left, _ = push(fleet, 'left:1.0')
    right, _ = push(fleet, 'right:1.0')
    operator.apply(
        package(
            'pair',
            component('left', executable('left', image=left)),
            component('right', executable('right', image=right)),
        ),
        deployment('pair', components={name: {'device': 'rover1'} for name in ('left', 'right')}),
    )
    return operator.until_running('pair')[0]


def test_only_what_is_chosen_is_touched(fleet, operator):
    before = containers(fleet, pair(fleet, operator).id)
    run = run_of(before['rover1', 'right'])
    for name in ('left:1.0', 'right:1.0'):
        push(fleet, name)

    operator.update('pair', 'left')

    now = updated(operator, 'pair', 2)
    after = containers(fleet, now.id)
    assert after['rover1', 'left'].id != before['rover1', 'left'].id
    assert run_of(after['rover1', 'right']) == run
    assert {part.name: part.generation for part in now.components} == {'left': 2, 'right': 1}
    assert operator.history('pair')[-1].components == ('left',)


def test_what_is_not_chosen_is_not_touched_by_a_failure_either(fleet, operator):
    before = containers(fleet, pair(fleet, operator).id)
    run = run_of(before['rover1', 'right'])
    push(fleet, 'left:1.0', BROKEN)

    operator.update('pair', 'left')

    now = failed(operator, 'pair', 'DEP_E407', status=Status.RUNNING)
    assert run_of(containers(fleet, now.id)['rover1', 'right']) == run


def versions(fleet, operator, name, *, extra):
    """Deploy the first of two versions; the second has an executable less, and one more."""
    image, _ = push(fleet, f'{name}:1.0')
    also, _ = push(fleet, f'{name}-extra:1.0', extra)
    stays = executable('stays', image=image)
    operator.apply(
        package(name, component('main', stays, executable('goes', image=image))),
        package(name, component('main', stays, executable('comes', image=also)), version='2.0'),
        deployment(name),
    )
    return operator.until_running(name)[0]


def test_another_version_with_an_executable_less_and_one_more(fleet, operator):
    versions(fleet, operator, 'base', extra=GOOD)

    operator.update('base', package_version='2.0')

    now = updated(operator, 'base', 2)
    eventually(lambda: {name for _, name in containers(fleet, now.id)} == {'stays', 'comes'})
    assert {each.status for each in containers(fleet, now.id).values()} == {'running'}
    assert now.package_version == operator.history('base')[-1].package_version == '2.0'
    assert operator.device('rover1').orphans == ()


def test_another_version_that_fails_leaves_the_executables_of_the_former(fleet, operator):
    before = versions(fleet, operator, 'mast', extra=BROKEN)

    operator.update('mast', package_version='2.0')

    now = failed(operator, 'mast', 'DEP_E407', status=Status.RUNNING)
    assert now.package_version == before.package_version == '1.0'
    assert [each.name for each in now.components[0].executables] == ['stays', 'goes']
    eventually(lambda: {name for _, name in containers(fleet, now.id)} == {'stays', 'goes'})
    assert {each.status for each in containers(fleet, now.id).values()} == {'running'}
    assert operator.device('rover1').orphans == ()


def test_preinstalled_ones_are_refused(fleet, operator):
    image, _ = push(fleet, 'half:1.0')
    operator.apply(
        process('native', *FOREVER),
        deployment('native'),
        package(
            'half',
            component('box', executable('box', image=image)),
            component('native', executable('native', *FOREVER), runtime='preinstalled'),
        ),
        deployment('half', components={name: {'device': 'rover1'} for name in ('box', 'native')}),
    )
    before = operator.until_running('native', 'half')[1]

    with pytest.raises(Refused, match='all its components are preinstalled'):
        operator.update('native')
    with pytest.raises(Refused, match="component 'native' is preinstalled, and those are not"):
        operator.update('half', 'box', 'native')
    operator.update('half')

    now = updated(operator, 'half', 2)
    assert only(now, 'native').instance_id == only(before, 'native').instance_id
    assert only(now, 'box').instance_id != only(before, 'box').instance_id


def test_two_at_once_and_one_that_is_stale_are_refused(fleet, operator, rover):
    deploy(fleet, operator, 'busy')
    push(fleet, 'busy:1.0', GOOD.with_files({'ballast': os.urandom(1_000_000)}))
    rover.machine.limit_link('1mbit')
    operator.update('busy', expected_generation=1)

    with pytest.raises(Refused) as second:
        operator.update('busy')
    with pytest.raises(Refused) as choice:
        operator.restart('busy')

    assert second.value.code == 'REFUSED'
    assert 'is in Provisioning, and can be updated in Succeeded' in second.value.messages[0]
    assert 'is being updated: wait for its end, or cancel' in str(choice.value)
    rover.machine.limit_link(None)
    updated(operator, 'busy', 2)

    with pytest.raises(Refused) as stale:
        operator.update('busy', expected_generation=1)

    assert stale.value.code == 'STALE'
    assert len(operator.history('busy')) == 2


def test_a_deadline_passes_and_stops_nothing(fleet, operator, rover):
    former = the_container(fleet, deploy(fleet, operator, 'late'))
    run = run_of(former)
    push(fleet, 'late:1.0', GOOD.with_files({'ballast': os.urandom(3_000_000)}))
    rover.machine.limit_link('1mbit')

    operator.update('late', timeout_sec=5.0)

    now = failed(operator, 'late', 'DEP_E406', status=Status.RUNNING)
    assert 'it was not done before its deadline, main/main on rover1: pulling' in now.reason
    assert run_of(former) == run


def test_a_deprovision_ends_an_update(fleet, operator, rover):
    of = deploy(fleet, operator, 'doomed')
    push(fleet, 'doomed:1.0', GOOD.with_files({'ballast': os.urandom(3_000_000)}))
    rover.machine.limit_link('1mbit')
    operator.update('doomed')
    operator.until('doomed', phase=Phase.PROVISIONING, reason='pulling')

    operator.until_stopped(*operator.deprovision('doomed'))

    assert containers(fleet, of.id) == {}
    assert operator.history(of.id)[-1].outcome is Outcome.CANCELLED
