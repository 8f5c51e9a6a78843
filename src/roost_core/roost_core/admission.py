# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Admission: may this deployment be? Every check runs, and every reason is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
import difflib

from roost_core import bindings, error_codes
from roost_core.deployment import ComponentSpec, Condition, DeploymentSpec
from roost_core.device import DeviceView
from roost_core.liveness import Liveness
from roost_core.names import DeploymentId, DeviceName, is_name, NAME_RULE
from roost_core.package import Component, DeviceRuntime, Package, PackageRef, Runtime
from roost_core.phase import Phase
from roost_core.problem import Problem, ResultCode
from roost_core.situation import duration
from roost_core.status import Status

NEVER_AGAIN = frozenset(
    {Phase.FAILED_TO_START, Phase.PARTIALLY_DEPROVISIONED, Phase.DEPLOYMENT_STOPPED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A deployment that is not stopped, or one that the same request asks for.

    Attributes:
        id: None for one of the same request.
    """

    id: DeploymentId | None
    name: str
    package: PackageRef
    phase: Phase
    status: Status
    deprovisioning: bool = False
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What admission looks at.

    Attributes:
        versions: versions of each package that exists.
        package: gives a package version that exists.
        peers: by name.
        networks: ROS networks that run.
        wait: what is not running yet is waited for, not refused.
    """

    versions: Mapping[str, Sequence[str]]
    package: Callable[[PackageRef], Package]
    devices: Mapping[DeviceName, DeviceView]
    peers: Mapping[str, Peer]
    networks: frozenset[str]
    wait: bool = False


def admit(spec: DeploymentSpec, fleet: Fleet) -> tuple[Problem, ...]:
    """List every reason against a deployment; none means that it may be."""
    resource = f'Deployment/{spec.name}'
    return tuple(replace(problem, resource=resource) for problem in _check(spec, fleet))


def _check(spec: DeploymentSpec, fleet: Fleet) -> Iterator[Problem]:
    yield from _check_name(spec, fleet)
    yield from _check_dependencies(spec, fleet)
    if spec.package.version not in fleet.versions.get(spec.package.name, ()):
        yield _unknown_package(spec.package, fleet)
        return
    package = fleet.package(spec.package)
    yield from _check_singleton(spec, package, fleet)
    yield from _check_components(spec, package)
    for component in package.components:
        asked = spec.components.get(component.name)
        if asked is None:
            continue
        path = f'spec.components.{component.name}'
        yield from _check_placement(component, asked, path, spec, fleet)
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
                message=f"package '{package.name}' is a singleton and is deployed as '{peer.name}'",
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


def _check_placement(
    component: Component, asked: ComponentSpec, path: str, spec: DeploymentSpec, fleet: Fleet
) -> Iterator[Problem]:
    if component.runtime is Runtime.CLOUD:
        yield Problem(
            code=error_codes.CLOUD_UNAVAILABLE,
            path=path,
            message=f"component '{component.name}' needs a cloud, and this version runs devices only",
        )
        return
    if asked.cloud or not asked.device:
        yield Problem(
            code=ResultCode.INVALID,
            path=f'{path}.device',
            message=f"component '{component.name}' runs on a device and names none",
            remedy='name one; `roost devices` lists them',
        )
        return
    device = fleet.devices.get(asked.device)
    if device is None:
        yield Problem(
            code=ResultCode.NOT_FOUND,
            path=f'{path}.device',
            message=f"there is no device '{asked.device}'",
            remedy=suggestion(asked.device, fleet.devices) or 'start an executor there first',
        )
        return
    for code, reason in why_not(component, device, allow_offline=spec.allow_offline):
        remedy = ''
        if code == error_codes.DEVICE_OFFLINE:
            remedy = 'set allowOffline: true to have it carried out when the device returns'
        yield Problem(
            code=code,
            path=f'{path}.device',
            message=f"component '{component.name}' cannot go to {asked.device}: {reason}",
            remedy=remedy,
        )
    if component.ros.enabled and (asked.network or 'default') not in fleet.networks:
        yield Problem(
            code=ResultCode.REFUSED,
            path=f'{path}.network',
            message=f"there is no running network '{asked.network or 'default'}'",
            remedy=f'networks that run: {", ".join(sorted(fleet.networks)) or "none"}',
        )


def why_not(
    component: Component, device: DeviceView, *, allow_offline: bool = False
) -> Iterator[tuple[str, str]]:
    """Give every reason, with its code, why a device may not take a component."""
    if device.liveness is Liveness.OFFLINE and not allow_offline:
        since = '' if device.silent_sec is None else f' {duration(device.silent_sec)}'
        yield error_codes.DEVICE_OFFLINE, f'offline{since}'
    facts = device.facts
    if facts is None:
        return
    if component.arch and facts.architecture not in component.arch:
        wanted = ' or '.join(component.arch)
        yield error_codes.MISMATCH, f'{facts.architecture}, needs {wanted}'
    if component.device_runtime not in facts.runtimes:
        yield error_codes.MISMATCH, f'no {component.device_runtime}'
    own_distro = component.device_runtime is DeviceRuntime.PREINSTALLED and component.ros.enabled
    if own_distro and component.ros.distro and component.ros.distro != facts.ros_distro:
        yield (
            error_codes.MISMATCH,
            f'ROS {facts.ros_distro or "not installed"}, needs {component.ros.distro}',
        )


def _check_values(
    component: Component, asked: ComponentSpec, path: str, spec: DeploymentSpec, fleet: Fleet
) -> Iterator[Problem]:
    executables = {executable.name for executable in component.executables}
    for name in asked.images:
        if name not in executables:
            yield Problem(
                code=ResultCode.INVALID,
                path=f'{path}.images.{name}',
                message=f"component '{component.name}' has no executable '{name}'",
                remedy=f'it has {", ".join(sorted(executables))}',
            )
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
        if peer is None:
            yield Problem(
                code=ResultCode.NOT_FOUND,
                path=path,
                message=f"there is no deployment '{wanted.deployment}'",
                remedy=suggestion(wanted.deployment, fleet.peers) or 'deploy it first',
            )
            continue
        yield from _check_dependency(peer, wanted.condition, path, fleet)
    yield from _check_cycle(spec, fleet)
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
    if peer.phase in NEVER_AGAIN or peer.deprovisioning:
        state = 'is being deprovisioned' if peer.deprovisioning else f'is in {peer.phase}'
        yield Problem(
            code=error_codes.DEPENDENCY_IN_ERROR,
            path=path,
            message=f"dependency '{peer.name}' {state}",
            remedy='deploy it again first',
        )
    elif not fleet.wait and (peer.phase, peer.status) != (Phase.SUCCEEDED, Status.RUNNING):
        yield Problem(
            code=ResultCode.REFUSED,
            path=path,
            message=f"dependency '{peer.name}' is not {condition} yet: {peer.phase}, {peer.status}",
            remedy='ask with wait: true to have the deployment wait for it',
        )
    if peer.package.version in fleet.versions.get(peer.package.name, ()):
        if not fleet.package(peer.package).bindable:
            yield Problem(
                code=ResultCode.REFUSED,
                path=path,
                message=f"dependency '{peer.name}' is of package {peer.package}, which is not bindable",
            )


def _exposed_names(spec: DeploymentSpec, fleet: Fleet) -> Iterator[tuple[str, str]]:
    for wanted in spec.depends_on:
        peer = fleet.peers.get(wanted.deployment)
        if peer is None or peer.package.version not in fleet.versions.get(peer.package.name, ()):
            continue
        for component in fleet.package(peer.package).components:
            for entry in component.environment:
                if entry.exposed:
                    yield peer.name, entry.exposed_name or entry.name


def _check_cycle(spec: DeploymentSpec, fleet: Fleet) -> Iterator[Problem]:
    """Find a way from the deployment back to itself; only one request can contain one."""
    ways: list[tuple[str, ...]] = [(wanted.deployment,) for wanted in spec.depends_on]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        if way[-1] == spec.name:
            yield Problem(
                code=ResultCode.REFUSED,
                path='spec.dependsOn',
                message=f'dependencies form a cycle: {" -> ".join((spec.name, *way))}',
            )
            return
        peer = fleet.peers.get(way[-1])
        if peer is None or peer.name in seen:
            continue
        seen.add(peer.name)
        ways.extend((*way, following) for following in peer.depends_on)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Guess what was meant, as a remedy; empty when nothing is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean '{near[0]}'?" if near else ''
