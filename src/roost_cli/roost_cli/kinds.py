# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The kinds of things that `roost` lists, describes and deletes, by the words for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TYPE_CHECKING

from roost_core.resource import ResourceKind

if TYPE_CHECKING:
    from roost_cli.ros_api import Manager


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of things.

    Attributes:
        resource: its kind in manifests; None for devices, which no manifest describes.
        listed: lists those that a selector selects; empty text selects all.
    """

    singular: str
    plural: str
    resource: ResourceKind | None
    listed: Callable[[Manager, str], tuple[Any, ...]]


KINDS = (
    Kind(
        'deployment',
        'deployments',
        ResourceKind.DEPLOYMENT,
        lambda manager, selector: manager.deployments(selector=selector),
    ),
    Kind(
        'package',
        'packages',
        ResourceKind.PACKAGE,
        lambda manager, selector: manager.packages(selector=selector),
    ),
    Kind(
        'device',
        'devices',
        None,
        lambda manager, selector: manager.devices(selector=selector),
    ),
    Kind(
        'network',
        'networks',
        ResourceKind.NETWORK,
        lambda manager, selector: manager.networks(selector=selector),
    ),
    Kind(
        'volume',
        'volumes',
        ResourceKind.VOLUME,
        lambda manager, selector: manager.volumes(selector=selector),
    ),
    Kind(
        'secret',
        'secrets',
        ResourceKind.SECRET,
        lambda manager, selector: manager.secrets(selector=selector),
    ),
    Kind(
        'config',
        'configs',
        ResourceKind.CONFIG,
        lambda manager, selector: manager.configs(selector=selector),
    ),
)

KIND_OF: Mapping[str, Kind] = {
    word: kind for kind in KINDS for word in (kind.plural, kind.singular)
}

PLURALS = ', '.join(kind.plural for kind in KINDS)
SINGULARS = ', '.join(kind.singular for kind in KINDS)
