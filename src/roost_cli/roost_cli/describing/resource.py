# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Packages, networks, volumes, secrets and configs in full."""

from __future__ import annotations

from collections.abc import Iterator

from roost_cli.describing.layout import created, field, section, state
from roost_cli.model import Config, Network, Package, Secret, Volume


def package_lines(package: Package) -> Iterator[str]:
    """Write a package version."""
    yield field('Name', package.name)
    yield field('Version', package.version)
    yield field('Description', package.description)
    yield field('Singleton', package.singleton)
    yield field('Bindable', package.bindable)
    yield field('Labels', package.labels)
    yield field('Deployments', package.deployments)
    named = zip(package.components, package.component_runtimes, strict=False)
    yield from section('Components', (f'{name}  {runtime}' for name, runtime in named))
    yield from section('Manifest', package.manifest.splitlines())


def network_lines(network: Network) -> Iterator[str]:
    """Write a network."""
    yield field('Name', network.name)
    yield field('Id', network.id)
    yield field('Description', network.description)
    yield field('Type', f'{network.type}, built in' if network.built_in else network.type)
    yield field('Domain', network.domain_id)
    yield field('Range', network.discovery_range)
    if network.runtime:
        yield field('Runs on', network.device or network.runtime)
        yield field('Server', network.discovery_server)
    yield from state(network.phase, network.status, network.reason, network.codes)
    yield field('Labels', network.labels)
    if not network.built_in:
        yield created(network.created_at, network.created_by)
    yield from section('Used by', network.used_by)


def volume_lines(volume: Volume) -> Iterator[str]:
    """Write a volume."""
    yield field('Name', volume.name)
    yield field('Id', volume.id)
    yield field('Description', volume.description)
    yield field('On', volume.device or volume.runtime)
    yield field('Folder', volume.host_path or 'one that Roost manages, and removes with it')
    yield from state(volume.phase, volume.status, volume.reason, volume.codes)
    yield field('Labels', volume.labels)
    yield created(volume.created_at, volume.created_by)
    yield from section('Used by', volume.used_by)


def secret_lines(secret: Secret) -> Iterator[str]:
    """Write a secret, whose values nobody is told."""
    yield field('Name', secret.name)
    yield field('Description', secret.description)
    yield field('Type', secret.type)
    if secret.registry:
        yield field('Registry', secret.registry)
    else:
        yield field('Keys', secret.keys)
    yield field('Version', secret.version)
    yield field('Changed', secret.changed_at)
    yield field('Labels', secret.labels)
    yield from section('Used by', secret.used_by)


def config_lines(config: Config) -> Iterator[str]:
    """Write a config."""
    yield field('Name', config.name)
    yield field('Description', config.description)
    yield field('Digest', config.digest)
    yield field('Size', f'{config.size_bytes} bytes')
    yield field('Changed', config.changed_at)
    yield field('Labels', config.labels)
    yield from section('Files', config.files)
    yield from section('Used by', config.used_by)
