# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Programs are killed at any moment and in any order; started again, the fleet is as asked."""

from __future__ import annotations

import random
import threading

import pytest

from faults.operator import Instance, Operator, package, Slot, spec_of
from testbed import eventually

pytestmark = pytest.mark.parametrize(
    'shared',
    [{'live_restore': False}, {'live_restore': True}],
    ids=['plain', 'live-restore'],
    indirect=True,
    scope='module',
)

CONVERGED_SEC = 40.0
PROGRAMS = ('manager', 'executor', 'engine')


def kill(operator: Operator, program: str) -> None:
    """Kill a program, of rover1 if there are several."""
    fleet = operator.fleet
    if program == 'engine':
        fleet.devices['rover1'].engine.kill9()
    else:
        {'manager': fleet.manager, 'executor': fleet.executors['rover1']}[program].kill9()


def start(operator: Operator, program: str) -> None:
    """Start a program that was killed."""
    fleet = operator.fleet
    if program == 'engine':
        fleet.devices['rover1'].engine.start()
    else:
        {'manager': fleet.manager, 'executor': fleet.executors['rover1']}[program].start()


def converged(operator: Operator, wanted: set[str]) -> bool:
    """Tell whether exactly the wanted deployments are there, and run, once each."""
    deployments = operator.deployments()
    assert {each.name for each in deployments} == wanted
    operator.runs()
    asked = {
        (each.id, part.name, executable.name)
        for each in deployments
        for part in each.components
        for executable in part.executables
    }
    assert set(operator.running('rover1')) == asked
    assert len(operator.instances('rover1')) == len(asked)
    assert not operator.device('rover1').orphans
    return True


@pytest.mark.parametrize('program', PROGRAMS)
def test_what_runs_is_adopted(operator: Operator, program: str) -> None:
    operator.deploy('camera', 'rover1')
    eventually(operator.runs, 30, 'it runs', period_sec=0.1)
    before = operator.running('rover1')

    kill(operator, program)
    start(operator, program)

    eventually(lambda: converged(operator, {'camera'}), CONVERGED_SEC, 'as asked', period_sec=0.1)
    unharmed(operator, before, engine_killed=program == 'engine')


@pytest.mark.parametrize('seed', [12, 13])
def test_whatever_is_killed_whenever_the_fleet_becomes_what_was_asked(
    operator: Operator, seed: int
) -> None:
    chance = random.Random(seed)
    assert operator.apply(package('pair', executables=['left', 'right'])).result.ok
    operator.deploy('witness', 'rover1', 'pair')
    eventually(operator.runs, 30, 'the witness runs', period_sec=0.1)
    # Two choose, each by itself, so that the moments of the one do not choose for the other.
    work = threading.Thread(target=ask_much, args=(operator, random.Random(chance.random())))
    seen = dict(operator.running('rover1'))
    work.start()
    dead: list[str] = []
    killed = set()
    for _ in range(5):
        threading.Event().wait(chance.uniform(0.0, 0.8))
        program = chance.choice(PROGRAMS)
        if program in dead:
            dead.remove(program)
            start(operator, program)
            continue
        if 'engine' not in dead:
            seen.update(operator.running('rover1'))
        kill(operator, program)
        dead.append(program)
        killed.add(program)
    for program in dead:
        start(operator, program)
    work.join(60)

    wanted = {'witness', 'wanted0', 'wanted1', 'wanted2'}
    eventually(lambda: converged(operator, wanted), CONVERGED_SEC, 'as asked', period_sec=0.1)
    unharmed(operator, seen, engine_killed='engine' in killed)


def ask_much(operator: Operator, chance: random.Random) -> None:
    """Deploy several, of which some are deprovisioned again, in an order of its own."""
    for number in range(3):
        for name in chance.sample(['wanted', 'unwanted'], 2):
            spec = spec_of(f'{name}{number}', 'rover1', 'pair', allow_offline=True)
            assert operator.create(spec).result.ok
        threading.Event().wait(chance.uniform(0.0, 0.5))
        assert operator.deprovision(f'unwanted{number}').result.ok


def unharmed(operator: Operator, before: dict[Slot, Instance], *, engine_killed: bool) -> None:
    """Check that what ran and still runs is what it was, and was not started again."""
    api = operator.fleet.devices['rover1'].engine.client.api
    went_on = not engine_killed or api.info()['LiveRestoreEnabled']
    for slot, instance in operator.running('rover1').items():
        former = before.get(slot, instance)
        assert instance.id == former.id
        if went_on:
            assert instance.started_at == former.started_at
