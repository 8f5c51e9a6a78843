# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Which of two managers gives way."""

from __future__ import annotations

from collections.abc import Callable
import copy
from typing import Any

import pytest

from roost_interfaces.msg import ManagerBeacon
from roost_manager.ros_api.beacon import Beacon


class Ether:
    """Stands in for nodes that hear each other's newest beacon when the test lets them."""

    def __init__(self) -> None:
        self.now = 0.0
        self._said: list[ManagerBeacon] = []
        self._hear: list[Callable[[ManagerBeacon], None]] = []

    def create_publisher(self, *_: Any) -> Any:
        """Give a publisher."""
        return self

    def create_subscription(self, _kind: Any, _topic: str, hear: Any, _qos: Any) -> None:
        """Remember who listens."""
        self._hear.append(hear)

    def create_timer(self, *_: Any, autostart: bool) -> Any:
        """Give a timer that never fires."""
        assert not autostart
        return self

    def reset(self) -> None:
        """Do as a timer does."""

    def publish(self, beacon: ManagerBeacon) -> None:
        """Keep a beacon until `carry`."""
        self._said.append(copy.deepcopy(beacon))

    def lose(self) -> None:
        """Have nobody hear what was said."""
        self._said.clear()

    def carry(self) -> None:
        """Have everybody hear all that was said."""
        said, self._said = self._said, []
        for beacon in said:
            for hear in self._hear:
                hear(beacon)


@pytest.fixture
def ether() -> Ether:
    """Give what carries beacons."""
    return Ether()


@pytest.fixture
def join(ether: Ether) -> Callable[[str], tuple[Beacon, list[str]]]:
    """Make managers that listen; each with the list of what it gave way to."""

    def make(name: str) -> tuple[Beacon, list[str]]:
        gave_way: list[str] = []
        beacon = Beacon(
            ether,  # type: ignore[arg-type]
            namespace='/roost',
            manager_id=name,
            key_id='ed25519:x',
            monotonic=lambda: ether.now,
            period_sec=2.0,
            give_way=gave_way.append,
        )
        return beacon, gave_way

    return make


def test_of_two_that_start_together_one_gives_way_before_it_serves(ether, join):
    (_, first), (_, second) = join('a'), join('b')

    ether.carry()

    assert len(first) + len(second) == 1
    assert (first or second)[0].endswith(', starting')


def test_one_that_starts_gives_way_to_one_that_serves(ether, join):
    serving, stays = join('a')
    serving.serve(1)
    ether.carry()
    for _ in range(20):  # whatever its random name is
        _, gives_way = join('b')
        serving.say()
        ether.carry()
        assert len(gives_way) == 1
        assert 'serving for 0 s' in gives_way[0]
    assert stays == []


def test_of_two_that_serve_the_one_that_has_served_longer_stays(ether, join):
    (older, stays), (younger, gives_way) = join('a'), join('b')
    older.serve(1)
    ether.now = 5.0
    younger.serve(1)
    ether.lose()  # until now they could not hear each other

    younger.say()
    older.say()
    ether.carry()

    assert stays == []
    assert len(gives_way) == 1
    assert 'serving for 5 s' in gives_way[0]
