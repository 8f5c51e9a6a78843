# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Which image an instance is made of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from supervisor_rig import wanted

from roost_core import error_codes
from roost_core.package import ImagePullPolicy
from roost_executor.fetching import Known, look, NeedsPull, pinned
from roost_executor.runtimes.contract import RuntimeFault

NAME = 'camera:1'
HERE = {(NAME, ''): 'new', (NAME, 'old'): 'old', (NAME, 'new'): 'new'}
PULL = NeedsPull(NAME)


def find(name: str, digest: str) -> str | None:
    return HERE.get((name, digest))


def find_nothing(name: str, digest: str) -> str | None:
    return None


def item(pull: ImagePullPolicy = ImagePullPolicy.IF_NOT_PRESENT, **choice):
    return replace(wanted('camera', image=NAME, pull=pull), **choice)


ALWAYS, NEVER = ImagePullPolicy.ALWAYS, ImagePullPolicy.NEVER


@pytest.mark.parametrize(
    ('desired', 'known', 'expected'),
    [
        (item(), Known(), 'new'),
        (item(ALWAYS), Known(), PULL),
        (item(ALWAYS), Known(pulled='newer'), 'newer'),
        (item(ALWAYS), Known(fetched='old'), 'old'),
        (item(ALWAYS), Known(fetched='gone'), PULL),
        (item(ALWAYS), Known(ran=True), 'new'),
        (item(NEVER), Known(), 'new'),
        (item(refresh=True), Known(), PULL),
        (item(refresh=True), Known(fetched='old'), 'old'),
        (item(refresh=True), Known(fetched='gone'), 'new'),
        (item(NEVER, refresh=True), Known(), 'new'),
        (item(image_digest='old'), Known(), 'old'),
        (item(ALWAYS, image_digest='old'), Known(fetched='new'), 'old'),
        (item(image_digest='gone'), Known(), NeedsPull('camera@gone')),
        (item(NEVER, image_digest='gone'), Known(), 'new'),
        (item(image_digest='gone'), Known(unpinned='no registry'), 'new'),
    ],
)
def test_what_is_here_is_taken_and_what_must_be_is_pulled(desired, known, expected) -> None:
    assert look(desired, known, find) == expected


def test_what_is_not_here_is_pulled_unless_it_must_not_be() -> None:
    assert look(item(), Known(), find_nothing) == PULL
    with pytest.raises(RuntimeFault) as refused:
        look(item(NEVER), Known(), find_nothing)
    assert refused.value.code == error_codes.IMAGE_NOT_FOUND


def test_it_is_pulled_with_the_secret_of_the_image() -> None:
    desired = item(image_digest='gone')
    desired = replace(desired, spec=replace(desired.spec, pull_secret='site'))

    assert look(desired, Known(), find) == NeedsPull('camera@gone', 'site')


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('camera', 'camera@d'),
        ('camera:1', 'camera@d'),
        ('registry:5000/camera', 'registry:5000/camera@d'),
        ('registry:5000/team/camera:1.0', 'registry:5000/team/camera@d'),
        ('camera:1@sha256:other', 'camera@d'),
    ],
)
def test_the_very_image_is_named_in_its_repository(name, expected) -> None:
    assert pinned(name, 'd') == expected
