# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""May this network or this volume be? Every check runs, and every reason is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from roost_core import brought, error_codes, placement, planning, policy
from roost_core.bindings import Environment
from roost_core.deployment import ComponentSpec, Deployment
from roost_core.device import DeviceView
from roost_core.names import DeviceName, is_name, NAME_RULE
from roost_core.network import DEFAULT_SERVER_PORT, DOMAIN_POOL, NetworkSpec, NetworkType
from roost_core.package import Package, Runtime
from roost_core.peers import Peer
from roost_core.problem import Problem, ResultCode
from roost_core.volume import VolumeSpec

_NO_ENVIRONMENT = Environment(values={}, secrets={}, sources={})


def check_network(
    spec: NetworkSpec,
    *,
    devices: Mapping[DeviceName, DeviceView],
    peers: Mapping[str, Peer],
    domains: Mapping[int, str],
    servers: Mapping[tuple[DeviceName, int], str],
    built_in: str,
) -> tuple[Problem, ...]:
    """List every reason against a new network.

    Args:
        peers: networks that are not stopped, by name.
        domains: who has each domain that is taken.
        servers: which network has a server on a device and port.
        built_in: name of the built-in network; empty when it is switched off.
    """
    found = [*_check_name('network', spec.name, peers)]
    if spec.name == built_in:
        found.append(
            Problem(
                code=ResultCode.CONFLICT,
                path='metadata.name',
                message=f"'{spec.name}' is the built-in network",
                remedy='choose another name, or switch it off with the parameter default_network',
            )
        )
    if spec.domain_id is not None and spec.domain_id in domains:
        found.append(
            Problem(
                code=ResultCode.CONFLICT,
                path='spec.domainId',
                message=f'ROS domain {spec.domain_id} belongs to {domains[spec.domain_id]}',
                remedy='leave it out to get a free one, or choose another',
            )
        )
    if spec.domain_id is None and free_domain(domains) is None:
        found.append(
            Problem(
                code=ResultCode.CONFLICT,
                path='spec.domainId',
                message=f'no ROS domain from {DOMAIN_POOL[0]} to {DOMAIN_POOL[-1]} is free',
                remedy='delete a network that is not needed',
            )
        )
    if spec.type is NetworkType.ROUTED:
        found.extend(_check_server(spec, devices, servers))
    return tuple(replace(each, resource=f'Network/{spec.name}') for each in found)


def free_domain(domains: Mapping[int, str]) -> int | None:
    """Give the lowest domain of the pool that nobody has."""
    return next((each for each in DOMAIN_POOL if each not in domains), None)


def _check_server(
    spec: NetworkSpec,
    devices: Mapping[DeviceName, DeviceView],
    servers: Mapping[tuple[DeviceName, int], str],
) -> Iterator[Problem]:
    if spec.runtime is Runtime.CLOUD:
        yield _no_cloud('a routed network')
        return
    device = devices.get(spec.device)
    runtime = brought.server_runtime(device.facts if device is not None else None)
    yield from _check_place(brought.server_package(spec, runtime), spec.device, devices)
    port = spec.port or DEFAULT_SERVER_PORT
    owner = servers.get((spec.device, port))
    if owner is not None:
        yield Problem(
            code=ResultCode.CONFLICT,
            path='spec.port',
            message=f"port {port} of {spec.device} is that of network '{owner}'",
            remedy='give another port',
        )


def check_volume(
    spec: VolumeSpec,
    *,
    devices: Mapping[DeviceName, DeviceView],
    peers: Mapping[str, Peer],
) -> tuple[Problem, ...]:
    """List every reason against a new volume; peers are those that are not stopped, by name."""
    found = [*_check_name('volume', spec.name, peers)]
    if spec.runtime is Runtime.CLOUD:
        found.append(_no_cloud('a volume of the cloud'))
    else:
        found.extend(_check_place(brought.VOLUME_PACKAGE, spec.device, devices, spec.host_path))
    return tuple(replace(each, resource=f'Volume/{spec.name}') for each in found)


def changed(former: Deployment, asked: NetworkSpec | VolumeSpec) -> tuple[str, ...]:
    """Name what of a network or a volume would change and cannot; labels can."""
    before = former.network or former.volume
    assert before is not None
    if isinstance(asked, NetworkSpec):
        if asked.domain_id is None:
            asked = replace(asked, domain_id=before.domain_id)  # type: ignore[union-attr]
        if asked.type is NetworkType.ROUTED and asked.port is None:
            asked = replace(asked, port=DEFAULT_SERVER_PORT)
    free = ('description', 'labels')
    return tuple(
        name
        for name in asked.__slots__
        if name not in free and getattr(asked, name) != getattr(before, name)
    )


def _check_name(kind: str, name: str, peers: Mapping[str, Peer]) -> Iterator[Problem]:
    if not is_name(name):
        yield Problem(
            code=ResultCode.INVALID,
            path='metadata.name',
            message=f"'{name}' is not a name",
            remedy=NAME_RULE,
        )
    peer = peers.get(name)
    if peer is not None and peer.id is not None:
        yield Problem(
            code=ResultCode.CONFLICT,
            path='metadata.name',
            message=f"{kind} '{name}' exists ({peer.state})",
            remedy='choose another name, or delete that one first',
        )


def _check_place(
    package: Package,
    name: DeviceName,
    devices: Mapping[DeviceName, DeviceView],
    host_path: str = '',
) -> Iterator[Problem]:
    component = package.components[0]
    asked = ComponentSpec(device=name)
    yield from placement.check(component, asked, 'spec', devices, allow_offline=False)
    device = devices.get(name)
    rules = device.facts.policy if device is not None and device.facts is not None else None
    if rules is None:
        return
    spec = planning.instance_spec(
        component,
        component.executables[0],
        asked,
        environment=_NO_ENVIRONMENT,
        directory=host_path,
    )
    for refusal in policy.refusals(rules, spec):
        yield Problem(
            code=error_codes.POLICY_FORBIDS,
            path='spec.device',
            message=f'the policy of {name} forbids it: {refusal}',
            remedy='have the owner of the device change the rule',
        )


def _no_cloud(what: str) -> Problem:
    return Problem(
        code=error_codes.CLOUD_UNAVAILABLE,
        path='spec.runtime',
        message=f'{what} needs a cloud, and there is none',
        remedy='give it the runtime device',
    )
