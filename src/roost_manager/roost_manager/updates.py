# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Updates in place: what they touch, whether they may be, and how they are begun and given up."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from roost_core import admission, error_codes, planning, updating
from roost_core.deployment import (
    ComponentState,
    Deployment,
    DeploymentSpec,
    OnFailure,
)
from roost_core.instance import InstanceSpec, MountKind
from roost_core.manifest import problems_of
from roost_core.package import DeviceRuntime, Package
from roost_core.phase import Phase
from roost_core.problem import Problem, ResultCode
from roost_core.updating import UpdateRequest
from roost_core.world import World
from roost_manager.admitting import view_for_admission
from roost_manager.deployments import too_large
from roost_manager.fleet import Fleet
from roost_manager.refusal import found_deployment, Refusal, refusal_of, refuse_stale
from roost_manager.work import UnitOfWork

UPDATABLE = (Phase.SUCCEEDED, Phase.FAILED_TO_UPDATE)


def update(
    work: UnitOfWork,
    fleet: Fleet,
    name: str,
    *,
    components: Collection[str],
    package_version: str,
    images: Mapping[str, str],
    on_failure: OnFailure,
    timeout_sec: float,
    expected_generation: int,
    by: str,
) -> Deployment:
    """Stage the update that a request asks for; return the deployment at its next generation.

    Raises:
        Refusal: with every reason.
    """
    deployment = found_deployment(fleet, name)
    refuse_stale(deployment, expected_generation)
    problems = list(_why_not_now(deployment))
    if problems:
        raise refusal_of(problems)
    asked = deployment.spec
    if package_version:
        asked = replace(asked, package=replace(asked.package, version=package_version))
    asked = _with_images(deployment, asked, images, problems)
    if asked != deployment.spec:
        problems.extend(problems_of(asked))
    package = work.surroundings.known(asked.package)
    view = view_for_admission(work, fleet, wait=True)
    problems.extend(admission.admit_change(asked, deployment, view))
    problems.extend(too_large(work, fleet, [asked], instead_of=[deployment]))
    chosen: tuple[str, ...] = ()
    if package is not None:
        chosen = _choose(work, deployment, asked, package, components, images, problems)
    if problems:
        raise refusal_of(problems)
    return begin(
        work,
        fleet,
        deployment,
        asked,
        chosen,
        on_failure=on_failure,
        timeout_sec=timeout_sec,
        by=by,
    )


def begin(
    work: UnitOfWork,
    fleet: Fleet,
    deployment: Deployment,
    asked: DeploymentSpec,
    components: tuple[str, ...],
    *,
    on_failure: OnFailure,
    timeout_sec: float,
    by: str,
) -> Deployment:
    """Stage an update that was admitted."""
    request = UpdateRequest(
        spec=asked,
        components=components,
        on_failure=on_failure,
        deadline_at=work.now + (timeout_sec or fleet.rules.update_timeout_sec),
        requested_by=by,
    )
    world = work.surroundings.world(replace(deployment, spec=asked))
    begun = updating.begin(deployment, request, world)
    work.put_deployment(begun)
    work.evaluate([begun.id])
    return begun


def cancel(work: UnitOfWork, fleet: Fleet, name: str, *, expected_generation: int) -> Deployment:
    """Stage that an update is given up, and what ran before is brought back.

    Raises:
        Refusal: there is none under way.
    """
    deployment = found_deployment(fleet, name)
    refuse_stale(deployment, expected_generation)
    if deployment.update is None:
        raise Refusal(
            ResultCode.REFUSED, f"'{deployment.name}' is not being updated: {deployment.phase}"
        )
    after = updating.cancel(deployment, now=work.now)
    work.put_deployment(after)
    work.evaluate([after.id])
    return after


def touched(work: UnitOfWork, deployment: Deployment, asked: DeploymentSpec) -> tuple[str, ...]:
    """Name the components that a changed spec, or a changed config, makes anew.

    What else changed meanwhile, such as the variables of a device, is no reason.
    """
    before = work.surroundings.world(deployment)
    after_deployment = replace(deployment, spec=asked)
    after = work.surroundings.world(after_deployment)
    names = []
    for part in deployment.components:
        former = replace(before, configs={**before.configs, **_configs_of(part)})
        if _specs(deployment, part, former) != _specs(after_deployment, part, after):
            names.append(part.name)
    return tuple(names)


def refused_components(package: Package, names: Collection[str]) -> Iterator[Problem]:
    """Give what of an update would touch and cannot."""
    for component in package.components:
        if component.name in names and component.device_runtime is DeviceRuntime.PREINSTALLED:
            yield Problem(
                code=ResultCode.REFUSED,
                path=f'spec.components.{component.name}',
                message=f"component '{component.name}' is preinstalled, and those are not updated"
                ' in place',
                remedy='deprovision the deployment and apply it again',
            )


def why_not_now(deployment: Deployment) -> tuple[Problem, ...]:
    """Say why a deployment cannot be updated now; nothing when it can."""
    return tuple(_why_not_now(deployment))


def _why_not_now(deployment: Deployment) -> Iterator[Problem]:
    if deployment.deprovisioning:
        state = 'is being deprovisioned'
    elif deployment.phase not in UPDATABLE:
        state = f'is in {deployment.phase}'
    else:
        return
    yield Problem(
        code=ResultCode.REFUSED,
        resource=f'Deployment/{deployment.name}',
        path='spec',
        message=f"deployment '{deployment.name}' {state}, and can be updated in"
        f' {" and ".join(UPDATABLE)} only',
        remedy='wait until it is, or deprovision it and apply it again',
    )


def _with_images(
    deployment: Deployment,
    asked: DeploymentSpec,
    images: Mapping[str, str],
    problems: list[Problem],
) -> DeploymentSpec:
    components = dict(asked.components)
    for name, image in images.items():
        owners = _owners(deployment, name)
        if len(owners) != 1:
            known = [
                f'{part.name}/{each.name}' for part in deployment.components for each in part.plan
            ]
            what = 'is in several components' if owners else 'does not exist'
            problems.append(
                Problem(
                    code=ResultCode.INVALID,
                    resource=f'Deployment/{deployment.name}',
                    path='images',
                    message=f"executable '{name:.130}' {what}",
                    remedy=f'it has {", ".join(known)}',
                )
            )
            continue
        part = components[owners[0]]
        executable = name.rpartition('/')[2]
        components[owners[0]] = replace(part, images={**part.images, executable: image})
    return replace(asked, components=components)


def _owners(deployment: Deployment, name: str) -> list[str]:
    """List the components that have an executable, named as '[component/]executable'."""
    component, _, executable = name.rpartition('/')
    return [
        part.name
        for part in deployment.components
        if component in ('', part.name) and executable in [each.name for each in part.plan]
    ]


def _choose(
    work: UnitOfWork,
    deployment: Deployment,
    asked: DeploymentSpec,
    package: Package,
    components: Collection[str],
    images: Mapping[str, str],
    problems: list[Problem],
) -> tuple[str, ...]:
    """Choose what is made anew: what is named, else what has another image, else all that can."""
    names = [part.name for part in package.components]
    unknown = [name for name in components if name not in names]
    for name in unknown:
        problems.append(
            Problem(
                code=ResultCode.NOT_FOUND,
                resource=f'Deployment/{deployment.name}',
                path='components',
                message=f"there is no component '{name:.70}'",
                remedy=f'it has {", ".join(names)}',
            )
        )
    if problems:
        return ()
    changed = touched(work, deployment, asked) if images or asked != deployment.spec else ()
    lost = [part.name for part in deployment.components if part.device in deployment.removed_from]
    if components:
        chosen = [name for name in names if name in components]
    elif images and asked.package == deployment.spec.package:
        owners = {name for key in images for name in _owners(deployment, key)}
        chosen = list(changed) or [name for name in names if name in owners]
    else:
        in_containers = [
            part.name for part in package.components if part.device_runtime is DeviceRuntime.DOCKER
        ]
        chosen = [name for name in names if name in in_containers or name in changed]
        chosen = [name for name in chosen if name not in lost]
    problems.extend(refused_components(package, chosen))
    for name in chosen:
        if name in lost:
            problems.append(
                Problem(
                    code=error_codes.DEVICE_FORGOTTEN,
                    resource=f'Deployment/{deployment.name}',
                    path=f'spec.components.{name}',
                    message=f"component '{name}' was lost with its device",
                    remedy='deprovision the deployment and apply it again',
                )
            )
    if not chosen:
        problems.append(
            Problem(
                code=ResultCode.REFUSED,
                resource=f'Deployment/{deployment.name}',
                path='components',
                message='nothing of it can be updated in place: all its components are'
                ' preinstalled',
                remedy='deprovision the deployment and apply it again',
            )
        )
    return tuple(chosen)


def _specs(deployment: Deployment, part: ComponentState, world: World) -> dict[str, InstanceSpec]:
    planned = planning.plan(deployment, part, world)
    return {each.name: each.spec for each in planned}


def _configs_of(part: ComponentState) -> dict[str, str]:
    """Give the digests of the configs that a component has mounted now."""
    return {
        mount.name: mount.source
        for each in part.plan
        for mount in each.spec.mounts
        if mount.kind is MountKind.CONFIG
    }
