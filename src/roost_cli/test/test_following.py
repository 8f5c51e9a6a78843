# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

import pytest
from shown import change, component, deployment, executable, network, volume

from roost_cli.exits import Exit, TookTooLong
from roost_cli.following import (
    Deployed,
    failed,
    failure,
    gone,
    runs,
    STEADY_SEC,
    Target,
    targets_of,
    wait_until_running,
    wait_until_stopped,
)
from roost_core.phase import Phase
from roost_core.resource import ResourceKind
from roost_core.status import ReasonKind, Status


def every_second() -> Callable[[], float]:
    """Give a clock that a second passes on at each look."""
    seconds = count()
    return lambda: float(next(seconds))


def watch(*looks: Sequence[Deployed]) -> Exit:
    """Wait, with a look every second."""
    return wait_until_running(looks, monotonic=every_second())


def test_a_completed_job_counts_as_running() -> None:
    assert runs(deployment(status=Status.STOPPED))
    assert not runs(deployment(status=Status.PENDING))
    assert not runs(deployment(phase=Phase.PROVISIONING))


@pytest.mark.parametrize(
    ('codes', 'hopeless'),
    [
        (('DEP_E161',), True),  # rejected: nobody but a person puts that right
        (('DEP_E163',), True),
        (('DEP_E305',), False),  # temporary: goes on by itself
        (('DEP_E151',), False),
        ((), False),
    ],
)
def test_waiting_ends_where_a_person_must_act(codes, hopeless) -> None:
    state = deployment(phase=Phase.PROVISIONING, status=Status.ERROR, codes=codes, reason='why')

    assert failed(state) is hopeless


@pytest.mark.parametrize(
    'state',
    [
        deployment(phase=Phase.FAILED_TO_START, status=Status.ERROR),
        deployment(phase=Phase.DEPLOYMENT_STOPPED, status=Status.STOPPED),
        deployment(deprovisioning=True, status=Status.PENDING),
    ],
)
def test_waiting_ends_where_the_way_is_over(state) -> None:
    assert failed(state)


def test_each_change_is_told_once(capsys) -> None:
    waits = deployment(
        phase=Phase.IN_PROGRESS, status=Status.PENDING, reason='waiting for simulator'
    )

    assert watch([waits], [waits], *[[deployment()]] * 3) is Exit.OK

    assert capsys.readouterr().err.splitlines() == [
        'turtle: In progress, Pending: waiting for simulator',
        'turtle: Succeeded, Running',
    ]


def test_a_failure_says_why_and_what_to_do(capsys) -> None:
    broken = deployment(
        name='camera',
        phase=Phase.PROVISIONING,
        status=Status.ERROR,
        codes=('DEP_E161',),
        reason='registry/camera:9 not found',
    )

    assert watch([deployment(), broken]) is Exit.FAILED

    assert failure(broken) in capsys.readouterr().err
    assert failure(broken).splitlines() == [
        'camera: Provisioning, Error: registry/camera:9 not found',
        "  DEP_E161: device: docker image not found; check the image's path",
    ]


def test_a_deadline_names_those_that_do_not_run() -> None:
    slow = deployment(name='camera', phase=Phase.PROVISIONING, status=Status.PENDING)

    with pytest.raises(TookTooLong, match='camera: not running in time'):
        watch([deployment(), slow])


def test_what_ends_at_once_never_counts_as_running() -> None:
    looks = [
        [deployment(components=(component(executables=(executable(restart_count=number),)),))]
        for number in range(10)
    ]

    with pytest.raises(TookTooLong):
        watch(*looks)


def test_what_ends_after_its_first_moment_is_waited_for_again() -> None:
    broken = deployment(status=Status.ERROR, codes=('DEP_E152',), reason='exited with code 1')

    assert STEADY_SEC > 1.0
    assert watch([deployment()], [deployment()], [broken]) is Exit.FAILED


def test_a_completed_job_is_not_looked_at_again() -> None:
    assert watch([deployment(status=Status.STOPPED)]) is Exit.OK


def test_networks_and_volumes_are_waited_for_likewise(capsys) -> None:
    coming = network(phase=Phase.PROVISIONING, status=Status.PENDING, reason='creating server')

    assert watch([coming, volume()], [network(), volume()]) is Exit.OK
    assert 'Network/lab: Provisioning, Pending: creating server' in capsys.readouterr().err
    with pytest.raises(TookTooLong, match='Network/lab: not running in time'):
        watch([coming, volume()])


def test_what_was_stopped_by_choice_is_not_waited_for() -> None:
    asleep = executable(status=Status.STOPPED, reason_kind=ReasonKind.STOPPED_BY_CHOICE)
    chosen = deployment(
        status=Status.STOPPED,
        components=(component(stopped_by_choice=True, executables=(asleep,)),),
    )
    just_started = deployment(
        status=Status.STOPPED, components=(component(executables=(asleep,)),)
    )

    assert failed(chosen)
    assert 'roost start turtle' in failure(chosen)
    assert not failed(just_started) and not runs(just_started)


def test_an_update_is_watched_until_the_manager_ends_it() -> None:
    updating = deployment(
        generation=2, phase=Phase.PROVISIONING, status=Status.ERROR, codes=('DEP_E161',)
    )

    assert not failed(updating)
    assert failed(deployment(generation=2, phase=Phase.FAILED_TO_UPDATE))


def test_counting_alone_is_not_told_line_by_line(capsys) -> None:
    pulling = [
        deployment(
            phase=Phase.PROVISIONING, status=Status.PENDING, reason=f'pulling a/b:1.0, {done} %'
        )
        for done in (1, 40, 99)
    ]

    watch(*[[each] for each in pulling], *[[deployment()]] * 3)

    assert capsys.readouterr().err.splitlines() == [
        'turtle: Provisioning, Pending: pulling a/b:1.0, 1 %',
        'turtle: Succeeded, Running',
    ]


def test_what_is_listed_no_longer_is_stopped() -> None:
    target = Target(ResourceKind.NETWORK, 'id-of-lab', 'lab')
    stopped = gone(target, {'id-of-lab': network(domain_id=7)})

    assert (stopped.phase, stopped.name) == (Phase.DEPLOYMENT_STOPPED, 'lab')
    assert gone(target, {}).phase is Phase.DEPLOYMENT_STOPPED
    assert gone(Target(ResourceKind.VOLUME, 'v', 'maps'), {}).kind is ResourceKind.VOLUME
    wait_until_stopped([[network()], [stopped]])


def test_a_stop_that_takes_too_long_says_what_is_left() -> None:
    with pytest.raises(TookTooLong, match='turtle: Pending: stopping camera'):
        wait_until_stopped([[deployment(status=Status.PENDING, reason='stopping camera')]])


def test_only_what_is_deployed_is_followed() -> None:
    changes = [
        change(kind='Package', name='camera'),
        change(kind='Secret', name='login'),
        change(kind='Network', name='lab', deployment_id='n'),
        change(kind='Deployment', name='turtle', deployment_id='d', action='unchanged'),
    ]

    assert [each.id for each in targets_of(changes)] == ['n', 'd']
    assert [each.id for each in targets_of(changes, action='create')] == ['n']
