# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a device is told to run: a component of a package made concrete in its surroundings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from roost_core import bindings
from roost_core.deployment import (
    ComponentSpec,
    ComponentState,
    Deployment,
    DeploymentSpec,
    PlannedExecutable,
)
from roost_core.instance import InstanceSpec, Mount, MountKind
from roost_core.network import SERVER_REST_SEC
from roost_core.package import (
    Component,
    DeviceRuntime,
    Executable,
    ImagePullPolicy,
    SharedMemory,
)
from roost_core.resource import ResourceKind
from roost_core.world import World


def plan(
    deployment: Deployment, state: ComponentState, world: World, *, refresh: bool = False
) -> tuple[PlannedExecutable, ...]:
    """Compute what the device of a component is to run, in the generation of the state.

    Args:
        refresh: images are pulled anew, unless the pull policy is Never.
    """
    component = world.package.component(state.name)
    assert component is not None
    exposing = {
        dependency.name: world.dependencies[dependency.id].exposes
        for dependency in deployment.dependencies
        if dependency.kind is ResourceKind.DEPLOYMENT and dependency.id in world.dependencies
    }
    device = world.devices.get(state.device)
    facts = device.facts if device is not None else None
    network = world.networks.get(state.network) if state.network else None
    planned = []
    for executable in component.executables:
        environment = bindings.environment(
            deployment,
            component,
            executable,
            generation=state.generation,
            device_variables=facts.variables if facts else {},
            dependencies=exposing,
            network=network,
        )
        asked = deployment.spec.components[component.name]
        spec = instance_spec(
            component,
            executable,
            asked,
            environment=environment,
            mounts=tuple(mounts(executable, asked, world.volumes, world.configs)),
            directory=deployment.volume.host_path if deployment.volume is not None else '',
        )
        if deployment.network is not None:
            spec = replace(spec, rest_sec=SERVER_REST_SEC)
        planned.append(
            PlannedExecutable(
                name=executable.name,
                spec=spec,
                sources=environment.sources,
                refresh=refresh and spec.image_pull_policy is not ImagePullPolicy.NEVER,
            )
        )
    return tuple(planned)


def network_of(component: Component, spec: DeploymentSpec, default: str) -> str:
    """Name the network that a component joins; empty when it joins none."""
    return spec.components[component.name].network or (default if component.ros.enabled else '')


def instance_spec(
    component: Component,
    executable: Executable,
    asked: ComponentSpec,
    *,
    environment: bindings.Environment,
    mounts: tuple[Mount, ...] = (),
    directory: str = '',
) -> InstanceSpec:
    """Put together everything that a runtime needs to know."""
    in_container = component.device_runtime is DeviceRuntime.DOCKER
    shares_memory = executable.shared_memory is SharedMemory.HOST or (
        executable.shared_memory is None and component.ros.enabled
    )
    return InstanceSpec(
        runtime=component.device_runtime,
        image=asked.images.get(executable.name, executable.image),
        image_pull_policy=executable.image_pull_policy,
        command=executable.command,
        environment=environment.values,
        secret_environment=environment.secrets,
        pull_secret=executable.pull_secret,
        mounts=mounts,
        directory=directory,
        limits=executable.limits,
        user=executable.user,
        groups=executable.groups,
        devices=executable.devices,
        gpus=executable.gpus,
        cap_add=executable.cap_add,
        privileged=executable.privileged,
        ulimits=executable.ulimits,
        tmpfs=executable.tmpfs,
        host_network=in_container and component.ros.enabled,
        host_ipc=in_container and shares_memory,
        working_directory=executable.working_directory,
        liveness_probe=executable.liveness_probe,
        stop_timeout_sec=executable.stop_timeout,
    )


def mounts(
    executable: Executable,
    asked: ComponentSpec,
    volumes: Mapping[str, Mount],
    configs: Mapping[str, str],
) -> Iterator[Mount]:
    """Give what an executable has mounted.

    Args:
        volumes: by name; their target and the like are filled in here.
        configs: digest by name.
    """
    for volume in asked.volumes:
        if volume.volume in volumes and _is_for(executable, volume.executables):
            source = volumes[volume.volume]
            yield Mount(
                kind=source.kind,
                name=source.name,
                source=source.source,
                target=volume.mount_path,
                sub_path=volume.sub_path,
                read_only=volume.read_only,
            )
    for config in asked.configs:
        if config.config in configs and _is_for(executable, config.executables):
            yield Mount(
                kind=MountKind.CONFIG,
                name=config.config,
                source=configs[config.config],
                target=config.mount_path,
                read_only=True,
            )


def _is_for(executable: Executable, named: tuple[str, ...]) -> bool:
    return not named or executable.name in named
