# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Deployments: as asked for, and as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeVar

from roost_core.deployment import (
    ComponentSpec,
    ComponentState,
    Condition,
    ConfigMount,
    DependencySpec,
    Deployment,
    DeploymentSpec,
    ExecutableState,
    VolumeMount,
)
from roost_core.names import DeviceName
from roost_core.package import PackageRef, RestartPolicy
from roost_core.problem import Problem, ResultCode
from roost_core.status import NO_REASON, Reason, severity, worst
from roost_interfaces import msg
from roost_wire.convert.basic import key_values, mapping_of, time_message
from roost_wire.convert.states import PHASES, STATUSES

E = TypeVar('E', bound=StrEnum)

# Gives how old the last word of a device is, in seconds: countdowns are counted from it.
AgeOf = Callable[[DeviceName], float]


def spec_of(message: msg.DeploymentSpec) -> tuple[DeploymentSpec | None, tuple[Problem, ...]]:
    """Read a deployment as asked for; None with every problem when it is malformed."""
    problems: list[Problem] = []
    components: dict[str, ComponentSpec] = {}
    for index, part in enumerate(message.components):
        path = f'spec.components[{index}]'
        if part.name in components:
            problems.append(_invalid(f'{path}.name', f"component '{part.name}' is named twice"))
        components[part.name] = ComponentSpec(
            device=DeviceName(part.device),
            cloud=part.cloud,
            restart=_enum(RestartPolicy, part.restart, f'{path}.restart', problems),
            network=part.network,
            environment=mapping_of(part.environment),
            images=mapping_of(part.images),
            volumes=tuple(_volume_mount(each) for each in part.volumes),
            configs=tuple(_config_mount(each) for each in part.configs),
        )
    depends_on = []
    for index, wanted in enumerate(message.depends_on):
        condition = _enum(
            Condition, wanted.condition, f'spec.depends_on[{index}].condition', problems
        )
        depends_on.append(
            DependencySpec(deployment=wanted.deployment, condition=condition or Condition.RUNNING)
        )
    if problems:
        return None, tuple(problems)
    spec = DeploymentSpec(
        name=message.name,
        description=message.description,
        labels=mapping_of(message.labels),
        package=PackageRef(name=message.package_name, version=message.package_version),
        components=components,
        depends_on=tuple(depends_on),
        environment=mapping_of(message.environment),
        allow_offline=message.allow_offline,
    )
    return spec, ()


def spec_message(spec: DeploymentSpec) -> msg.DeploymentSpec:
    """Write a deployment as asked for."""
    return msg.DeploymentSpec(
        name=spec.name,
        description=spec.description,
        labels=key_values(spec.labels),
        package_name=spec.package.name,
        package_version=spec.package.version,
        components=[
            msg.ComponentSpec(
                name=name,
                device=part.device,
                cloud=part.cloud,
                restart=str(part.restart or ''),
                network=part.network,
                environment=key_values(part.environment),
                images=key_values(part.images),
                volumes=[_volume_mount_message(each) for each in part.volumes],
                configs=[_config_mount_message(each) for each in part.configs],
            )
            for name, part in spec.components.items()
        ],
        depends_on=[
            msg.DependencySpec(deployment=each.deployment, condition=str(each.condition))
            for each in spec.depends_on
        ],
        environment=key_values(spec.environment),
        allow_offline=spec.allow_offline,
    )


def _volume_mount(message: msg.VolumeMount) -> VolumeMount:
    return VolumeMount(
        volume=message.volume,
        mount_path=message.mount_path,
        sub_path=message.sub_path,
        read_only=message.read_only,
        executables=tuple(message.executables),
    )


def _volume_mount_message(mount: VolumeMount) -> msg.VolumeMount:
    return msg.VolumeMount(
        volume=mount.volume,
        mount_path=mount.mount_path,
        sub_path=mount.sub_path,
        read_only=mount.read_only,
        executables=list(mount.executables),
    )


def _config_mount(message: msg.ConfigMount) -> ConfigMount:
    return ConfigMount(
        config=message.config,
        mount_path=message.mount_path,
        executables=tuple(message.executables),
    )


def _config_mount_message(mount: ConfigMount) -> msg.ConfigMount:
    return msg.ConfigMount(
        config=mount.config, mount_path=mount.mount_path, executables=list(mount.executables)
    )


def deployment_message(
    deployment: Deployment,
    *,
    runtimes: dict[str, str],
    dependencies: Sequence[msg.DependencyState],
    dependants: Sequence[str],
    age_of: AgeOf,
) -> msg.Deployment:
    """Write a deployment as it is.

    Args:
        runtimes: 'docker', 'preinstalled' or 'cloud' of each component.
    """
    age = max((age_of(name) for name in deployment.spec.devices), default=0.0)
    return msg.Deployment(
        id=deployment.id,
        name=deployment.name,
        description=deployment.spec.description,
        package_name=deployment.spec.package.name,
        package_version=deployment.spec.package.version,
        generation=deployment.generation,
        phase=PHASES[deployment.phase],
        status=STATUSES[deployment.status],
        reason=deployment.reason.shown(age_sec=age),
        reason_kind=str(deployment.reason.kind),
        codes=list(deployment.codes),
        deprovisioning=deployment.deprovisioning,
        labels=key_values(deployment.spec.labels),
        components=[
            _component_message(deployment, part, runtimes.get(part.name, ''), age_of)
            for part in deployment.components
        ],
        dependencies=list(dependencies),
        dependants=list(dependants),
        created_at=time_message(deployment.created_at),
        created_by=deployment.created_by,
    )


def _component_message(
    deployment: Deployment, part: ComponentState, runtime: str, age_of: AgeOf
) -> msg.ComponentState:
    states = [state for state in deployment.executables if state.component == part.name]
    images = {planned.name: planned.spec.image for planned in part.plan}
    age = age_of(part.device)
    return msg.ComponentState(
        name=part.name,
        runtime=runtime,
        device=part.device,
        network=part.network,
        restart=str(part.restart),
        stopped_by_choice=part.stopped,
        generation=part.generation,
        status=STATUSES[worst(state.status for state in states)],
        reason=_worst_reason(states).shown(age_sec=age),
        executables=[
            _executable_message(state, images.get(state.name, ''), age) for state in states
        ],
    )


def _worst_reason(states: Sequence[ExecutableState]) -> Reason:
    ordered = sorted(states, key=lambda state: severity(state.status))
    return next((state.reason for state in ordered if state.reason.text), NO_REASON)


def _executable_message(state: ExecutableState, image: str, age_sec: float) -> msg.ExecutableState:
    reason = state.reason
    retry = -1.0 if reason.retry_in_sec is None else max(0.0, reason.retry_in_sec - age_sec)
    return msg.ExecutableState(
        name=state.name,
        status=STATUSES[state.status],
        reason=reason.shown(age_sec=age_sec),
        reason_kind=str(reason.kind),
        progress=-1.0 if reason.progress is None else reason.progress,
        retry_in_sec=retry,
        codes=list(state.codes),
        generation=state.generation,
        restart_count=state.restart_count,
        exited=state.exit_code is not None,
        exit_code=state.exit_code or 0,
        started_at=time_message(state.started_at),
        image=image,
        image_digest=state.image_digest,
        instance_id=state.instance_id,
    )


def _invalid(path: str, message: str, remedy: str = '') -> Problem:
    return Problem(code=ResultCode.INVALID, path=path, message=message, remedy=remedy)


def _enum(kind: type[E], text: str, path: str, problems: list[Problem]) -> E | None:
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        known = ', '.join(str(each) for each in kind)
        problems.append(_invalid(path, f"'{text}' is not known", f'one of {known}'))
        return None
