# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a place takes for word of what was done in it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from supervisor_rig import wanted

from roost_core.observed import InstanceState, ObservedInstance
from roost_core.reconcile import Start, Stop
from roost_executor.place import Place
from roost_executor.runtimes.contract import Changed, Gone, Resync, RuntimeEvent

CAMERA = wanted('camera')
RUNS = ObservedInstance(
    identity=CAMERA.identity,
    deployment_name='camera',
    instance_id='container-1',
    state=InstanceState.RUNNING,
    started_at=100.0,
)
STOPPED = replace(RUNS, state=InstanceState.ENDED, exit_code=143, ended_at=200.0)
RUNS_AGAIN = replace(RUNS, started_at=200.1)
ENDED_AGAIN = replace(RUNS_AGAIN, state=InstanceState.ENDED, exit_code=0, ended_at=200.2)


def resync(seen: ObservedInstance) -> Resync:
    return Resync((seen,))


@pytest.fixture
def restarted() -> Place:
    """Give a place in which what ran was stopped and started, and nothing was heard of it."""
    place = Place(CAMERA.slot, desired=CAMERA, heard_by=1000.0)
    place.begin(Stop(instance=RUNS, timeout_sec=10.0, reason='its restart was asked for'))
    place.begin(Start(desired=CAMERA))
    assert not place.is_settled(300.0)
    return place


def hear(place: Place, event: RuntimeEvent) -> None:
    match event:
        case Changed(instance):
            place.hear(event, (instance,))
        case Resync(instances):
            place.hear(event, instances)
        case _:
            place.hear(event, ())


class TestARestart:
    @pytest.mark.parametrize('told', [Changed, resync])
    def test_the_end_of_what_was_stopped_is_no_word_of_the_start(self, restarted, told) -> None:
        hear(restarted, told(STOPPED))
        assert not restarted.is_settled(300.0)

        hear(restarted, Changed(RUNS_AGAIN))
        assert restarted.is_settled(300.0)

    @pytest.mark.parametrize('told', [Changed, resync])
    @pytest.mark.parametrize('later', [RUNS_AGAIN, ENDED_AGAIN])
    def test_a_later_run_is(self, restarted, told, later) -> None:
        hear(restarted, told(later))

        assert restarted.is_settled(300.0)

    def test_a_list_of_before_is_no_word_of_either(self, restarted) -> None:
        hear(restarted, resync(RUNS))
        assert not restarted.is_settled(300.0)

        hear(restarted, Changed(STOPPED))
        assert not restarted.is_settled(300.0)

        hear(restarted, Changed(RUNS_AGAIN))
        assert restarted.is_settled(300.0)

    def test_what_is_gone_is_waited_for_no_more(self, restarted) -> None:
        hear(restarted, Gone(CAMERA.identity))

        assert restarted.is_settled(300.0)

    def test_word_that_never_comes_is_given_up(self, restarted) -> None:
        hear(restarted, Changed(STOPPED))

        assert restarted.is_settled(1000.0)
