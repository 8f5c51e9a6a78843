# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Volumes: storage that outlives the deployments that use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from roost_core.names import DeviceName, NO_DEVICE
from roost_core.package import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeSpec:
    """A volume as asked for; host_path is empty for a folder that Roost manages."""

    name: str
    description: str = ''
    labels: Mapping[str, str] = field(default_factory=dict)
    runtime: Runtime = Runtime.DEVICE
    device: DeviceName = NO_DEVICE
    cloud: str = ''
    host_path: str = ''
