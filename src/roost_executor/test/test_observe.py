# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The picture of what exists."""

from __future__ import annotations

from dataclasses import replace

import pytest
from supervisor_rig import wanted

from roost_core import error_codes
from roost_core.observed import InstanceState, ObservedInstance
from roost_core.package import DeviceRuntime
from roost_core.status import ReasonKind
from roost_executor.observe import Picture
from roost_executor.runtimes.contract import (
    Changed,
    Gone,
    Orphans,
    Resync,
    RuntimeFault,
    Unreachable,
)

DOCKER, NATIVE = DeviceRuntime.DOCKER, DeviceRuntime.PREINSTALLED
AWAY = Unreachable(
    RuntimeFault(ReasonKind.ENGINE_UNREACHABLE, error_codes.ENGINE_UNREACHABLE, 'no answer')
)


def seen(name: str, generation: int = 1) -> ObservedInstance:
    return ObservedInstance(
        identity=wanted(name, generation=generation).identity,
        deployment_name=name,
        instance_id=f'{name}-{generation}',
        state=InstanceState.RUNNING,
    )


CAMERA, NEWER_CAMERA, ARM = seen('camera'), seen('camera', 2), seen('arm')


@pytest.fixture
def picture() -> Picture:
    return Picture([DOCKER, NATIVE])


def test_it_is_complete_once_every_runtime_spoke(picture) -> None:
    assert not picture.complete
    picture.tell(DOCKER, AWAY)
    assert not picture.complete
    picture.tell(NATIVE, Resync(()))

    assert picture.complete
    assert picture.usable(NATIVE)
    assert not picture.usable(DOCKER)
    assert not picture.listed(DOCKER)


def test_changes_are_taken_in_by_slot(picture) -> None:
    ended = replace(CAMERA, state=InstanceState.ENDED)

    assert picture.tell(DOCKER, Changed(CAMERA)) == {CAMERA.identity.slot}
    picture.tell(DOCKER, Changed(NEWER_CAMERA))
    picture.tell(DOCKER, Changed(ended))
    assert picture.of(CAMERA.identity.slot) == (ended, NEWER_CAMERA)

    picture.tell(DOCKER, Gone(CAMERA.identity))
    assert picture.of(CAMERA.identity.slot) == (NEWER_CAMERA,)
    assert picture.tell(DOCKER, Gone(ARM.identity)) == {ARM.identity.slot}


def test_an_engine_that_is_away_takes_nothing_out(picture) -> None:
    picture.tell(DOCKER, Resync((CAMERA,)))

    assert picture.tell(DOCKER, AWAY) == {CAMERA.identity.slot}

    assert picture.of(CAMERA.identity.slot) == (CAMERA,)
    assert picture.fault(DOCKER) is AWAY.fault


def test_a_listing_replaces_what_one_runtime_has(picture) -> None:
    picture.tell(DOCKER, Resync((CAMERA,)))
    picture.tell(NATIVE, Resync((ARM,)))

    touched = picture.tell(DOCKER, Resync((NEWER_CAMERA,)))

    assert touched == {CAMERA.identity.slot}
    assert set(picture) == {NEWER_CAMERA, ARM}
    assert picture.kind_of(ARM.identity) is NATIVE
    assert picture.kind_of(NEWER_CAMERA.identity) is DOCKER


def test_what_a_lost_key_left_is_in_no_slot_and_told_until_the_next_list(picture):
    picture.tell(DOCKER, Resync((CAMERA,)))

    assert picture.tell(DOCKER, Orphans((ARM,))) == set()

    assert list(picture.orphans) == [ARM]
    assert list(picture) == [CAMERA]
    assert picture.of(ARM.identity.slot) == ()
    picture.tell(DOCKER, Resync((CAMERA,)))
    assert list(picture.orphans) == []
