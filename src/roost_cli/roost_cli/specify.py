# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Options of `roost deploy` to a deployment as asked for. What it means, the manager judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from roost_cli.exits import UsageError
from roost_cli.model import Package
from roost_core.deployment import ComponentSpec, Condition, DependencySpec, DeploymentSpec
from roost_core.names import DeviceName
from roost_core.package import PackageRef, RestartPolicy


def specify(
    package: Package,
    *,
    name: str,
    devices: Sequence[str] = (),
    environment: Mapping[str, str] = {},
    networks: Mapping[str, str] = {},
    restarts: Mapping[str, str] = {},
    depends_on: Sequence[str] = (),
    labels: Mapping[str, str] = {},
    allow_offline: bool = False,
) -> DeploymentSpec:
    """Build the specification.

    Args:
        devices: 'component=device', or 'device' for all components that are not named.
        environment: 'KEY' for all components, 'component.KEY' for one.
        depends_on: 'name' or 'name:condition'.

    Raises:
        UsageError: an option names a component that the package lacks, or an unknown word, or a
            component has no device.
    """
    placed = _placements(devices)
    shared, own = _split(environment)
    named = {*placed, *own, *networks, *restarts} - {''}
    if unknown := sorted(named - set(package.components)):
        raise UsageError(
            f'{package.name} {package.version} has no component {", ".join(unknown)}; '
            f'it has {", ".join(package.components)}'
        )
    homeless = [
        part
        for part, runtime in zip(package.components, package.component_runtimes, strict=True)
        if runtime != 'cloud' and part not in placed and '' not in placed
    ]
    if homeless:
        raise UsageError(
            f'say where {", ".join(homeless)} of {package.name} is to run: --device '
            f'[COMPONENT=]DEVICE. Which may take it: roost devices --for '
            f'{package.name}:{package.version}/{homeless[0]}'
        )
    return DeploymentSpec(
        name=name,
        labels=labels,
        package=PackageRef(name=package.name, version=package.version),
        components={
            part: ComponentSpec(
                device=DeviceName(placed.get(part, placed.get('', ''))),
                restart=_restart(restarts.get(part, '')),
                network=networks.get(part, ''),
                environment=own.get(part, {}),
            )
            for part in package.components
        },
        depends_on=tuple(map(_dependency, depends_on)),
        environment=shared,
        allow_offline=allow_offline,
    )


def _placements(devices: Sequence[str]) -> dict[str, str]:
    placed: dict[str, str] = {}
    for text in devices:
        component, equals, device = text.rpartition('=')
        if (equals and not component) or not device:
            raise UsageError(f"--device '{text}' is not [COMPONENT=]DEVICE")
        if component in placed:
            raise UsageError(f'--device places {component or "all components"} twice')
        placed[component] = device
    return placed


def _split(environment: Mapping[str, str]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    shared: dict[str, str] = {}
    own: dict[str, dict[str, str]] = {}
    for key, value in environment.items():
        component, dot, name = key.rpartition('.')
        if dot:
            own.setdefault(component, {})[name] = value
        else:
            shared[key] = value
    return shared, own


def _restart(text: str) -> RestartPolicy | None:
    try:
        return RestartPolicy(text) if text else None
    except ValueError:
        words = ', '.join(RestartPolicy)
        raise UsageError(f"--restart knows {words}, not '{text}'") from None


def _dependency(text: str) -> DependencySpec:
    name, _, condition = text.partition(':')
    try:
        return DependencySpec(deployment=name, condition=Condition(condition or Condition.RUNNING))
    except ValueError:
        words = ', '.join(Condition)
        raise UsageError(f"--depends-on knows {words}, not '{condition}'") from None
