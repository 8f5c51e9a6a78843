# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Nodes that are asked to end do so at once, and what they started goes on."""

from __future__ import annotations

from collections.abc import Callable
import signal
import time

import pytest

from faults.operator import Operator
from roost_interfaces import msg
from testbed import eventually

END_SEC = 5.0

# Far below the 6 s after which a device that merely falls silent is offline.
SAID_SEC = 1.5


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_every_node_ends_when_it_is_asked_to_and_containers_go_on(
    make_fleet: Callable[..., object], number: signal.Signals
) -> None:
    fleet = make_fleet(1)
    operator = Operator(fleet).ready()
    operator.deploy('camera', 'rover1')
    eventually(operator.runs, 20, 'it runs', period_sec=0.1)
    before = operator.running('rover1')
    executor = fleet.executors['rover1']
    fleet.introspection.wait_log('watching', 20)

    executor.signal(number)
    asked = time.monotonic()
    said = eventually(
        lambda: (
            operator.device('rover1').liveness == msg.Device.LIVENESS_OFFLINE
            and time.monotonic() - asked
        ),
        END_SEC,
        'the device is offline',
    )
    nodes = [executor, fleet.manager, fleet.introspection]
    fleet.manager.signal(number)
    fleet.introspection.signal(number)
    codes = [node.wait_exit(END_SEC) for node in nodes]

    assert said < SAID_SEC + 1.0  # the executor may take a moment to end before it says so
    assert codes == [0, 0, 0]
    assert [node.log for node in nodes if 'Traceback' in node.log] == []
    assert operator.running('rover1') == before
