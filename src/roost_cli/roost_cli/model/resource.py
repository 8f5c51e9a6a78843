# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks, volumes, secrets and configs as they are told, and what becomes of manifests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from roost_cli.model.deployed import Deployed
from roost_core.resource import ResourceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Network(Deployed):
    """A ROS network; see Network.msg for what is empty when."""

    kind = ResourceKind.NETWORK

    type: str
    runtime: str
    device: str
    domain_id: int
    discovery_server: str
    discovery_range: str
    built_in: bool
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume(Deployed):
    """A volume; host_path is empty for one that Roost manages."""

    kind = ResourceKind.VOLUME

    runtime: str
    device: str
    host_path: str
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret, without its values: nobody is told those."""

    name: str
    description: str
    labels: Mapping[str, str]
    type: str
    keys: tuple[str, ...]
    registry: str
    used_by: tuple[str, ...]
    version: int
    changed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A config, without the content of its files."""

    name: str
    description: str
    labels: Mapping[str, str]
    digest: str
    files: tuple[str, ...]
    size_bytes: int
    used_by: tuple[str, ...]
    changed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an apply or a delete does with one thing."""

    kind: str
    name: str
    version: str
    action: str
    deployment_id: str
    detail: str
