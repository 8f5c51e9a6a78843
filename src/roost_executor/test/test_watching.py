# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Collectors run while they are leased; a shell stands in for one, and notes what it is told."""

from pathlib import Path

import pytest

from roost_core.graph import watch_order
from roost_core.graph.topology import TopologyNetwork
from roost_executor.watching import NetworkWatching
from testbed.wait import eventually

SITE = TopologyNetwork(name='site', domain_id=7)
HOME = TopologyNetwork(name='home', domain_id=8)
SOON_SEC = 30.0
LONG_SEC = 300.0


class Collector:
    """A program that writes its pid and its input into files."""

    def __init__(self, folder):
        self._orders = folder / 'orders'
        self._pids = folder / 'pids'
        script = (
            f'echo $$ >> {self._pids}; while read line; do echo "$line" >> {self._orders}; done'
        )
        self.command = ['sh', '-c', script]

    @property
    def orders(self):
        text = self._orders.read_text() if self._orders.exists() else ''
        return [watch_order.of_line(line) for line in text.splitlines()]

    @property
    def pids(self):
        return self._pids.read_text().split() if self._pids.exists() else []

    def running(self):
        return [pid for pid in self.pids if Path('/proc', pid).exists()]


@pytest.fixture
def collector(tmp_path):
    return Collector(tmp_path)


@pytest.fixture
def complaints():
    return []


@pytest.fixture
def watching(collector, complaints):
    watching = NetworkWatching(
        collector.command, lambda topic, text: complaints.append((topic, text))
    )
    yield watching
    watching.close()
    assert collector.running() == []


def test_it_is_told_what_to_watch_and_each_change_of_that(watching, collector):
    watching.lease([SITE], sec=LONG_SEC)
    eventually(lambda: collector.orders == [(SITE,)], SOON_SEC)

    watching.lease([SITE], sec=LONG_SEC)
    watching.lease([SITE, HOME], sec=LONG_SEC)

    eventually(lambda: collector.orders == [(SITE,), (SITE, HOME)], SOON_SEC)
    assert len(collector.pids) == 1


def test_it_ends_with_its_lease(watching, collector, complaints):
    def begun():
        watching.lease([SITE], sec=0.5)
        return collector.pids

    eventually(begun, SOON_SEC)

    eventually(lambda: not collector.running(), SOON_SEC)
    assert complaints == []


def test_it_ends_when_nothing_is_to_be_watched(watching, collector):
    watching.lease([SITE], sec=LONG_SEC)
    eventually(collector.running, SOON_SEC)

    watching.lease([], sec=LONG_SEC)

    eventually(lambda: not collector.running(), SOON_SEC)


def test_it_is_started_again(tmp_path, collector, complaints):
    pids = tmp_path / 'ends'
    watching = NetworkWatching(
        ['sh', '-c', f'echo $$ >> {pids}; exit 3'], lambda *told: complaints.append(told)
    )
    watching.lease([SITE], sec=LONG_SEC)

    eventually(lambda: pids.exists() and len(pids.read_text().split()) > 1, SOON_SEC)

    watching.close()
    assert complaints[0] == ('watching', 'the collector of networks ended with 3')


def test_a_program_that_is_not_there_is_told(complaints):
    watching = NetworkWatching(['/no/such/program'], lambda *told: complaints.append(told))

    watching.lease([SITE], sec=LONG_SEC)

    eventually(lambda: complaints, SOON_SEC)
    watching.close()
    assert 'cannot be started' in complaints[0][1]
