# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Whoever is on the network can say anything, and changes nothing by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import copy
import json

import pytest

from contract.wire import canonical, Key, seal
from faults import stranger
from faults.operator import Operator
from roost_interfaces.msg import DeploymentEvent, Device, Envelope, Heartbeat
from testbed import eventually, RosClient
from testbed.fleet import INTROSPECTION

DESIRED = '/roost/devices/rover1/desired_state'
REPORTS = '/roost/device_reports'
HEARTBEATS = '/roost/device_heartbeats'
FLEET = {'devices': 2, 'introspection': INTROSPECTION}

Forgery = Callable[[Envelope, Envelope, Envelope], Envelope]


@pytest.fixture(scope='module')
def intruder(shared: Operator) -> Iterator[RosClient]:
    """Give a node that nobody invited, on a machine of its own."""
    site, fleet = shared.fleet.site, shared.fleet
    machine = site.machine('intruder')
    with RosClient(machine, fleet.domain_id, site.directory('intruder'), 'intruder') as client:
        for topic in (DESIRED, REPORTS, HEARTBEATS):
            eventually(lambda topic=topic: client.run(stranger.heard_by, topic), 30, topic)
        yield client


def by_a_random_key(now: Envelope, _old: Envelope, _other: Envelope) -> Envelope:
    """Ask for nothing at all, with a higher order, signed by a key of one's own."""
    body = {**json.loads(bytes(now.body)), 'revision': now.revision + 10, 'keep': []}
    return seal(body, Key())


def altered(now: Envelope, _old: Envelope, _other: Envelope) -> Envelope:
    """Alter a signed body."""
    forged = copy.deepcopy(now)
    forged.revision += 10
    body = json.loads(bytes(now.body))
    remove = [
        {'deployment_id': each['slot']['deployment_id'], 'deployment_name': 'x'}
        for each in body.pop('keep')
    ]
    forged.body = canonical({**body, 'revision': forged.revision, 'remove': remove})
    return forged


def replayed(_now: Envelope, old: Envelope, _other: Envelope) -> Envelope:
    """Say again what the manager said before anything was deployed."""
    return old


def for_another_device(_now: Envelope, _old: Envelope, other: Envelope) -> Envelope:
    """Say what the manager said to another device."""
    return other


def renamed(_now: Envelope, _old: Envelope, other: Envelope) -> Envelope:
    """Put another name on what the manager said to another device."""
    forged = copy.deepcopy(other)
    forged.device = 'rover1'
    return forged


def not_text(now: Envelope, _old: Envelope, _other: Envelope) -> Envelope:
    """Say bytes that are no text."""
    forged = copy.deepcopy(now)
    forged.body = b'\xff\xfe\0'
    return forged


FORGERIES: dict[str, tuple[Forgery, str]] = {
    'random key': (by_a_random_key, 'this device obeys the key'),
    'altered': (altered, 'its signature is not that of key'),
    'replayed': (replayed, 'ignored an older desired state'),
    'other device': (for_another_device, "ignored a desired state for 'rover2'"),
    'renamed': (renamed, 'ignored a desired state'),
    'not text': (not_text, 'its body is not UTF-8'),
}


def test_no_forged_desired_state_changes_anything(operator: Operator, intruder: RosClient) -> None:
    of_first = operator.fleet.client.listen(Envelope, DESIRED, depth=100)
    of_second = operator.fleet.client.listen(Envelope, DESIRED.replace('rover1', 'rover2'))
    eventually(lambda: of_first and of_second, 30, 'desired states are heard')
    old = of_first[-1]
    operator.deploy('camera', 'rover1')
    operator.deploy('lidar', 'rover2')
    eventually(operator.runs, 30, 'they run', period_sec=0.1)
    before = operator.snapshot()
    for name, (forge, told) in FORGERIES.items():
        since = operator.events()[-1].number
        known = operator.device('rover1').applied_revision

        intruder.run(stranger.shout, DESIRED, Envelope, forge(of_first[-1], old, of_second[-1]))

        def noted(name: str = name, told: str = told, since: int = since) -> bool:
            problems = operator.device('rover1').problems
            assert any(told in problem for problem in problems), (name, problems)
            said = [each for each in operator.events(since) if told in each.message]
            assert [each.kind for each in said] == [DeploymentEvent.KIND_DEVICE], (name, said)
            return True

        eventually(noted, 30, f'{name} is told', period_sec=0.1)
        assert operator.snapshot() == before, name
        assert operator.device('rover1').applied_revision == known
    assert operator.runs()
    operator.deploy('sonar', 'rover1')
    eventually(operator.runs, 30, 'the manager is still obeyed', period_sec=0.1)
    assert operator.running('rover1').items() >= before['rover1'].items()


def test_a_heartbeat_of_somebody_else_is_shown(operator: Operator, intruder: RosClient) -> None:
    claim = Heartbeat(device='rover1', key_id=Key().id, incarnation=2**63, sequence=2**63)

    def is_shown() -> bool:
        # A heartbeat is best effort: the first ones go before anybody knows who says them.
        intruder.run(stranger.shout, HEARTBEATS, Heartbeat, claim)
        return any('two machines' in each for each in operator.device('rover1').problems)

    eventually(is_shown, 30, 'it is shown', period_sec=0.2)
    assert operator.device('rover1').liveness == Device.LIVENESS_ONLINE


def test_bytes_that_are_no_message_end_nothing(operator: Operator, intruder: RosClient) -> None:
    operator.deploy('camera', 'rover1')
    eventually(operator.runs, 30, 'it runs', period_sec=0.1)
    before = operator.snapshot()

    def heard_by_all() -> bool:
        # Whom the intruder has not found yet hears nothing.
        names = intruder.run(stranger.shout_garbage, 7, 20, timeout_sec=30)
        return set(names) >= {
            DESIRED,
            REPORTS,
            HEARTBEATS,
            '/roost/deployment_manager/apply',
            '/roost/devices/rover1/executor/identify_processes',
            '/roost/introspection/get_graph',
        }

    eventually(heard_by_all, 30, 'all are shouted at')
    operator.deploy('lidar', 'rover1')
    eventually(operator.runs, 30, 'everybody still works', period_sec=0.1)
    fleet = operator.fleet
    assert fleet.manager.running
    assert fleet.introspection.running
    assert all(executor.running for executor in fleet.executors.values())
    assert operator.snapshot()['rover1'].items() >= before['rover1'].items()
    assert operator.online()
