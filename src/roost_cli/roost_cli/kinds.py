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
        plural: also the name of the method by which a Manager lists them.
        resource: its kind in manifests; None for devices, which no manifest describes.
    """

    singular: str
    plural: str
    resource: ResourceKind | None

    def listed(self, manager: Manager, selector: str) -> tuple[Any, ...]:
        """List those that a selector selects; empty text selects all."""
        ask: Callable[..., tuple[Any, ...]] = getattr(manager, self.plural)
        return ask(selector=selector)


KINDS = (
    Kind('deployment', 'deployments', ResourceKind.DEPLOYMENT),
    Kind('package', 'packages', ResourceKind.PACKAGE),
    Kind('device', 'devices', None),
    Kind('network', 'networks', ResourceKind.NETWORK),
    Kind('volume', 'volumes', ResourceKind.VOLUME),
    Kind('secret', 'secrets', ResourceKind.SECRET),
    Kind('config', 'configs', ResourceKind.CONFIG),
)

KIND_OF: Mapping[str, Kind] = {
    word: kind for kind in KINDS for word in (kind.plural, kind.singular)
}

PLURALS = ', '.join(kind.plural for kind in KINDS)
SINGULARS = ', '.join(kind.singular for kind in KINDS)
