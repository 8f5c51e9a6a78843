# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Kinds of what manifests describe."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ResourceKind(StrEnum):
    """Kind of a manifest."""

    PACKAGE = 'Package'
    DEPLOYMENT = 'Deployment'
    NETWORK = 'Network'
    VOLUME = 'Volume'
    SECRET = 'Secret'
    CONFIG = 'Config'


# They are deployed: placed, provisioned, watched and deprovisioned, with phase and status.
DEPLOYED = (ResourceKind.DEPLOYMENT, ResourceKind.NETWORK, ResourceKind.VOLUME)


@dataclass(frozen=True, slots=True, order=True)
class ResourceRef:
    """Names a resource; version is for packages, empty for all versions."""

    kind: ResourceKind
    name: str
    version: str = ''

    def __str__(self) -> str:
        return f'{self.kind}/{self.name}' + (f' {self.version}' if self.version else '')
