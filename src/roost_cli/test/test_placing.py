# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The words on a command line, and the executables that are meant."""

from __future__ import annotations

import pytest

from roost_cli.exits import Refused
from roost_cli.model import Admissions, Place
from roost_cli.placing import meant

THERE = (Place('front', 'camera'), Place('front', 'lidar'), Place('back', 'camera'))


def ask(component: str, executable: str) -> Admissions:
    """Answer as the manager does."""
    found = tuple(
        each
        for each in THERE
        if component in ('', each.component) and executable in ('', each.executable)
    )
    if not found:
        raise Refused('NOT_FOUND', f"'rover' has no '{component or executable}'")
    return Admissions(
        deployment_id='1', deployment_name='rover', given={}, missing={}, executables=found
    )


@pytest.mark.parametrize(
    ('words', 'are'),
    [
        (('', ''), ('', '')),
        (('front', ''), ('front', '')),
        (('back', 'camera'), ('back', 'camera')),
        (('lidar', ''), ('', 'lidar')),
    ],
)
def test_a_lone_word_is_a_component_or_the_one_executable_of_that_name(words, are) -> None:
    assert meant(ask, *words)[1:] == are


@pytest.mark.parametrize(
    ('words', 'told'),
    [
        (('lidr', ''), "'rover' has no 'lidr'"),
        (('back', 'lidar'), "'rover' has no 'back'"),
        (('camera', ''), 'several .camera., name one: front/camera, back/camera'),
    ],
)
def test_what_is_nothing_or_several_is_refused(words, told) -> None:
    with pytest.raises(Refused, match=told):
        meant(ask, *words)
