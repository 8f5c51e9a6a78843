# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Changes of a deployment: what may change in place, and how far a new package may differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from roost_core.deployment import ComponentSpec, DeploymentSpec
from roost_core.package import Package
from roost_core.problem import Problem, ResultCode

# What of a component is decided when it is deployed.
_FIXED = {'device': 'device', 'cloud': 'cloud', 'network': 'network', 'volumes': 'volumes'}


def fixed(former: DeploymentSpec, asked: DeploymentSpec) -> Iterator[Problem]:
    """Give what is to change and cannot, but by deploying anew."""
    if asked.package.name != former.package.name:
        yield _fixed('spec.package.name', former.package.name, asked.package.name)
    if asked.depends_on != former.depends_on:
        yield _fixed(
            'spec.dependsOn',
            ', '.join(each.deployment for each in former.depends_on) or 'nothing',
            ', '.join(each.deployment for each in asked.depends_on) or 'nothing',
        )
    for name, before in former.components.items():
        after = asked.components.get(name)
        if after is not None:
            yield from _fixed_of_component(f'spec.components.{name}', before, after)


def _fixed_of_component(
    path: str, before: ComponentSpec, after: ComponentSpec
) -> Iterator[Problem]:
    for attribute, key in _FIXED.items():
        old, new = getattr(before, attribute), getattr(after, attribute)
        if old != new:
            if attribute == 'volumes':
                old, new = (', '.join(each.volume for each in some) for some in (old, new))
            yield _fixed(f'{path}.{key}', str(old) or 'none', str(new) or 'none')


def _fixed(path: str, old: str, new: str) -> Problem:
    return Problem(
        code=ResultCode.CONFLICT,
        path=path,
        message=f"it is '{old}' and cannot become '{new}' in place",
        remedy='deprovision the deployment and apply it again, or choose another name',
    )


def reshaped(former: Package, package: Package, used: Mapping[str, str]) -> Iterator[Problem]:
    """Give what a package version adds or takes away, and may not.

    Args:
        used: exposed variable -> dependant that takes it.
    """
    for component in former.components:
        if package.component(component.name) is None:
            yield Problem(
                code=ResultCode.REFUSED,
                path='spec.package.version',
                message=f"package {package.ref} drops component '{component.name}'",
                remedy='keep the component, or deploy the package under another name',
            )
    for component in package.components:
        if former.component(component.name) is None:
            yield Problem(
                code=ResultCode.REFUSED,
                path='spec.package.version',
                message=f"package {package.ref} brings a new component '{component.name}', and"
                ' components are not added in place',
                remedy='deprovision the deployment and apply it again',
            )
    given = exposed_names(package)
    for name in exposed_names(former):
        if name in used and name not in given:
            yield Problem(
                code=ResultCode.REFUSED,
                path='spec.package.version',
                message=f"package {package.ref} does not expose '{name}' any more, which"
                f" '{used[name]}' uses",
                remedy=f"expose it, or deprovision '{used[name]}' first",
            )


def exposed_names(package: Package) -> tuple[str, ...]:
    """Name what a package exposes to those that depend on it."""
    return tuple(
        entry.exposed_name or entry.name
        for component in package.components
        for entry in component.environment
        if entry.exposed
    )
