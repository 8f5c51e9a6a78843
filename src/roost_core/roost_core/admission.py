# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Admission: may this deployment be? Every check runs, and every reason is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from roost_core import bindings, changing, error_codes, placement, using
from roost_core.deployment import ComponentSpec, Condition, Deployment, DeploymentSpec
from roost_core.names import is_name, NAME_RULE, suggestion
from roost_core.package import Component, Package, PackageRef
from roost_core.peers import Fleet, Peer
from roost_core.problem import Problem, ResultCode


def admit(spec: DeploymentSpec, fleet: Fleet) -> tuple[Problem, ...]:
    """List every reason against a deployment; none means that it may be."""
    resource = f'Deployment/{spec.name}'
    return tuple(replace(problem, resource=resource) for problem in _check(spec, fleet))


def mismatches(spec: DeploymentSpec, package: Package) -> tuple[Problem, ...]:
    """List what a deployment gets wrong about its package; needs no fleet."""
    resource = f'Deployment/{spec.name}'
    found = [*_check_components(spec, package)]
    for component in package.components:
        asked = spec.components.get(component.name)
        if asked is not None:
            path = f'spec.components.{component.name}'
            found += using.mismatches(component, asked, path)
            found += _check_images(component, asked, path)
    return tuple(replace(problem, resource=resource) for problem in found)


def _check(spec: DeploymentSpec, fleet: Fleet) -> Iterator[Problem]:
    yield from _check_name(spec, fleet)
    yield from _check_dependencies(spec, fleet)
    package = fleet.known(spec.package)
    if package is None:
        yield _unknown_package(spec.package, fleet)
        return
    if fleet.is_leaving(spec.package):
        yield Problem(
            code=ResultCode.CONFLICT,
            path='spec.package',
            message=f'package {spec.package} is being deleted',
            remedy='apply it under another version',
        )
    yield from _check_singleton(spec, package, fleet)
    yield from _check_components(spec, package)
    for component in package.components:
        asked = spec.components.get(component.name)
        if asked is None:
            continue
        path = f'spec.components.{component.name}'
        yield from placement.check(
            component, asked, path, fleet.devices, allow_offline=spec.allow_offline
        )
        yield from using.check(component, asked, path, fleet)
        yield from _check_values(component, asked, path, spec, fleet)


def _check_name(spec: DeploymentSpec, fleet: Fleet) -> Iterator[Problem]:
    if not is_name(spec.name):
        yield Problem(
            code=ResultCode.INVALID,
            path='metadata.name',
            message=f"'{spec.name}' is not a name",
            remedy=NAME_RULE,
        )
    peer = fleet.peers.get(spec.name)
    if peer is not None and peer.id is not None:
        state = 'being deprovisioned' if peer.deprovisioning else str(peer.phase)
        yield Problem(
            code=ResultCode.CONFLICT,
            path='metadata.name',
            message=f"the name '{spec.name}' is taken by deployment {peer.id} ({state})",
            remedy='choose another name, or deprovision that one first',
        )


def _unknown_package(ref: PackageRef, fleet: Fleet) -> Problem:
    versions = fleet.versions.get(ref.name)
    if versions is None:
        return Problem(
            code=ResultCode.NOT_FOUND,
            path='spec.package.name',
            message=f"there is no package '{ref.name}'",
            remedy=suggestion(ref.name, fleet.versions) or 'apply its manifest first',
        )
    return Problem(
        code=ResultCode.NOT_FOUND,
        path='spec.package.version',
        message=f"package '{ref.name}' has no version '{ref.version}'",
        remedy=f'it has {", ".join(versions)}',
    )


def _check_singleton(spec: DeploymentSpec, package: Package, fleet: Fleet) -> Iterator[Problem]:
    if not package.singleton:
        return
    for peer in fleet.peers.values():
        if peer.package.name == package.name and peer.name != spec.name:
            yield Problem(
                code=ResultCode.CONFLICT,
                path='spec.package',
                message=f"singleton package '{package.name}' is deployed as '{peer.name}'",
                remedy='deprovision that one first',
            )


def _check_components(spec: DeploymentSpec, package: Package) -> Iterator[Problem]:
    known = [component.name for component in package.components]
    for name in spec.components:
        if name not in known:
            yield Problem(
                code=ResultCode.INVALID,
                path=f'spec.components.{name}',
                message=f"package {package.ref} has no component '{name}'",
                remedy=f'it has {", ".join(known)}',
            )
    for component in package.components:
        if component.name not in spec.components:
            yield Problem(
                code=ResultCode.INVALID,
                path='spec.components',
                message=f"component '{component.name}' is placed nowhere",
                remedy=f'name a {component.runtime} for it',
            )


def _check_images(component: Component, asked: ComponentSpec, path: str) -> Iterator[Problem]:
    executables = {executable.name for executable in component.executables}
    for name in asked.images:
        if name not in executables:
            yield Problem(
                code=ResultCode.INVALID,
                path=f'{path}.images.{name}',
                message=f"component '{component.name}' has no executable '{name}'",
                remedy=f'it has {", ".join(sorted(executables))}',
            )


def _check_values(
    component: Component, asked: ComponentSpec, path: str, spec: DeploymentSpec, fleet: Fleet
) -> Iterator[Problem]:
    yield from _check_images(component, asked, path)
    device = fleet.devices.get(asked.device)
    bound = set(device.facts.variables) if device is not None and device.facts else set()
    for _, name in _exposed_names(spec, fleet):
        bound.add(name)
    for name in bindings.missing_values(component, spec, bound):
        yield Problem(
            code=ResultCode.INVALID,
            path=f'{path}.environment',
            message=f"'{name}' has neither a default nor a value",
            remedy=f'give {name} a value in the deployment',
        )


def _check_dependencies(spec: DeploymentSpec, fleet: Fleet) -> Iterator[Problem]:
    for index, wanted in enumerate(spec.depends_on):
        path = f'spec.dependsOn[{index}].deployment'
        peer = fleet.peers.get(wanted.deployment)
        if wanted.deployment == spec.name:
            yield Problem(
                code=ResultCode.REFUSED,
                path=path,
                message='a deployment cannot depend on itself',
                remedy='remove this dependency',
            )
            continue
        if peer is None:
            yield Problem(
                code=ResultCode.NOT_FOUND,
                path=path,
                message=f"there is no deployment '{wanted.deployment}'",
                remedy=suggestion(wanted.deployment, fleet.peers) or 'deploy it first',
            )
            continue
        yield from _check_dependency(peer, wanted.condition, path, fleet)
    givers: dict[str, str] = {}
    for giver, name in _exposed_names(spec, fleet):
        former = givers.setdefault(name, giver)
        if former != giver:
            yield Problem(
                code=ResultCode.CONFLICT,
                path='spec.dependsOn',
                message=f"dependencies '{former}' and '{giver}' both expose '{name}'",
                remedy='give one of them another exposedName',
            )


def _check_dependency(
    peer: Peer, condition: Condition, path: str, fleet: Fleet
) -> Iterator[Problem]:
    if peer.is_lost:
        yield Problem(
            code=error_codes.DEPENDENCY_IN_ERROR,
            path=path,
            message=f"dependency '{peer.name}' {peer.state}",
            remedy='deploy it again first',
        )
    elif not fleet.wait and not peer.runs:
        yield Problem(
            code=ResultCode.REFUSED,
            path=path,
            message=f"dependency '{peer.name}' is not {condition} yet: {peer.state}",
            remedy='ask with wait: true to have the deployment wait for it',
        )
    package = fleet.known(peer.package)
    if package is not None and not package.bindable:
        yield Problem(
            code=ResultCode.REFUSED,
            path=path,
            message=f"dependency '{peer.name}' is of package {package.ref}, which is not bindable",
        )


def _exposed_names(spec: DeploymentSpec, fleet: Fleet) -> Iterator[tuple[str, str]]:
    for wanted in spec.depends_on:
        peer = fleet.peers.get(wanted.deployment)
        package = fleet.known(peer.package) if peer is not None else None
        if peer is None or package is None:
            continue
        for component in package.components:
            for entry in component.environment:
                if entry.exposed:
                    yield peer.name, entry.exposed_name or entry.name


def admit_change(
    spec: DeploymentSpec, deployment: Deployment, fleet: Fleet
) -> tuple[Problem, ...]:
    """List every reason against what a deployment is to become; none means that it may."""
    resource = f'Deployment/{spec.name}'
    found = (*changing.fixed(deployment.spec, spec), *_check_change(spec, deployment, fleet))
    return tuple(replace(problem, resource=resource) for problem in found)


def _check_change(spec: DeploymentSpec, deployment: Deployment, fleet: Fleet) -> Iterator[Problem]:
    package = fleet.known(spec.package)
    if package is None:
        yield _unknown_package(spec.package, fleet)
        return
    former = fleet.known(deployment.spec.package)
    if former is not None:
        yield from changing.reshaped(former, package, fleet.used_of(deployment.id))
    yield from _check_components(spec, package)
    for component in package.components:
        asked = spec.components.get(component.name)
        if asked is None:
            continue
        path = f'spec.components.{component.name}'
        if component.name not in deployment.spec.components:
            yield from placement.check(
                component, asked, path, fleet.devices, allow_offline=spec.allow_offline
            )
        yield from using.check(component, asked, path, fleet)
        yield from _check_values(component, asked, path, spec, fleet)


def check_cycles(specs: Iterable[DeploymentSpec]) -> Iterator[Problem]:
    """Find dependencies that form a cycle; only what one request asks for can contain one."""
    needs = {spec.name: {each.deployment for each in spec.depends_on} for spec in specs}
    needs = {name: (wanted & needs.keys()) - {name} for name, wanted in needs.items()}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        yield Problem(
            code=ResultCode.REFUSED,
            resource=f'Deployment/{cycle[-1]}',
            path='spec.dependsOn',
            message=f'dependencies form a cycle: {" -> ".join(reversed(cycle))}',
        )
