# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What deployments, networks and volumes have in common: they are all deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from roost_core.phase import Phase
from roost_core.resource import ResourceKind
from roost_core.status import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """Something that is deployed; phase is None for what is built in."""

    kind: ClassVar[ResourceKind]

    id: str
    name: str
    description: str
    labels: Mapping[str, str]
    phase: Phase | None
    status: Status
    reason: str
    codes: tuple[str, ...]
    deprovisioning: bool
    created_at: datetime | None
    created_by: str
