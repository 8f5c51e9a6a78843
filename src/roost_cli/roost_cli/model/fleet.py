# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Packages, devices, events and the graph as they are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from roost_core.event import EventKind
from roost_core.graph.model import DependencyGraph, EdgeKind
from roost_core.liveness import Liveness
from roost_core.phase import Phase
from roost_core.status import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package version."""

    name: str
    version: str
    description: str
    labels: Mapping[str, str]
    singleton: bool
    bindable: bool
    components: tuple[str, ...]
    component_runtimes: tuple[str, ...]
    deployments: tuple[str, ...]
    manifest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """An IP address of a device."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """Something that runs on a device and that the manager does not know."""

    deployment_id: str
    deployment_name: str
    component: str
    executable: str
    generation: int
    instance_id: str
    running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device and what it says about itself."""

    name: str
    liveness: Liveness
    silent_sec: float
    reason: str
    architecture: str
    runtimes: tuple[str, ...]
    ros_distro: str
    hostname: str
    interfaces: tuple[Interface, ...]
    disk_free_bytes: int
    engine_version: str
    executor_version: str
    labels: Mapping[str, str]
    variables: Mapping[str, str]
    key_id: str
    desired_epoch: int
    desired_revision: int
    applied_epoch: int
    applied_revision: int
    deployments: tuple[str, ...]
    orphans: tuple[Orphan, ...]
    policy: str
    problems: tuple[str, ...]
    candidate: bool
    candidate_reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that changed."""

    number: int
    stamp: datetime | None
    kind: EventKind | None
    deployment_id: str
    deployment_name: str
    component: str
    executable: str
    device: str
    phase: Phase | None
    status: Status
    codes: tuple[str, ...]
    generation: int
    reason_kind: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The dependency graph, and its content in the format asked for, empty for none."""

    graph: DependencyGraph
    content: bytes = b''

    @property
    def arrows(self) -> Mapping[EdgeKind, int]:
        """Count the arrows of each kind, also those of which there are none."""
        counted = Counter(edge.kind for edge in self.graph.edges)
        return {kind: counted[kind] for kind in EdgeKind}
