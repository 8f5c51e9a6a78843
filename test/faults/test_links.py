# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A device that cannot be reached goes on, and is taken up again where it was left."""

from __future__ import annotations

from collections.abc import Callable
import time

from faults.operator import Operator, spec_of
from roost_interfaces import msg
from roost_interfaces.msg import Deployment
from testbed import eventually, RosClient

# Three heartbeats of 2 s are missed, the first up to 2 s after the cut.
UNKNOWN_SEC = 7.0


def subscriptions_of(node: object, topic: str) -> int:
    """Count who listens to a topic, as DDS sees it."""
    return node.count_subscribers(topic)  # type: ignore[attr-defined]


def is_silent(operator: Operator, name: str) -> bool:
    """Tell whether a deployment is shown as that of a device which is silent."""
    deployment = operator.deployment(name)
    assert (deployment.phase, deployment.status, list(deployment.codes)) == (
        Deployment.PHASE_SUCCEEDED,
        Deployment.STATUS_ERROR,
        ['DEP_E151'],
    )
    executable = deployment.components[0].executables[0]
    assert executable.status == msg.ExecutableState.STATUS_UNKNOWN
    assert executable.reason
    return True


def test_a_cut_link_is_noticed_and_hurts_nothing(make_operator: Callable[..., Operator]) -> None:
    operator = make_operator(2)
    for number, device in ((1, 'rover1'), (2, 'rover2')):
        operator.deploy(f'camera{number}', device)
        operator.deploy(f'old{number}', device)
    eventually(operator.runs, 30, 'all run', period_sec=0.1)
    before = operator.snapshot()

    for device in ('rover1', 'rover2'):
        operator.fleet.devices[device].machine.cut_link()
    cut = time.monotonic()
    for number in (1, 2):
        eventually(
            lambda number=number: is_silent(operator, f'camera{number}'), 2 * UNKNOWN_SEC, 'E151'
        )
    noticed = time.monotonic() - cut

    assert noticed <= UNKNOWN_SEC
    assert operator.snapshot() == before
    refused = operator.create(spec_of('late', 'rover1'))
    assert [each.code for each in refused.result.problems] == ['DEP_E151']
    for number, device in ((1, 'rover1'), (2, 'rover2')):
        operator.deploy(f'late{number}', device, allow_offline=True)
        assert operator.deprovision(f'old{number}').result.ok
        late, old = operator.deployment(f'late{number}'), operator.deployment(f'old{number}')
        assert late.phase == Deployment.PHASE_IN_PROGRESS
        assert late.reason == f'waiting for {device}, which is not online'
        assert old.phase == Deployment.PHASE_PARTIALLY_DEPROVISIONED
        assert list(old.codes) == ['DEP_E151']
    assert operator.snapshot() == before

    def carried_out(number: int) -> bool:
        device = f'rover{number}'
        operator.runs(f'camera{number}', f'late{number}')
        assert f'old{number}' not in [each.name for each in operator.deployments()]
        running = operator.running(device)
        kept = operator.deployment(f'camera{number}').id
        survivors = {slot: each for slot, each in running.items() if slot[0] == kept}
        assert survivors == {
            slot: each for slot, each in before[device].items() if slot[0] == kept
        }
        assert len(operator.instances(device)) == 2
        return True

    operator.fleet.devices['rover2'].machine.heal_link()
    eventually(lambda: carried_out(2), 15, 'rover2 caught up', period_sec=0.1)
    # Until DDS itself has given the device up, and all have to find each other anew.
    client: RosClient = operator.fleet.client
    eventually(
        lambda: client.run(subscriptions_of, '/roost/devices/rover1/desired_state') == 0,
        40,
        'rover1 is gone',
        period_sec=0.2,
    )
    operator.fleet.devices['rover1'].machine.heal_link()
    eventually(lambda: carried_out(1), 20, 'rover1 caught up', period_sec=0.1)
