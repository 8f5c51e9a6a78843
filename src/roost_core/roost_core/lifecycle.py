# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The life of a deployment: what it becomes, given what is reported.

`evaluate` is level-triggered: called again with the same world it changes nothing, and a call
that was missed is made good by the next one. The phase changes through `phase.advance` only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from roost_core import bindings, error_codes, generations, health, planning, removal, updating
from roost_core.deployment import (
    ComponentState,
    Dependency,
    Deployment,
    DeploymentSpec,
    ExecutableState,
)
from roost_core.liveness import Liveness
from roost_core.names import DeploymentId
from roost_core.package import Package
from roost_core.phase import advance, Phase
from roost_core.resource import ResourceKind
from roost_core.status import NO_REASON, Reason, ReasonKind, Status
from roost_core.world import DependencyView, World


def create(
    id: DeploymentId,
    spec: DeploymentSpec,
    package: Package,
    *,
    dependencies: Sequence[Dependency],
    default_network: str,
    created_at: float,
    created_by: str,
) -> Deployment:
    """Make the deployment that an admitted request asks for, before its first evaluation."""
    components = tuple(
        ComponentState(
            name=component.name,
            device=spec.components[component.name].device,
            network=planning.network_of(component, spec, default_network),
            restart=spec.components[component.name].restart or component.restart,
            generation=1,
        )
        for component in package.components
    )
    return Deployment(
        id=id,
        spec=spec,
        components=components,
        executables=executable_states(package, spec),
        dependencies=tuple(dependencies),
        created_at=created_at,
        created_by=created_by,
        reason=Reason(kind=ReasonKind.WAITING_FOR_DEVICE, text='accepted'),
        history=generations.begun(
            (),
            generation=1,
            parts=components,
            package_version=spec.package.version,
            at=created_at,
            by=created_by,
        ),
    )


def executable_states(package: Package, spec: DeploymentSpec) -> tuple[ExecutableState, ...]:
    """List the executables of a deployment, of which nothing is known yet."""
    return tuple(
        ExecutableState(
            component=component.name,
            name=executable.name,
            device=spec.components[component.name].device,
        )
        for component in package.components
        for executable in component.executables
    )


def deprovision(deployment: Deployment, *, now: float) -> Deployment:
    """Accept a deprovision: the phase stays, nothing undoes it, asking again changes nothing."""
    if deployment.stopped or deployment.deprovisioning:
        return deployment
    ended = generations.abandoned(deployment, now=now)
    return replace(ended, deprovisioning=True, deprovision_at=now)


def depends_on(deployment: Deployment, id: DeploymentId) -> bool:
    """Tell whether a deployment needs another one directly."""
    return any(dependency.id == id for dependency in deployment.dependencies)


def stops_first(dependant: Deployment) -> bool:
    """Tell whether a dependant that is being deprovisioned holds up its dependencies."""
    return dependant.deprovisioning and dependant.phase not in (
        Phase.DEPLOYMENT_STOPPED,
        Phase.PARTIALLY_DEPROVISIONED,
    )


def evaluate(deployment: Deployment, world: World) -> Deployment:
    """Give what the deployment is now; a pure function of its arguments."""
    if deployment.stopped:
        return deployment
    if deployment.deprovisioning:
        return removal.evaluate(deployment, world)
    if deployment.phase is Phase.IN_PROGRESS:
        deployment = _evaluate_in_progress(deployment, world)
    if deployment.phase in (Phase.IN_PROGRESS, Phase.FAILED_TO_START):
        return deployment
    return _evaluate_placed(deployment, world)


def _evaluate_in_progress(deployment: Deployment, world: World) -> Deployment:
    failure = _failure_to_start(deployment, world)
    waiting = _waiting_for(deployment, world) if failure is None else None
    if waiting is not None:
        in_error = health.dependencies_in_error(deployment, world.dependencies)
        return replace(
            deployment,
            status=Status.ERROR if in_error else Status.PENDING,
            codes=(error_codes.DEPENDENCY_IN_ERROR,) if in_error else (),
            reason=waiting,
            executables=health.all_of(deployment.executables, Status.PENDING, waiting),
        )
    failure = failure or _failure_to_bind(deployment, world)
    if failure is not None:
        code, reason = failure
        return replace(
            deployment,
            phase=advance(deployment.phase, Phase.FAILED_TO_START),
            status=Status.ERROR,
            codes=(code,),
            reason=reason,
            executables=health.all_of(deployment.executables, Status.STOPPED, NO_REASON),
        )
    components = tuple(
        replace(state, plan=planning.plan(deployment, state, world))
        for state in deployment.components
    )
    return replace(
        deployment,
        components=components,
        phase=advance(deployment.phase, Phase.PROVISIONING),
    )


def _failure_to_start(deployment: Deployment, world: World) -> tuple[str, Reason] | None:
    for dependency in deployment.dependencies:
        view = world.dependencies.get(dependency.id)
        loss = health.gone(dependency) if view is None else view.lost
        if loss:
            reason = Reason(kind=ReasonKind.DEPENDENCY_FAILED, text=loss)
            return error_codes.DEPENDENCY_IN_ERROR, reason
    for name in deployment.spec.devices:
        if name not in world.devices:
            text = f'device {name} was forgotten'
            return (
                error_codes.DEVICE_FORGOTTEN,
                Reason(kind=ReasonKind.DEVICE_FORGOTTEN, text=text),
            )
    return None


def _failure_to_bind(deployment: Deployment, world: World) -> tuple[str, Reason] | None:
    """Say what cannot be resolved, now that everything is there that could give a value."""
    given = {name for view in world.dependencies.values() for name in view.exposes}
    for component in world.package.components:
        facts = world.devices[deployment.spec.components[component.name].device].facts
        bound = given | set(facts.variables if facts else ())
        missing = bindings.missing_values(component, deployment.spec, bound)
        text = f'no value for {", ".join(missing)}' if missing else ''
        wanted = deployment.spec.components[component.name].configs
        lacking = [each.config for each in wanted if each.config not in world.configs]
        if lacking:
            text = f'there is no config {", ".join(lacking)} any more'
        joined = next(
            (part.network for part in deployment.components if part.name == component.name), ''
        )
        if joined and joined not in world.networks:
            text = f'nobody knows the address of network {joined}'
        if text:
            return (
                error_codes.BINDINGS_UNRESOLVED,
                Reason(
                    kind=ReasonKind.PLACEMENT_FAILED, text=f'component {component.name}: {text}'
                ),
            )
    return None


def _waiting_for(deployment: Deployment, world: World) -> Reason | None:
    for dependency in deployment.dependencies:
        view = world.dependencies[dependency.id]
        if not view.meets(dependency.condition):
            state = str(view.phase)
            if view.phase is Phase.SUCCEEDED:
                state = f'{view.phase}, {view.status}'
            return Reason(
                kind=ReasonKind.WAITING_FOR_DEPENDENCY,
                text=f'waiting for {_in_short(view)}: {state}',
            )
    for device in deployment.spec.devices:
        view_of_device = world.devices[device]
        if view_of_device.liveness is not Liveness.ONLINE:
            return Reason(
                kind=ReasonKind.WAITING_FOR_DEVICE,
                text=f'waiting for {device}, which is not online',
            )
    return None


def _in_short(view: DependencyView) -> str:
    return view.name if view.kind is ResourceKind.DEPLOYMENT else view.label


def _evaluate_placed(deployment: Deployment, world: World) -> Deployment:
    deployment = replace(deployment, executables=health.executables(deployment, world.devices))
    if deployment.update is not None:
        planned = deployment.components
        deployment = updating.evaluate(deployment, world)
        if deployment.components is not planned:  # undone: other instances are looked at now
            looked_at = health.executables(deployment, world.devices)
            deployment = replace(deployment, executables=looked_at)
    elif deployment.phase is Phase.PROVISIONING and all(
        state.started for state in deployment.executables
    ):
        deployment = generations.succeeded(
            replace(deployment, phase=advance(deployment.phase, Phase.SUCCEEDED)), now=world.now
        )
    overall = health.overall(
        deployment, health.dependencies_in_error(deployment, world.dependencies)
    )
    return replace(deployment, status=overall.status, codes=overall.codes, reason=overall.reason)
