# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A deployment as the manager tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from roost_cli.model.deployed import Deployed
from roost_core.deployment import Outcome
from roost_core.phase import Phase
from roost_core.resource import ResourceKind
from roost_core.status import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Executable:
    """One executable of a component; see ExecutableState.msg for the units."""

    name: str
    status: Status
    reason: str
    reason_kind: str
    progress: float
    retry_in_sec: float
    codes: tuple[str, ...]
    generation: int
    restart_count: int
    exited: bool
    exit_code: int
    started_at: datetime | None
    image: str
    image_digest: str
    instance_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One component of a deployment."""

    name: str
    runtime: str
    device: str
    cloud: str
    network: str
    restart: str
    stopped_by_choice: bool
    generation: int
    status: Status
    reason: str
    executables: tuple[Executable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """What a deployment needs: another deployment, a network or a volume."""

    deployment_id: str
    name: str
    kind: str
    condition: str
    met: bool
    phase: Phase | None
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment(Deployed):
    """A deployment: what was asked and what it is."""

    kind = ResourceKind.DEPLOYMENT

    package_name: str
    package_version: str
    generation: int
    phase: Phase
    reason_kind: str
    components: tuple[Component, ...]
    dependencies: tuple[Dependency, ...]
    dependants: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One environment variable of one executable, and who gave it."""

    component: str
    executable: str
    name: str
    value: str
    source: str
    secret: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """All that is told of one deployment; the manifest is what was asked for, as YAML."""

    deployment: Deployment
    manifest: str
    environment: tuple[Variable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """A generation of a deployment: its creation, or an attempt to update it."""

    generation: int
    began_at: datetime | None
    finished_at: datetime | None
    requested_by: str
    outcome: Outcome | None
    reason: str
    code: str
    package_version: str
    components: tuple[str, ...]
    images: Mapping[str, str]
