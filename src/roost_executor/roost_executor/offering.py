# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Which runtimes this device offers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
import os
from pathlib import Path

from roost_core.names import DeploymentId, DeviceName
from roost_core.package import DeviceRuntime
from roost_executor.runtimes.contract import Runtime, SecretEnvironment
from roost_executor.runtimes.directory import DirectoryRuntime
from roost_executor.runtimes.process import ProcessRuntime

_CONTAINER_MARKS = (Path('/.dockerenv'), Path('/run/.containerenv'))


def runtimes(
    wanted: frozenset[DeviceRuntime] | None,
    *,
    docker_host: str,
    state_dir: Path,
    device: DeviceName,
    device_key: str,
    secrets: SecretEnvironment,
    is_removed: Callable[[DeploymentId], bool],
) -> dict[DeviceRuntime, Runtime]:
    """Make the runtimes that the device is to offer.

    Args:
        wanted: None for docker if an engine is named, and preinstalled unless the executor itself
            runs in a container, from where it could not start what is installed on the device.
        docker_host: address of the engine, or empty.
        secrets: gives the secret variables of an instance.
        is_removed: tells whether a deployment is named for removal.

    Returns:
        These, and that of folders, for volumes, which every device has.

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
            device=device,
            device_key=device_key,
            url=docker_host,
            state_dir=state_dir,
            secrets=secrets,
        )
    if DeviceRuntime.PREINSTALLED in wanted:
        offered[DeviceRuntime.PREINSTALLED] = ProcessRuntime(state_dir, secrets=secrets)
    offered[DeviceRuntime.DIRECTORY] = DirectoryRuntime(state_dir, is_removed=is_removed)
    return offered


def in_container(marks: Iterable[Path] = _CONTAINER_MARKS) -> bool:
    """Tell whether the executor itself runs in a container."""
    return 'container' in os.environ or any(mark.exists() for mark in marks)
