# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a component uses: may it? Networks, volumes, secrets, configs, and the owner's policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from roost_core import bindings, error_codes, planning, policy
from roost_core.deployment import ComponentSpec
from roost_core.device import DeviceView
from roost_core.instance import Mount
from roost_core.names import suggestion
from roost_core.package import Component, DeviceRuntime, Runtime
from roost_core.peers import Fleet, Peer
from roost_core.problem import Problem, ResultCode


def check(
    component: Component, asked: ComponentSpec, path: str, fleet: Fleet
) -> Iterator[Problem]:
    """Give every reason against what a component uses; path is that of the component."""
    if component.runtime is Runtime.CLOUD:
        return  # placement says that there is none
    yield from _check_network(component, asked, path, fleet)
    yield from _check_mounts(component, asked, path, fleet)
    yield from _check_secrets(component, path, fleet)
    yield from _check_policy(component, asked, path, fleet)


def _check_network(
    component: Component, asked: ComponentSpec, path: str, fleet: Fleet
) -> Iterator[Problem]:
    if not component.ros.enabled and not asked.network:
        return
    name = asked.network or fleet.default_network
    peer = fleet.networks.get(name)
    if peer is None:
        named = f"there is no network '{name}'" if name else 'it names no network'
        running = ', '.join(sorted(fleet.networks)) or 'none'
        yield Problem(
            code=ResultCode.NOT_FOUND if asked.network else ResultCode.REFUSED,
            path=f'{path}.network',
            message=f"component '{component.name}' needs a ROS network, and {named}",
            remedy=suggestion(name, fleet.networks) or f'networks that exist: {running}',
        )
        return
    yield from _check_running(peer, 'network', f'{path}.network', fleet)


def _check_running(peer: Peer, kind: str, path: str, fleet: Fleet) -> Iterator[Problem]:
    if peer.is_lost:
        yield Problem(
            code=ResultCode.REFUSED,
            path=path,
            message=f"{kind} '{peer.name}' {peer.state}",
            remedy=f'apply the {kind} again first',
        )
    elif not fleet.wait and not peer.runs:
        yield Problem(
            code=ResultCode.REFUSED,
            path=path,
            message=f"{kind} '{peer.name}' is not running: {peer.state}",
            remedy=f'ask with wait: true to have the deployment wait for the {kind}',
        )


def mismatches(component: Component, asked: ComponentSpec, path: str) -> Iterator[Problem]:
    """Give what the component itself says against its mounts; needs no fleet."""
    in_container = component.device_runtime is DeviceRuntime.DOCKER
    for what in ('volumes', 'configs'):
        if getattr(asked, what) and not in_container:
            yield Problem(
                code=ResultCode.INVALID,
                path=f'{path}.{what}',
                message=f"component '{component.name}' is preinstalled, and {what} are mounted"
                ' into containers only',
                remedy='remove them, or run it in docker',
            )
    for index, volume in enumerate(asked.volumes):
        place = f'{path}.volumes[{index}]'
        yield from _check_executables(component, volume.executables, place)
    for index, config in enumerate(asked.configs):
        place = f'{path}.configs[{index}]'
        yield from _check_executables(component, config.executables, place)


def _check_mounts(
    component: Component, asked: ComponentSpec, path: str, fleet: Fleet
) -> Iterator[Problem]:
    yield from mismatches(component, asked, path)
    for index, volume in enumerate(asked.volumes):
        place = f'{path}.volumes[{index}]'
        peer = fleet.volumes.get(volume.volume)
        if peer is None:
            yield _missing('volume', volume.volume, f'{place}.volume', fleet.volumes)
            continue
        if peer.device != asked.device:
            yield Problem(
                code=ResultCode.REFUSED,
                path=f'{place}.volume',
                message=f"volume '{peer.name}' is on {peer.device}, and component"
                f" '{component.name}' goes to {asked.device}",
                remedy='use a volume of that device',
            )
        yield from _check_running(peer, 'volume', f'{place}.volume', fleet)
    for index, config in enumerate(asked.configs):
        place = f'{path}.configs[{index}]'
        if config.config not in fleet.configs:
            yield _missing('config', config.config, f'{place}.config', fleet.configs)


def _check_executables(component: Component, named: Iterable[str], path: str) -> Iterator[Problem]:
    known = [each.name for each in component.executables]
    for index, name in enumerate(named):
        if name not in known:
            yield Problem(
                code=ResultCode.INVALID,
                path=f'{path}.executables[{index}]',
                message=f"component '{component.name}' has no executable '{name}'",
                remedy=f'it has {", ".join(known)}',
            )


def _check_secrets(component: Component, path: str, fleet: Fleet) -> Iterator[Problem]:
    for entry in component.environment:
        ref = entry.value_from
        if ref is None:
            continue
        keys = fleet.secrets.get(ref.name)
        if keys is None:
            yield _missing('secret', ref.name, f'{path}.environment', fleet.secrets)
        elif ref.key not in keys:
            yield Problem(
                code=ResultCode.NOT_FOUND,
                path=f'{path}.environment',
                message=f"secret '{ref.name}' has no key '{ref.key}', which '{entry.name}' needs",
                remedy=f'it has {", ".join(sorted(keys))}',
            )
    for executable in component.executables:
        name = executable.pull_secret
        if name and name not in fleet.logins:
            if name in fleet.secrets:
                yield Problem(
                    code=ResultCode.INVALID,
                    path=path,
                    message=f"pullSecret '{name}' of executable '{executable.name}' is opaque",
                    remedy='a secret of type docker holds the login to a registry',
                )
            else:
                yield _missing('secret', name, path, fleet.logins)


def _missing(kind: str, name: str, path: str, known: Iterable[str]) -> Problem:
    return Problem(
        code=ResultCode.NOT_FOUND,
        path=path,
        message=f"there is no {kind} '{name}'",
        remedy=suggestion(name, known) or f'apply the {kind} first',
    )


def _check_policy(
    component: Component, asked: ComponentSpec, path: str, fleet: Fleet
) -> Iterator[Problem]:
    device = fleet.devices.get(asked.device)
    if device is None:
        return
    for executable, refusal in forbidden(component, asked, device, fleet.volume_sources):
        yield Problem(
            code=error_codes.POLICY_FORBIDS,
            path=f'{path}.device',
            message=f"the policy of {asked.device} forbids executable '{executable}': {refusal}",
            remedy='change the package, or have the owner of the device change the rule',
        )


def forbidden(
    component: Component, asked: ComponentSpec, device: DeviceView, volumes: Mapping[str, Mount]
) -> Iterator[tuple[str, str]]:
    """Give what the policy of a device forbids of each executable of a component.

    Args:
        volumes: what is mounted of each volume.
    """
    rules = device.facts.policy if device.facts is not None else None
    if rules is None:
        return
    named = (*(entry.name for entry in component.environment), *asked.environment)
    environment = bindings.Environment(values=dict.fromkeys(named, ''), secrets={}, sources={})
    for executable in component.executables:
        spec = planning.instance_spec(
            component,
            executable,
            asked,
            environment=environment,
            mounts=tuple(planning.mounts(executable, asked, volumes, {})),
        )
        for refusal in policy.refusals(rules, spec):
            yield executable.name, refusal
