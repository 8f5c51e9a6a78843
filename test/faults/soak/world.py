# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What was asked of the fleet and answered: what it must become."""

from __future__ import annotations

from dataclasses import dataclass, field
import json
from typing import Any

from faults.operator import Instance, Slot
from testbed import busybox, Image, Registry

POLICIES = ('always', 'on-failure', 'never')

FOREVER = ('sleep', '100000')
# Of native processes, which are told from all others by it.
PROCESS = ('sleep', '77777')

# What the tags of one repository hold; nobody ever pushes `missing`.
GOOD = {f'soak:{number}': busybox().running(*FOREVER).labelled(n=str(number)) for number in (1, 2)}
BROKEN = {'soak:broken': busybox().running('false')}
MOVING = 'soak:moving'
MISSING = 'soak:missing'


@dataclass
class Wanted:
    """Something deployed that was accepted and not asked to end.

    Attributes:
        kind: of its manifest.
        native: it is a process, and no container.
        needs: names of what it uses, with their kinds.
        generation: that it has, as was answered.
        stopped: by choice, as was answered last; None when an update came after that.
        hurt: something was done that its restart policy may make the end of it.
        moved: it was asked to be updated, stopped or started: what it runs may be another.
        seen: its instance, once there was one that nothing was done to since.
    """

    id: str
    name: str
    kind: str = 'Deployment'
    device: str = ''
    policy: str = 'always'
    native: bool = False
    needs: frozenset[tuple[str, str]] = frozenset()
    generation: int = 1
    stopped: bool | None = False
    hurt: bool = False
    moved: bool = False
    seen: Instance | None = None

    @property
    def slot(self) -> Slot:
        """Return its one place."""
        return (self.id, 'main', 'main')

    @property
    def lasts(self) -> bool:
        """Tell whether others may come to need it: it will run again, whatever happens."""
        return self.policy == 'always' and not self.moved

    def hurts(self) -> None:
        """Note that something was done to what it runs."""
        self.hurt = True
        self.seen = None

    def moves(self) -> None:
        """Note that what it runs was asked to be changed."""
        self.moved = True
        self.seen = None


@dataclass
class World:
    """Everything that was asked for.

    Attributes:
        wanted: by kind and name.
        ended: ids of what was asked to end.
        settings, tokens: versions of the config and the secret.
        digests: of images in the registry, and the ids that engines give to these.
        pushed: digests of what was ever pushed under a reference.
    """

    wanted: dict[tuple[str, str], Wanted] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    settings: int = 0
    tokens: int = 0
    digests: dict[str, str] = field(default_factory=dict)
    pushed: dict[str, set[str]] = field(default_factory=dict)
    _number: int = 0

    def name(self, kind: str) -> str:
        """Give a name that nothing had."""
        self._number += 1
        return f'{kind[0].lower()}{self._number}'

    def add(self, wanted: Wanted) -> None:
        """Take in what was accepted."""
        self.wanted[wanted.kind, wanted.name] = wanted

    def end(self, wanted: Wanted) -> None:
        """Take in that the end of something was accepted."""
        self.ended.add(wanted.id)
        del self.wanted[wanted.kind, wanted.name]

    def of(self, *kinds: str) -> list[Wanted]:
        """List what there is of some kinds, in a steady order."""
        return [each for key, each in sorted(self.wanted.items()) if key[0] in kinds]

    @property
    def deployments(self) -> list[Wanted]:
        """List the deployments."""
        return self.of('Deployment')

    def free(self, *kinds: str) -> list[Wanted]:
        """List what there is of some kinds and nothing needs."""
        needed = {key for each in self.wanted.values() for key in each.needs}
        return [each for each in self.of(*kinds) if (each.kind, each.name) not in needed]

    def on(self, device: str) -> list[Wanted]:
        """List the deployments on a device."""
        return [each for each in self.deployments if each.device == device]

    def push(self, registry: Registry, name: str, image: Image) -> None:
        """Push an image, and note how it is known."""
        reference = registry.push(image, name)
        digest = registry.digest(name)
        self.digests[digest] = image.id
        self.pushed.setdefault(reference, set()).add(digest)


def package(name: str, registry: Registry, policy: str, **component: Any) -> str:
    """Write a package of one container, or, without an image, of one process."""
    executable = {
        'name': 'main',
        'image': registry.reference('soak:1'),
        'imagePullPolicy': 'IfNotPresent',
        'stopTimeout': 2,
    }
    runtime = component.pop('runtime', 'docker')
    if runtime == 'preinstalled':
        executable = {'name': 'main', 'command': list(PROCESS), 'stopTimeout': 2}
    part = {
        'name': 'main',
        'runtime': 'device',
        'device': {'runtime': runtime, 'restart': policy},
        'executables': [executable],
        **component,
    }
    return manifest('Package', name, {'components': [part]}, version='1.0')


def packages(registry: Registry) -> list[str]:
    """Write all packages: containers and processes with each policy, and one with everything."""
    token = {'name': 'TOKEN', 'valueFrom': {'secret': {'name': 'token', 'key': 'value'}}}
    return [
        *(package(policy, registry, policy) for policy in POLICIES),
        *(package(f'p-{policy}', registry, policy, runtime='preinstalled') for policy in POLICIES),
        package('full', registry, 'always', environment=[token], ros={'enabled': True}),
    ]


def config(version: int) -> str:
    """Write the config."""
    return manifest('Config', 'settings', {'files': {'settings.yaml': f'version: {version}\n'}})


def manifest(kind: str, name: str, spec: Any, **metadata: str) -> str:
    """Write a manifest; JSON is YAML."""
    metadata = {'name': name, **metadata}
    return json.dumps({'apiVersion': 'roost/v1', 'kind': kind, 'metadata': metadata, 'spec': spec})
