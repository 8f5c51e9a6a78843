# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Two of what there may be one of only."""

from __future__ import annotations

from collections.abc import Callable

from faults.operator import Operator
from testbed import busybox, eventually, Fleet, NodeProcess, Site
from testbed.fleet import EXECUTOR, MANAGER

REFUSED = 3


def another(
    operator: Operator, machine: str, program: str, name: str = 'rover1', **parameters: object
) -> NodeProcess:
    """Describe a further manager or executor, on a machine of its own."""
    fleet: Fleet = operator.fleet
    site = fleet.site
    where = site.machines.get(machine) or site.machine(machine)
    state = site.directory(machine) / f'{program}-state'
    argv = (MANAGER if program == 'manager' else EXECUTOR).argv(name, state, parameters)
    env = {**fleet.environment(), 'ROS_LOG_DIR': str(site.directory(machine))}
    return site.process(f'{program}-of-{machine}', where, argv, env)


def test_a_second_machine_under_a_name_is_refused_and_named(operator: Operator) -> None:
    operator.deploy('camera', 'rover1')
    eventually(operator.runs, 30, 'it runs', period_sec=0.1)
    before = operator.running('rover1')
    known = operator.device('rover1')

    impostor = another(operator, 'impostor', 'executor').start()

    assert impostor.wait_exit(20) == REFUSED
    assert "the name 'rover1' is claimed by another machine" in impostor.log
    assert 'Traceback' not in impostor.log
    eventually(
        lambda: any(
            'rover1 is claimed by two machines' in problem
            for problem in operator.device('rover1').problems
        ),
        30,
        'it is shown',
    )
    assert any('rover1 is claimed by two machines' in each.message for each in operator.events())
    now = operator.device('rover1')
    assert (now.key_id, now.hostname, now.liveness) == (
        known.key_id,
        known.hostname,
        known.liveness,
    )
    assert operator.runs()
    assert operator.running('rover1') == before
    assert operator.fleet.executors['rover1'].running


def test_a_second_executor_on_the_same_state_is_refused(operator: Operator) -> None:
    operator.deploy('camera', 'rover1')
    eventually(operator.runs, 30, 'it runs', period_sec=0.1)
    before = operator.running('rover1')
    first = operator.fleet.executors['rover1']

    second = operator.fleet.site.process('second', first.machine, first.argv, first.env).start()

    assert second.wait_exit(20) == REFUSED
    assert 'another executor (pid' in second.log
    assert operator.runs()
    assert operator.online()
    assert operator.running('rover1') == before


def test_a_second_manager_refuses_to_serve_and_names_the_first(operator: Operator) -> None:
    operator.deploy('camera', 'rover1')
    eventually(operator.runs, 30, 'it runs', period_sec=0.1)
    before = operator.running('rover1')

    second = another(operator, 'elsewhere', 'manager').start()

    assert second.wait_exit(20) == REFUSED
    assert "on host 'manager'" in second.log
    assert 'serving /roost as manager' not in second.log
    assert 'Traceback' not in second.log
    assert operator.fleet.manager.running
    operator.deploy('lidar', 'rover1')
    eventually(operator.runs, 30, 'the first still serves', period_sec=0.1)
    assert before.items() <= operator.running('rover1').items()


def test_of_two_managers_that_start_together_one_serves(
    make_site: Callable[..., Site],
) -> None:
    operator = Operator(Fleet(make_site([busybox()]), 1, introspection=None))
    first = operator.fleet.manager
    second = another(operator, 'elsewhere', 'manager')

    first.start()
    second.start()
    operator.fleet.executors['rover1'].start()

    eventually(lambda: not (first.running and second.running), 30, 'one gave way')
    loser = second if first.running else first
    assert loser.wait_exit() == REFUSED
    assert 'another deployment manager is in charge' in loser.log
    # The device may not have taken the loser for its manager, for it obeys one key only.
    operator.ready()
    operator.deploy('camera', 'rover1')
    eventually(operator.runs, 30, 'the other serves', period_sec=0.1)
