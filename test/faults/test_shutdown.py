# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Nodes that are asked to end do so at once, and what they started goes on."""

from __future__ import annotations

from pathlib import Path
import signal
import time

import pytest

from faults.operator import Operator
from roost_interfaces.msg import Device
from testbed import eventually
from testbed.fleet import INTROSPECTION

END_SEC = 5.0

# Far below the 6 s after which a device that merely falls silent is offline.
SAID_SEC = 1.0


FLEET = {'introspection': INTROSPECTION}


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_every_node_ends_when_it_is_asked_to_and_containers_go_on(
    operator: Operator, number: signal.Signals
) -> None:
    fleet = operator.fleet
    executor, introspection = fleet.executors['rover1'], fleet.introspection
    assert introspection is not None
    if not introspection.running:
        introspection.start()
    introspection.wait_log('watching')
    operator.deploy('camera', 'rover1')
    eventually(operator.runs, 30, 'it runs', period_sec=0.1)
    before = operator.running('rover1')

    executor.signal(number)
    assert executor.wait_exit(END_SEC) == 0
    ended = time.monotonic()
    eventually(
        lambda: operator.device('rover1').liveness == Device.LIVENESS_OFFLINE,
        END_SEC,
        'the device is offline',
    )
    said = time.monotonic() - ended
    fleet.manager.signal(number)
    introspection.signal(number)
    codes = [node.wait_exit(END_SEC) for node in (fleet.manager, introspection)]

    assert said < SAID_SEC
    assert codes == [0, 0]
    nodes = (executor, fleet.manager, introspection)
    assert [node.log for node in nodes if 'Traceback' in node.log] == []
    assert operator.running('rover1') == before


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_a_node_that_has_just_been_started_ends_as_politely(
    operator: Operator, number: signal.Signals
) -> None:
    fleet = operator.fleet
    for node in (fleet.executors['rover1'], fleet.manager, fleet.introspection):
        assert node is not None
        node.stop()
        node.start()
        maps = Path(f'/proc/{node.pid}/maps')
        eventually(lambda maps=maps: 'rclpy' in maps.read_text(), 30, f'{node} loads')

        node.signal(number)

        assert node.wait_exit(END_SEC) == 0
        assert 'Traceback' not in node.log
