# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Which image an instance is made of, and whether that must be pulled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from roost_core import error_codes
from roost_core.instance import DesiredInstance
from roost_core.package import ImagePullPolicy
from roost_core.status import ReasonKind
from roost_executor.runtimes.contract import RuntimeFault


@dataclass(frozen=True, slots=True)
class NeedsPull:
    """The image must be pulled first; nothing after that was done.

    Attributes:
        secret: docker secret to pull it with; empty for none.
    """

    reference: str
    secret: str = ''


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the image of an instance.

    Attributes:
        pulled: digest of what was pulled for it just now.
        fetched: digest of what was found or pulled for it ever.
        unpinned: why the very image that it is to have cannot be had; empty while it may.
        ran: it ran before, so that its image is not pulled without need.
    """

    pulled: str = ''
    fetched: str = ''
    unpinned: str = ''
    ran: bool = False


NOTHING = Known()


def look(
    desired: DesiredInstance, known: Known, find: Callable[[str, str], str | None]
) -> str | NeedsPull:
    """Give the digest of the image that an instance is made of, or what to pull first.

    Created again, an instance has the image that it had.

    Args:
        find: gives the digest of an image that is here, by name and, unless empty, digest.

    Raises:
        RuntimeFault: it is not here and must not be pulled, or that cannot be told.
    """
    spec = desired.spec
    may_pull = spec.image_pull_policy is not ImagePullPolicy.NEVER
    if known.pulled:
        return known.pulled
    pin = desired.image_digest
    if pin and not known.unpinned:
        if find(spec.image, pin):
            return pin
        if may_pull:
            return NeedsPull(pinned(spec.image, pin), spec.pull_secret)
    if known.fetched and find(spec.image, known.fetched):
        return known.fetched
    anew = spec.image_pull_policy is ImagePullPolicy.ALWAYS or (
        desired.refresh and not known.fetched
    )
    if anew and may_pull and not known.ran:
        return NeedsPull(spec.image, spec.pull_secret)
    found = find(spec.image, '')
    if found:
        return found
    if may_pull:
        return NeedsPull(spec.image, spec.pull_secret)
    raise RuntimeFault(
        ReasonKind.IMAGE_NOT_FOUND,
        error_codes.IMAGE_NOT_FOUND,
        f'image {spec.image} is not on the device, and its imagePullPolicy is Never: '
        'bring it there, or let it be pulled',
    )


def pinned(reference: str, digest: str) -> str:
    """Name the very image of a digest in the repository of another name."""
    name = reference.partition('@')[0]
    folder, slash, last = name.rpartition('/')
    return f'{folder}{slash}{last.partition(":")[0]}@{digest}'
