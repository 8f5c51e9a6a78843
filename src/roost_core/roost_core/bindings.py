# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Environment of executables: who gives each variable, later wins, and where it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from roost_core.deployment import Deployment, DeploymentSpec, PlannedExecutable
from roost_core.instance import InstanceSpec
from roost_core.network import RosNetwork
from roost_core.package import Component, DeviceRuntime, Executable, Package, SharedMemory


@dataclass(frozen=True, slots=True, kw_only=True)
class Giver:
    """Someone who gives variables."""

    source: str
    values: Mapping[str, str]


def resolve(givers: Iterable[Giver]) -> tuple[dict[str, str], dict[str, str]]:
    """Merge, later wins; return values and the source of each."""
    values: dict[str, str] = {}
    sources: dict[str, str] = {}
    for giver in givers:
        for name, value in giver.values.items():
            values[name] = value
            sources[name] = giver.source
    return values, sources


def missing_values(component: Component, spec: DeploymentSpec, bound: Iterable[str]) -> list[str]:
    """Name the variables that have neither a default nor a value."""
    given = {*spec.environment, *bound}
    if component.name in spec.components:
        given.update(spec.components[component.name].environment)
    return [
        entry.name
        for entry in component.environment
        if entry.default is None and entry.name not in given
    ]


def exposed(deployment: Deployment, package: Package) -> dict[str, str]:
    """Give what dependants of a deployment get: each exposed entry under its exposed name."""
    result: dict[str, str] = {}
    for component in package.components:
        state = next((part for part in deployment.components if part.name == component.name), None)
        if state is None or not state.plan:
            continue
        environment = state.plan[0].spec.environment
        for entry in component.environment:
            if entry.exposed and entry.name in environment:
                result[entry.exposed_name or entry.name] = environment[entry.name]
    return result


def plan(
    deployment: Deployment,
    component: Component,
    *,
    generation: int,
    device_variables: Mapping[str, str],
    dependencies: Mapping[str, Mapping[str, str]],
    network: RosNetwork,
) -> tuple[PlannedExecutable, ...]:
    """Compute what the device of a component is to run.

    Args:
        dependencies: what each dependency, by name, exposes.
        network: the ROS network of the component; used when its ROS side is enabled.
    """
    asked = deployment.spec.components[component.name]
    defaults = {
        entry.name: entry.default for entry in component.environment if entry.default is not None
    }
    givers = [
        Giver(source=f'device {asked.device}', values=device_variables),
        Giver(source=f'package {deployment.spec.package}', values=defaults),
        *(
            Giver(source=f'dependency {name}', values=values)
            for name, values in dependencies.items()
        ),
        Giver(source='deployment', values=deployment.spec.environment),
        Giver(source=f'deployment, component {component.name}', values=asked.environment),
    ]
    if component.ros.enabled:
        givers.append(Giver(source=f'network {network.name}', values=network.environment()))
    return tuple(
        _planned(deployment, component, executable, generation, givers)
        for executable in component.executables
    )


def _planned(
    deployment: Deployment,
    component: Component,
    executable: Executable,
    generation: int,
    givers: list[Giver],
) -> PlannedExecutable:
    asked = deployment.spec.components[component.name]
    own = {
        'ROOST_DEPLOYMENT_ID': str(deployment.id),
        'ROOST_DEPLOYMENT_NAME': deployment.name,
        'ROOST_COMPONENT': component.name,
        'ROOST_EXECUTABLE': executable.name,
        'ROOST_DEVICE': str(asked.device),
        'ROOST_GENERATION': str(generation),
    }
    values, sources = resolve([*givers, Giver(source='roost', values=own)])
    in_container = component.device_runtime is DeviceRuntime.DOCKER
    shares_memory = executable.shared_memory is SharedMemory.HOST or (
        executable.shared_memory is None and component.ros.enabled
    )
    spec = InstanceSpec(
        runtime=component.device_runtime,
        image=asked.images.get(executable.name, executable.image),
        image_pull_policy=executable.image_pull_policy,
        command=executable.command,
        environment=values,
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
        stop_timeout_sec=executable.stop_timeout,
    )
    return PlannedExecutable(name=executable.name, spec=spec, sources=sources)
