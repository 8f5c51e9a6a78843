# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A manager whose database was restored from a backup removes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import shutil

from faults.operator import Operator, spec_of
from roost_interfaces import msg, srv
from testbed import eventually

REMEDY = 'roost manager recover'


def database(operator: Operator) -> Path:
    """Give the folder that holds the manager's database and its key."""
    return operator.fleet.site.directory('manager') / 'manager-state'


def put_back(backup: Path, target: Path) -> None:
    """Restore a database as an operator does: whole, with its write-ahead log."""
    for path in target.glob('manager.db*'):
        path.unlink()
    for path in backup.glob('manager.db*'):
        shutil.copy(path, target)


def test_an_older_database_removes_nothing_and_recovers(
    make_operator: Callable[..., Operator],
) -> None:
    operator = make_operator(2)
    for name in ('stays', 'ends'):
        operator.deploy(name, 'rover1')
    operator.deploy('elsewhere', 'rover2')
    eventually(operator.runs, 30, 'all run', period_sec=0.1)
    backup = operator.fleet.site.directory('backup')
    for path in database(operator).glob('manager.db*'):
        shutil.copy(path, backup)
    unknown = operator.deploy('unknown', 'rover1')
    eventually(operator.runs, 30, 'the newest runs', period_sec=0.1)
    assert operator.deprovision('ends').result.ok
    eventually(lambda: len(operator.deployments()) == 3, 30, 'one is stopped', period_sec=0.1)
    before = operator.snapshot()
    assert operator.fleet.manager.stop() == 0

    put_back(backup, database(operator))
    operator.fleet.manager.start()

    eventually(
        lambda: any(REMEDY in problem for problem in operator.device('rover1').problems),
        30,
        'it is told',
    )
    for answer in (operator.create(spec_of('more', 'rover2')), operator.deprovision('stays')):
        assert answer.result.code == msg.Result.CODE_UNAVAILABLE
        assert REMEDY in answer.result.message
    assert operator.snapshot() == before

    operator.fleet.roost('manager', 'recover', '--yes')

    def recovered() -> bool:
        assert operator.runs('stays', 'ends', 'elsewhere')
        device = operator.device('rover1')
        assert [each.deployment_id for each in device.orphans] == [unknown]
        assert not any(REMEDY in problem for problem in device.problems)
        return True

    eventually(recovered, 30, 'the backup is what holds', period_sec=0.1)
    after = operator.snapshot()
    assert after['rover1'].items() >= before['rover1'].items()
    assert after['rover2'] == before['rover2']
    again = operator.call(srv.Recover, 'recover', request_id='twice')
    assert again == operator.call(srv.Recover, 'recover', request_id='twice')
    operator.deploy('more', 'rover2')
    eventually(operator.runs, 30, 'more can be deployed', period_sec=0.1)
    assert operator.snapshot()['rover1'] == after['rover1']
