# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a device does after its power was cut."""

from __future__ import annotations

from faults.operator import Operator, package
from roost_interfaces import msg
from testbed import eventually

POLICIES = ('always', 'on-failure', 'never')


def deploy_each(operator: Operator) -> dict[str, str]:
    """Deploy a package of each restart policy on rover1; return deployment ids by policy."""
    texts = [package(policy, restart=policy) for policy in POLICIES]
    assert operator.apply(*texts).result.ok
    ids = {policy: operator.deploy(f'is-{policy}', 'rover1', policy) for policy in POLICIES}
    eventually(operator.runs, 30, 'all run', period_sec=0.1)
    return ids


def only_always_runs(operator: Operator, ids: dict[str, str]) -> bool:
    """Tell whether of all policies only `always` started again."""
    running = {slot[0] for slot in operator.running('rover1')}
    assert running == {ids['always']}
    return True


def test_after_a_power_cut_only_always_starts_again(operator: Operator) -> None:
    ids = deploy_each(operator)
    before = {each.slot: each for each in operator.instances('rover1')}

    operator.fleet.devices['rover1'].reboot()

    def settled() -> bool:
        for policy in ('on-failure', 'never'):
            deployment = operator.deployment(ids[policy])
            assert deployment.status == msg.Deployment.STATUS_ERROR
            assert list(deployment.codes) == ['DEP_E152']
            assert deployment.phase == msg.Deployment.PHASE_SUCCEEDED
        return operator.runs('is-always')

    eventually(settled, 30, 'it is told what became of each', period_sec=0.1)
    assert only_always_runs(operator, ids)
    after = {each.slot: each for each in operator.instances('rover1')}
    assert {slot: each.id for slot, each in after.items()} == {
        slot: each.id for slot, each in before.items()
    }
    executable = operator.deployment(ids['always']).components[0].executables[0]
    assert executable.restart_count == 1


def test_a_device_starts_from_what_it_remembers_when_there_is_no_manager(
    operator: Operator,
) -> None:
    ids = deploy_each(operator)
    operator.fleet.manager.kill9()

    operator.fleet.devices['rover1'].reboot()

    eventually(lambda: only_always_runs(operator, ids), 30, 'it runs without a manager')
    before = operator.running('rover1')
    operator.fleet.manager.start()
    eventually(lambda: operator.runs('is-always'), 30, 'the manager knows', period_sec=0.1)
    assert operator.running('rover1') == before
