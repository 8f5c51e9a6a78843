# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Which packages, secrets and configs a deployment uses: those may not go before it does."""

from __future__ import annotations

from collections.abc import Iterator

from roost_core.deployment import ComponentState, Deployment, DeploymentSpec
from roost_core.instance import InstanceSpec, MountKind
from roost_core.package import Package, PackageRef, SecretKeyRef
from roost_core.resource import ResourceKind, ResourceRef


def package_ref(package: PackageRef) -> ResourceRef:
    """Name a package version as a resource."""
    return ResourceRef(ResourceKind.PACKAGE, package.name, package.version)


def secret_ref(name: str) -> ResourceRef:
    """Name a secret as a resource."""
    return ResourceRef(ResourceKind.SECRET, name)


def config_ref(name: str) -> ResourceRef:
    """Name a config as a resource."""
    return ResourceRef(ResourceKind.CONFIG, name)


def secrets_named(package: Package) -> frozenset[str]:
    """Name the secrets that the executables of a package need, and those to pull their images."""
    pulls = (each.pull_secret for part in package.components for each in part.executables)
    return frozenset({key.name for key in secret_keys_of(package)} | {*filter(None, pulls)})


def uses_of(deployment: Deployment, package: Package | None) -> frozenset[ResourceRef]:
    """List what a deployment uses, and what it needs to go back from an update.

    Args:
        package: that it is a deployment of; None when it is not one of the stored packages.
    """
    return frozenset(_uses(deployment, package))


def _uses(deployment: Deployment, package: Package | None) -> Iterator[ResourceRef]:
    if package is not None:
        for name in secrets_named(package):
            yield secret_ref(name)
    yield from _asked(deployment.spec)
    states = deployment.components
    if deployment.update is not None:
        yield from _asked(deployment.update.former_spec)
        states += deployment.update.former
    for instance in specs_of(states):
        if instance.pull_secret:
            yield secret_ref(instance.pull_secret)
        for key in instance.secret_environment.values():
            yield secret_ref(key.name)
        for mount in instance.mounts:
            if mount.kind is MountKind.CONFIG:
                yield config_ref(mount.name)


def _asked(spec: DeploymentSpec) -> Iterator[ResourceRef]:
    yield package_ref(spec.package)
    for part in spec.components.values():
        for mount in part.configs:
            yield config_ref(mount.config)


def secret_keys_of(package: Package) -> Iterator[SecretKeyRef]:
    """List the values of secrets that the environments of a package take."""
    for component in package.components:
        for entry in component.environment:
            if entry.value_from is not None:
                yield entry.value_from


def specs_of(states: tuple[ComponentState, ...]) -> Iterator[InstanceSpec]:
    """List what devices are told to run of components."""
    for state in states:
        for planned in state.plan:
            yield planned.spec


def configs_held(deployment: Deployment) -> Iterator[str]:
    """List the digests of the configs whose content devices may have to fetch for it."""
    former = deployment.update.former if deployment.update is not None else ()
    for instance in specs_of(deployment.components + former):
        for mount in instance.mounts:
            if mount.kind is MountKind.CONFIG:
                yield mount.source
