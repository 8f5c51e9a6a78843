# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Work is followed: by actions, by events without a gap, by progress."""

import os

from action_msgs.msg import GoalStatus
import pytest

from roost_cli.model import Deployment
from roost_cli.reading import read
from roost_core.phase import Phase
from roost_core.status import Status
from roost_interfaces import msg
from roost_interfaces.action import DeployAndWait, DeprovisionAndWait
from system.manifests import container, FOREVER, process
from system.operator import MANAGER
from testbed import busybox, eventually


@pytest.fixture(scope='module')
def fleet(module_fleet):
    return module_fleet(1, introspection=None)


@pytest.fixture(scope='module', autouse=True)
def packages(fleet, operator):
    operator.apply(
        process('sleeper', *FOREVER),
        process('broken', 'sh', '-c', 'exit 1', restart='never'),
        container('absent', fleet.registry.reference('absent:1.0'), *FOREVER),
    )


def asked(name, package='', **fields):
    spec = msg.DeploymentSpec(
        name=name,
        package_name=package or name,
        package_version='1.0',
        components=[msg.ComponentSpec(name='main', device='rover1')],
    )
    return DeployAndWait.Goal(spec=spec, requested_by='tester', **fields)


def deploy(fleet, *args, **fields):
    return fleet.client.send_goal(
        DeployAndWait, f'{MANAGER}/deploy_and_wait', asked(*args, **fields)
    )


def steps(goal):
    """Give what the feedback showed, without repetitions."""
    shown = [read(Deployment, each.deployment) for each in goal.feedback]
    return list(dict.fromkeys((each.phase, each.status) for each in shown))


def test_deploy_and_wait_shows_the_way_to_running(fleet, operator):
    heavy = busybox().with_files({'ballast': os.urandom(1_000_000)})
    operator.apply(container('heavy', fleet.registry.push(heavy, 'heavy:1.0'), *FOREVER))
    rover = fleet.devices['rover1'].machine
    rover.limit_link('8mbit')

    goal = deploy(fleet, 'heavy')
    ended = goal.result()

    rover.limit_link(None)
    assert ended.status == GoalStatus.STATUS_SUCCEEDED
    assert ended.result.result.ok
    deployment = read(Deployment, ended.result.deployment)
    assert (deployment.phase, deployment.status) == (Phase.SUCCEEDED, Status.RUNNING)
    running = (Phase.SUCCEEDED, Status.RUNNING)  # told last, and heard maybe after the result
    eventually(lambda: running in steps(goal), 30, 'the feedback that it runs')
    seen = steps(goal)
    assert seen[0] in (
        (Phase.IN_PROGRESS, Status.PENDING),
        (Phase.PROVISIONING, Status.PENDING),
    )
    assert seen[-1] == running
    progress = [each.progress for each in goal.feedback if each.progress >= 0]
    assert progress and progress == sorted(progress)
    operator.until_stopped(*operator.deprovision('heavy'))


def test_a_refused_goal_says_why(fleet, operator):
    ended = deploy(fleet, 'new', 'no-such-package').result()

    assert ended.status == GoalStatus.STATUS_ABORTED
    assert ended.result.result.code == 'NOT_FOUND'
    assert "there is no package 'no-such-package'" in ended.result.result.message
    assert 'new' not in operator.deployments()


def test_a_cancelled_goal_leaves_the_deployment(fleet, operator):
    goal = deploy(fleet, 'left', 'absent')
    operator.until('left', Status.ERROR, code='DEP_E161')

    goal.cancel()
    ended = goal.result()

    assert ended.status == GoalStatus.STATUS_CANCELED
    assert ended.result.result.code == 'CANCELLED'
    assert not operator.see('left').deprovisioning
    operator.until_stopped(*operator.deprovision('left'))


def test_a_cancelled_goal_rolls_back_if_it_was_asked_to(fleet, operator):
    rollback = DeployAndWait.Goal.ON_CANCEL_ROLLBACK
    goal = deploy(fleet, 'rolled', 'absent', on_cancel=rollback)
    rolled = operator.until('rolled', Status.ERROR, code='DEP_E161')

    goal.cancel()
    ended = goal.result()

    assert ended.status == GoalStatus.STATUS_CANCELED
    assert 'rolled back' in ended.result.result.message
    operator.until_stopped(rolled.id)


def test_a_goal_ends_at_its_timeout_and_the_work_goes_on(fleet, operator):
    ended = deploy(fleet, 'slow', 'absent', timeout_sec=1.0).result()

    assert ended.status == GoalStatus.STATUS_ABORTED
    assert ended.result.result.code == 'TIMEOUT'
    assert 'not there after 1 s, and the work goes on' in ended.result.result.message
    assert operator.see('slow').phase is Phase.PROVISIONING
    operator.until_stopped(*operator.deprovision('slow'))


def test_deprovision_and_wait_shows_what_remains(fleet, operator):
    ends = [deploy(fleet, name, 'sleeper') for name in ('one', 'two')]
    assert all(each.result().result.result.ok for each in ends)

    goal = fleet.client.send_goal(
        DeprovisionAndWait,
        f'{MANAGER}/deprovision_and_wait',
        DeprovisionAndWait.Goal(deployments=['one', 'two'], requested_by='tester'),
    )
    ended = goal.result()

    assert ended.status == GoalStatus.STATUS_SUCCEEDED
    phases = {each.name: each.phase for each in ended.result.deployments}
    stopped = msg.Deployment.PHASE_DEPLOYMENT_STOPPED
    assert phases == {'one': stopped, 'two': stopped}
    eventually(  # it may be heard after the result
        lambda: any(each.remaining == [] for each in goal.feedback), 30, 'the last feedback'
    )
    assert goal.feedback[0].remaining == ['one', 'two']
    assert goal.feedback[-1].remaining == []


def test_events_have_no_gap(fleet, operator):
    heard = fleet.client.listen(
        msg.DeploymentEvent, f'{MANAGER}/events', latched=False, depth=1000
    )

    def flicker():
        assert deploy(fleet, 'flicker', 'sleeper').result().result.result.ok
        operator.until_stopped(*operator.deprovision('flicker'))
        return heard

    # Events are for those whom the manager knows by then.
    eventually(flicker, 30, 'an event was heard')
    since = operator.events()[-1].number
    for _ in range(3):
        flicker()
    (id, *_) = {each.deployment_id for each in operator.events(since=since)}
    kept = operator.events(since=since)

    numbers = [each.number for each in kept]
    assert numbers == list(range(since + 1, since + 1 + len(kept)))
    eventually(lambda: len(heard) >= len(kept), 30, 'all events were heard')
    assert [each.number for each in heard][-len(kept) :] == numbers
    assert [each.message for each in heard][-len(kept) :] == [each.message for each in kept]
    own = operator.events(id)
    assert [each.message for each in own if each.kind and each.kind.name == 'PHASE'] == [
        'In progress -> Provisioning',
        'Provisioning -> Succeeded',
        'Succeeded -> Deployment stopped',
    ]
    assert own[0].message == 'accepted, asked for by tester'


def test_progress_is_published_and_not_kept(fleet, operator):
    heard = fleet.client.listen(
        msg.DeploymentProgress, f'{MANAGER}/progress', latched=False, reliable=False
    )
    heavy = busybox().with_files({'ballast': os.urandom(2_000_000)})
    image = fleet.registry.push(heavy, 'watched:1.0')
    operator.apply(container('watched', image, *FOREVER))
    rover = fleet.devices['rover1'].machine
    rover.limit_link('8mbit')

    deploy(fleet, 'watched').result()

    rover.limit_link(None)
    told = [each for each in heard if each.deployment_name == 'watched' and each.progress >= 0]
    assert len(told) >= 2
    assert [each.progress for each in told] == sorted(each.progress for each in told)
    assert all(each.reason == f'pulling {image}, {each.progress:.0f} %' for each in told)
    assert not any('%' in each.message for each in operator.events('watched'))
    operator.until_stopped(*operator.deprovision('watched'))
