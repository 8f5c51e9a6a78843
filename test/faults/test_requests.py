# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What was answered is not lost, and what is asked twice is done once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
import random
import threading

import pytest

from faults.operator import Operator, spec_of
from roost_interfaces import msg, srv
from testbed import eventually

FLEET = {'devices': 1}


def named(operator: Operator, name: str) -> list[msg.Deployment]:
    """List all deployments that ever had a name."""
    return [each for each in operator.deployments(stopped=True) if each.name == name]


def test_one_request_sent_many_times_at_once_is_done_once(operator: Operator) -> None:
    spec = spec_of('camera', 'rover1')
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: operator.create(spec, request_id='at-once'), range(16)))

    assert {(each.result.ok, each.deployment_id) for each in answers} == {
        (True, named(operator, 'camera')[0].id)
    }
    assert len(named(operator, 'camera')) == 1
    eventually(operator.runs, 30, 'it runs', period_sec=0.1)
    assert len(operator.instances('rover1')) == 1


def test_a_request_whose_answer_was_lost_is_done_once(operator: Operator) -> None:
    manager = operator.fleet.manager
    spec = spec_of('lidar', 'rover1')
    answers = []
    asking = threading.Thread(
        target=lambda: answers.append(operator.create(spec, request_id='lost'))
    )
    asking.start()
    # It may have been stored or not: the caller cannot know.
    manager.kill9()
    manager.start()
    asking.join(60)

    again = operator.create(spec, request_id='lost')

    assert answers == [again]
    assert again.result.ok
    assert [each.id for each in named(operator, 'lidar')] == [again.deployment_id]


def test_a_request_is_known_after_a_restart_of_the_manager(operator: Operator) -> None:
    first = operator.create(spec_of('sonar', 'rover1'), request_id='known')
    eventually(operator.runs, 30, 'it runs', period_sec=0.1)
    ended = operator.deprovision('sonar', request_id='known-end')
    eventually(lambda: not operator.deployments(), 30, 'it is stopped', period_sec=0.1)

    operator.fleet.manager.kill9()
    operator.fleet.manager.start()

    assert operator.create(spec_of('sonar', 'rover1'), request_id='known') == first
    assert operator.deprovision('sonar', request_id='known-end') == ended
    other = operator.create(spec_of('radar', 'rover1'), request_id='known')
    assert other.result.code == msg.Result.CODE_REPLAYED
    across = operator.call(
        srv.Deprovision, 'deprovision', deployments=['sonar'], request_id='known'
    )
    assert across.result.code == msg.Result.CODE_REPLAYED
    assert operator.deployments() == []
    assert len(named(operator, 'sonar')) == 1


@pytest.mark.parametrize('seed', [1, 2])
def test_nothing_that_was_answered_is_lost_when_the_manager_is_killed(
    operator: Operator, seed: int
) -> None:
    manager = operator.fleet.manager
    moments = random.Random(seed)
    names = [f'part{seed}-{number}' for number in range(8)]
    answered: dict[str, str] = {}
    half = threading.Event()
    # The kill falls somewhere in the work on the request after this one.
    last = moments.randrange(2, len(names) - 2)

    def ask() -> None:
        for number, name in enumerate(names):
            if number == last:
                half.set()
            answer = operator.create(spec_of(name, 'rover1'), request_id=f'id-of-{name}')
            assert answer.result.ok, answer.result
            answered[name] = answer.deployment_id

    asking = threading.Thread(target=ask)
    asking.start()
    assert half.wait(30)
    threading.Event().wait(moments.uniform(0.0, 0.05))
    manager.kill9()
    manager.start()
    asking.join(60)

    assert list(answered) == names
    assert {each.name: each.id for each in operator.deployments()} == answered
    eventually(operator.runs, 30, 'all run', period_sec=0.1)
    assert {slot[0] for slot in operator.running('rover1')} == set(answered.values())
