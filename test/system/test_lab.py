# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The example with something of every kind runs as it is shipped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from testbed import Fleet, roost_disk

pytestmark = pytest.mark.timeout(900)  # when nothing is in the cache, and the computer is busy

LAB = str(Path(__file__).parents[2] / 'config' / 'examples' / 'lab.yaml')


def test_the_lab_comes_up_stays_as_it_is_and_goes(make_fleet: Callable[..., Fleet]) -> None:
    both = {'runtimes': ['docker', 'preinstalled']}  # the discovery server runs as a process
    fleet = make_fleet(devices=1, disk=roost_disk(), introspection=None, executor_parameters=both)
    fleet.wait_online()

    fleet.roost('apply', LAB, '--wait', timeout_sec=120.0)
    container = fleet.devices['rover1'].engine.client.containers.list()[0]
    again = fleet.roost('apply', LAB)

    assert [line.split()[0] for line in again.splitlines()[1:]] == ['unchanged'] * 8
    for path in ('/etc/simulation/simulation.yaml', '/maps/office.yaml', '/recordings'):
        assert container.exec_run(['test', '-e', path]).exit_code == 0, path

    fleet.roost('delete', '-f', LAB, '--wait', timeout_sec=60.0)

    assert fleet.devices['rover1'].engine.client.containers.list(all=True) == []
    for kind in ('volumes', 'secrets', 'configs', 'packages'):
        assert fleet.roost('get', kind, '-o', 'json').strip() == '[]', kind
