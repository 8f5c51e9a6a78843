# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Disks that are full: refused or told, nobody dies, and all is well once there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from faults.operator import Operator, spec_of
from roost_interfaces.msg import Result
from testbed import busybox, eventually, Fleet, Site
from testbed.machine import Machine

DISK_MB = 2


@pytest.fixture
def make_cramped(make_site: Callable[..., Site]) -> Iterator[Callable[[str], Operator]]:
    """Make a fleet of one device, in which a node has its state on a very small disk."""
    fleets: list[Fleet] = []

    def make(machine: str, folder: str) -> Operator:
        fleet = Fleet(make_site([busybox()]), 1, introspection=None)
        fleets.append(fleet)
        path = fleet.site.directory(machine) / folder
        options = ['-t', 'tmpfs', '-o', f'size={DISK_MB}m', 'tmpfs', str(path)]
        fleet.site.machines[machine].run('mount', *options)
        fleet.start()
        return Operator(fleet).ready()

    yield make
    for fleet in fleets:
        fleet.close()


@contextmanager
def filled(machine: Machine, folder: Path) -> Iterator[None]:
    """Leave no room in a folder's file system meanwhile."""
    machine.run('sh', '-c', f'cat /dev/zero > {folder}/filling 2> /dev/null || true')
    try:
        yield
    finally:
        machine.run('rm', f'{folder}/filling')


def test_a_manager_without_room_refuses_and_recovers(
    make_cramped: Callable[..., Operator],
) -> None:
    operator = make_cramped('manager', 'manager-state')
    operator.deploy('camera', 'rover1')
    eventually(operator.runs, 30, 'it runs', period_sec=0.1)
    before = operator.running('rover1')
    machine = operator.fleet.manager_machine
    accepted = {'camera'}
    with filled(machine, operator.fleet.site.directory('manager') / 'manager-state'):

        def refused() -> Result | None:
            # There may be room for a few more in what the database had taken already.
            name = f'more{len(accepted)}'
            answer = operator.create(spec_of(name, 'rover1', allow_offline=True))
            if answer.result.ok:
                accepted.add(name)
                return None
            return answer.result

        result = eventually(refused, 30, 'a request is refused')
        assert result is not None
        assert result.code == Result.CODE_UNAVAILABLE
        assert 'full' in result.message
        assert {each.name for each in operator.deployments()} == accepted
        assert before.items() <= operator.running('rover1').items()
        assert operator.fleet.manager.running

    def accepts() -> bool:
        answer = operator.create(spec_of('after', 'rover1'))
        assert answer.result.ok, answer.result
        return True

    eventually(accepts, 30, 'requests are accepted again', period_sec=0.2)
    eventually(operator.runs, 30, 'all that was accepted runs', period_sec=0.1)
    assert {each.name for each in operator.deployments()} == {*accepted, 'after'}
    assert before.items() <= operator.running('rover1').items()
    assert 'Traceback' not in operator.fleet.manager.log
    operator.fleet.manager.kill9()
    operator.fleet.manager.start()
    eventually(operator.runs, 30, 'and after a restart', period_sec=0.1)
    assert {each.name for each in operator.deployments()} == {*accepted, 'after'}


def test_an_executor_without_room_tells_and_recovers(
    make_cramped: Callable[..., Operator],
) -> None:
    operator = make_cramped('rover1', 'executor-state')
    operator.deploy('camera', 'rover1')
    eventually(operator.runs, 30, 'it runs', period_sec=0.1)
    before = operator.running('rover1')
    device = operator.fleet.devices['rover1']
    with filled(device.machine, operator.fleet.site.directory('rover1') / 'executor-state'):
        operator.deploy('lidar', 'rover1')

        def told() -> bool:
            problems = operator.device('rover1').problems
            assert any('cannot keep what this device is to run' in each for each in problems)
            assert any('No space left' in each for each in problems)
            return True

        eventually(told, 30, 'it is told', period_sec=0.1)
        eventually(operator.runs, 30, 'all is carried out all the same', period_sec=0.1)
        assert operator.fleet.executors['rover1'].running

    eventually(
        lambda: not [each for each in operator.device('rover1').problems if 'cannot' in each],
        30,
        'it is not told any more',
        period_sec=0.1,
    )
    assert before.items() <= operator.running('rover1').items()
    assert 'Traceback' not in operator.fleet.executors['rover1'].log
    # What was asked for without room is remembered now, also by a device that is alone.
    running = operator.running('rover1')
    operator.fleet.manager.kill9()
    executor = operator.fleet.executors['rover1']
    executor.kill9()
    for instance in running.values():
        device.engine.client.api.kill(instance.id)
    executor.start()
    eventually(lambda: operator.running('rover1').keys() == running.keys(), 30, 'both run again')
