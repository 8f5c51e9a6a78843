# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Events, as somebody with the command follows them."""

import json

import pytest

from roost_core.status import Status
from system.at_the_terminal import GoingOn, Terminal
from system.manifests import deployment, FOREVER, process
from testbed import eventually


@pytest.fixture(scope='module')
def fleet(module_fleet):
    return module_fleet(1, introspection=None)


@pytest.fixture
def roost(fleet, tmp_path):
    terminal = Terminal(fleet, tmp_path)
    yield terminal
    terminal.close()


def numbers(lines: list[str]) -> list[int]:
    return [json.loads(line)['number'] for line in lines]


def until_shown(following: GoingOn, number: int) -> None:
    eventually(lambda: number in numbers(following.lines), 30, f'event {number}')


def test_each_event_is_shown_once_over_a_restart_of_the_manager(fleet, operator, roost) -> None:
    operator.apply(process('sleeper', *FOREVER), deployment('sleeper'))
    operator.until_running('sleeper')
    first = operator.events()[0].number
    following = roost.go_on('events', '-f', '--since', str(first), '-o', 'json')
    following.until(3)

    operator.stop('sleeper')
    operator.until('sleeper', Status.STOPPED)
    until_shown(following, operator.events()[-1].number)
    fleet.manager.kill9()
    following.process.wait_log('the manager does not answer, trying on', 60)
    fleet.manager.start()
    following.process.wait_log('the manager is back', 60)
    operator.start('sleeper')
    operator.until_running('sleeper')
    operator.until_stopped(*operator.deprovision('sleeper'))
    newest = operator.events()[-1].number
    until_shown(following, newest)

    assert following.interrupt() == 130
    assert numbers(following.lines) == list(range(first + 1, newest + 1))
    assert (
        roost.run('events', '--since', str(first), '-o', 'json').stdout.decode().split('\n')[:-1]
        == following.lines
    )


def test_events_of_one_deployment_are_picked_and_bounded(operator, roost) -> None:
    for name in ('left', 'right'):
        operator.apply(process(name, *FOREVER), deployment(name))
    operator.until_running('left', 'right')

    shown = roost.run('events', 'left', '-o', 'json').stdout.decode().splitlines()
    assert {json.loads(line)['deployment_name'] for line in shown} == {'left'}
    last = roost.run('events', 'left', '-n', '2').stdout.decode().splitlines()
    assert [int(line.split()[0]) for line in last] == numbers(shown)[-2:]
    operator.until_stopped(*operator.deprovision('left', 'right'))
