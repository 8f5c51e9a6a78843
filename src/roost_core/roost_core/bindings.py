# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Environment of executables: who gives each variable, later wins, and where it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from roost_core.deployment import Deployment, DeploymentSpec
from roost_core.network import RosNetwork
from roost_core.package import Component, Executable, Package, SecretKeyRef


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
    """Name the variables that have neither a default nor a secret nor a value."""
    given = {*spec.environment, *bound}
    if component.name in spec.components:
        given.update(spec.components[component.name].environment)
    return [
        entry.name
        for entry in component.environment
        if entry.default is None and entry.value_from is None and entry.name not in given
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The environment of an executable.

    Attributes:
        secrets: variables whose values come from secrets.
        sources: who gave each variable, of values and of secrets.
    """

    values: Mapping[str, str]
    secrets: Mapping[str, SecretKeyRef]
    sources: Mapping[str, str]


def environment(
    deployment: Deployment,
    component: Component,
    executable: Executable,
    *,
    generation: int,
    device_variables: Mapping[str, str],
    dependencies: Mapping[str, Mapping[str, str]],
    network: RosNetwork | None,
) -> Environment:
    """Compute the environment of an executable.

    Args:
        dependencies: what each dependency, by name, exposes.
        network: the ROS network of the component, if it joins one.
    """
    asked = deployment.spec.components[component.name]
    below = [
        Giver(source=f'device {asked.device}', values=device_variables),
        Giver(source=f'package {deployment.spec.package}', values=_defaults(component)),
    ]
    above = [
        *(
            Giver(source=f'dependency {name}', values=values)
            for name, values in dependencies.items()
        ),
        Giver(source='deployment', values=deployment.spec.environment),
        Giver(source=f'deployment, component {component.name}', values=asked.environment),
    ]
    if network is not None:
        above.append(Giver(source=f'network {network.name}', values=network.environment()))
    own = {
        'ROOST_DEPLOYMENT_ID': str(deployment.id),
        'ROOST_DEPLOYMENT_NAME': deployment.name,
        'ROOST_COMPONENT': component.name,
        'ROOST_EXECUTABLE': executable.name,
        'ROOST_DEVICE': str(asked.device),
        'ROOST_GENERATION': str(generation),
    }
    above.append(Giver(source='roost', values=own))
    overriding = {name for giver in above for name in giver.values}
    secrets = {
        entry.name: entry.value_from
        for entry in component.environment
        if entry.value_from is not None and entry.name not in overriding
    }
    values, sources = resolve([*below, *above])
    for name, ref in secrets.items():
        values.pop(name, None)
        sources[name] = f'secret {ref.name}, key {ref.key}'
    return Environment(values=values, secrets=secrets, sources=sources)


def _defaults(component: Component) -> dict[str, str]:
    return {
        entry.name: entry.default for entry in component.environment if entry.default is not None
    }
