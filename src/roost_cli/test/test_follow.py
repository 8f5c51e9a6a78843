# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from shown import deployment

from roost_cli.exits import Exit, TookTooLong
from roost_cli.follow import failed, failure, runs, wait_until_running
from roost_core.phase import Phase
from roost_core.status import Status


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

    assert wait_until_running([[waits], [waits], [deployment()]]) is Exit.OK

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

    assert wait_until_running([[deployment(), broken]]) is Exit.FAILED

    assert failure(broken) in capsys.readouterr().err
    assert failure(broken).splitlines() == [
        'camera: Provisioning, Error: registry/camera:9 not found',
        "  DEP_E161: device: docker image not found; check the image's path",
    ]


def test_a_deadline_names_those_that_do_not_run() -> None:
    slow = deployment(name='camera', phase=Phase.PROVISIONING, status=Status.PENDING)

    with pytest.raises(TookTooLong, match='camera: not running in time'):
        wait_until_running([[deployment(), slow]])
