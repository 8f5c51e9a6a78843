# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Which runtimes this device offers."""

from __future__ import annotations

from collections.abc import Iterable
import os
from pathlib import Path

from roost_core.names import DeviceName
from roost_core.package import DeviceRuntime
from roost_executor.runtimes.contract import Runtime
from roost_executor.runtimes.process import ProcessRuntime

_CONTAINER_MARKS = (Path('/.dockerenv'), Path('/run/.containerenv'))


def runtimes(
    wanted: frozenset[DeviceRuntime] | None,
    *,
    docker_host: str,
    state_dir: Path,
    device: DeviceName,
    device_key: str,
) -> dict[DeviceRuntime, Runtime]:
    """Make the runtimes that the device is to offer.

    Args:
        wanted: None for docker if an engine is named, and preinstalled unless the executor itself
            runs in a container, from where it could not start what is installed on the device.
        docker_host: address of the engine, or empty.

    Raises:
        ValueError: docker is wanted, and no engine is named.
    """
    if wanted is None:
        native = frozenset() if in_container() else frozenset({DeviceRuntime.PREINSTALLED})
        wanted = native | (frozenset({DeviceRuntime.DOCKER}) if docker_host else frozenset())
    offered: dict[DeviceRuntime, Runtime] = {}
    if DeviceRuntime.DOCKER in wanted:
        if not docker_host:
            raise ValueError("the runtime docker is to be offered, but 'docker_host' is empty")
        # Costs 9 MB, which a device without an engine is spared.
        from roost_executor.runtimes.docker import DockerRuntime

        offered[DeviceRuntime.DOCKER] = DockerRuntime(
            device=device, device_key=device_key, url=docker_host
        )
    if DeviceRuntime.PREINSTALLED in wanted:
        offered[DeviceRuntime.PREINSTALLED] = ProcessRuntime(state_dir)
    return offered


def in_container(marks: Iterable[Path] = _CONTAINER_MARKS) -> bool:
    """Tell whether the executor itself runs in a container."""
    return 'container' in os.environ or any(mark.exists() for mark in marks)
