# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Looking for images."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
import threading

import pytest

from roost_core import error_codes
from roost_core.status import ReasonKind
from roost_executor.images import FRESH_SEC, Images
from roost_executor.runtimes.contract import RuntimeFault
from roost_executor.runtimes.fake import FakeRuntime


class Clock:
    """A clock that stands still unless told otherwise."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def engine() -> FakeRuntime:
    engine = FakeRuntime()
    engine.images.here['camera:1'] = 'sha256:one'
    return engine


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def images(engine, clock) -> Images:
    return Images(engine, monotonic=clock)


def test_those_who_look_together_look_once(engine, images) -> None:
    held = threading.Event()
    look = engine.image

    def slow(reference: str, *, digest: str = '') -> str | None:
        held.wait(10)
        return look(reference)

    engine.image = slow
    with ThreadPoolExecutor(8) as pool:
        looks = [pool.submit(images.digest, 'camera:1') for _ in range(8)]
        held.set()

        assert {each.result(10) for each in looks} == {'sha256:one'}
    assert engine.calls == [('image', 'camera:1')]


def test_an_answer_is_good_for_a_moment(engine, images, clock) -> None:
    assert images.digest('camera:2') is None
    engine.images.here['camera:2'] = 'sha256:two'

    clock.now += FRESH_SEC
    assert images.digest('camera:2') is None
    clock.now += 0.01
    assert images.digest('camera:2') == 'sha256:two'


def test_a_fault_is_told_to_those_who_wait_and_not_kept(engine, images) -> None:
    fault = RuntimeFault(ReasonKind.ENGINE_UNREACHABLE, error_codes.ENGINE_UNREACHABLE, 'no')
    engine.fail_next('image', fault)

    with pytest.raises(RuntimeFault):
        images.digest('camera:1')

    assert images.digest('camera:1') == 'sha256:one'


def test_answers_do_not_pile_up(engine, images, clock) -> None:
    for number in range(100):
        images.digest(f'camera:{number}')
        clock.now += 1.0

    assert len(images._looks) == 1
