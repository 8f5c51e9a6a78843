# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Device policy: what the owner of a device allows to be run there.

The executor enforces it, whatever the manager thinks; the manager refuses early what would be
refused there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
import posixpath

from roost_core.instance import InstanceSpec, MountKind
from roost_core.package import DeviceRuntime

DEFAULT_REGISTRY = 'docker.io'

# What a routed network runs on its device: part of Roost, whatever the rule of commands says.
DISCOVERY_SERVER = 'fast-discovery-server'


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePolicy:
    """Rules of one device; patterns are globs. The defaults are those of a device without a file.

    Attributes:
        registries: that images may come from, as images name them; 'docker.io' for none named.
        digests_required: images must be named with a digest.
        digests: allowed ones, 'sha256:...'; empty allows all.
        privileged: containers may be privileged.
        capabilities: that may be added.
        host_paths: folders that volumes may be in; what is below one is allowed too.
        devices: device files that may be passed in.
        host_network: containers may share the network of the host, as ROS components do.
        commands: first words of commands that preinstalled components may run; '*' for all. Where
            not all may be run, variables that decide what a word means may not be set either.
        manager_key: the one manager that the device obeys; empty: the first that it hears.
    """

    registries: tuple[str, ...] = ('*',)
    digests_required: bool = False
    digests: tuple[str, ...] = ()
    privileged: bool = False
    capabilities: tuple[str, ...] = ()
    host_paths: tuple[str, ...] = ()
    devices: tuple[str, ...] = ('*',)
    host_network: bool = True
    commands: tuple[str, ...] = ('*',)
    manager_key: str = ''


def refusals(policy: DevicePolicy, spec: InstanceSpec) -> tuple[str, ...]:
    """List what a policy forbids of what an instance asks for; each begins with its rule."""
    return (
        *_image_refusals(policy, spec),
        *_container_refusals(policy, spec),
        *_host_path_refusals(policy, spec),
        *_command_refusals(policy, spec),
    )


def registry_of(image: str) -> str:
    """Name the registry that an image comes from."""
    first, separator, _ = image.partition('/')
    if separator and ('.' in first or ':' in first or first == 'localhost'):
        return DEFAULT_REGISTRY if first == 'index.docker.io' else first
    return DEFAULT_REGISTRY


def host_paths_of(spec: InstanceSpec) -> tuple[str, ...]:
    """List the folders of the device that an instance asks for."""
    mounted = (mount.source for mount in spec.mounts if mount.kind is MountKind.HOST)
    return tuple(dict.fromkeys((*mounted, *((spec.directory,) if spec.directory else ()))))


def is_inside(path: str, folders: tuple[str, ...]) -> bool:
    """Tell whether a path is one of the folders, which may be globs, or is below one."""
    place = _normal(path)
    if not place.startswith('/'):
        return False
    above = [place]
    while above[-1] != '/':
        above.append(posixpath.dirname(above[-1]))
    return any(fnmatchcase(each, _normal(folder)) for folder in folders for each in above)


def _image_refusals(policy: DevicePolicy, spec: InstanceSpec) -> Iterator[str]:
    if not spec.image:
        return
    registry = registry_of(spec.image)
    if not _fits(registry, policy.registries):
        yield (
            f'registries: image {spec.image} comes from {registry}, allowed '
            f'{_listed(policy.registries)}'
        )
    digest = spec.image.partition('@')[2]
    if not digest and (policy.digests_required or policy.digests):
        rule = 'digestsRequired' if policy.digests_required else 'digests'
        yield f'{rule}: image {spec.image} is not named with its digest'
    elif policy.digests and digest not in policy.digests:
        yield f'digests: image {spec.image} is none of those that are allowed'


def _container_refusals(policy: DevicePolicy, spec: InstanceSpec) -> Iterator[str]:
    if spec.privileged and not policy.privileged:
        yield 'privileged: containers may not be privileged'
    allowed = tuple(map(_capability, policy.capabilities))
    for capability in spec.cap_add:
        if not _fits(_capability(capability), allowed):
            yield f'capabilities: {capability} may not be added, allowed {_listed(allowed)}'
    for device in spec.devices:
        path = _normal(device.partition(':')[0])
        if not _fits(path, policy.devices):
            yield f'devices: {path} may not be passed in, allowed {_listed(policy.devices)}'
    if spec.host_network and not policy.host_network:
        yield 'hostNetwork: containers may not share the network of the host, as ROS needs it'


def _host_path_refusals(policy: DevicePolicy, spec: InstanceSpec) -> Iterator[str]:
    for path in host_paths_of(spec):
        if not is_inside(path, policy.host_paths):
            yield f'hostPaths: {path} may not be used, allowed {_listed(policy.host_paths)}'


def _command_refusals(policy: DevicePolicy, spec: InstanceSpec) -> Iterator[str]:
    if spec.runtime is not DeviceRuntime.PREINSTALLED or '*' in policy.commands:
        return
    word = spec.command[0] if spec.command else ''
    if word != DISCOVERY_SERVER and not _fits(word, policy.commands):
        yield f'commands: {word!r} may not be run, allowed {_listed(policy.commands)}'
    for name in sorted({*spec.environment, *spec.secret_environment}):
        if name == 'PATH' or name.startswith('LD_'):
            yield f'commands: {name} decides what a command is, and may not be set here'


def _fits(text: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def _normal(path: str) -> str:
    normal = posixpath.normpath(path)
    return '/' + normal.lstrip('/') if normal.startswith('/') else normal


def _capability(name: str) -> str:
    return name.upper().removeprefix('CAP_')


def _listed(allowed: tuple[str, ...]) -> str:
    return 'is ' + ', '.join(allowed) if allowed else 'is none'
