# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""One deployment, package or device, in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import indent

from roost_cli.eventing import event_line
from roost_cli.model import Component, Deployment, Device, Event, Executable, Package
from roost_cli.output import age, text
from roost_core.error_codes import explain


def _field(title: str, value: object) -> str:
    return f'{title + ":":<14}{text(value)}'


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    body = list(lines)
    if body:
        yield ''
        yield f'{title}:'
        yield from (f'  {line}'.rstrip() for line in body)


def deployment_lines(
    deployment: Deployment, manifest: str, events: Sequence[Event]
) -> Iterator[str]:
    """Write a deployment."""
    yield _field('Name', deployment.name)
    yield _field('Id', deployment.id)
    yield _field('Description', deployment.description)
    yield _field('Package', f'{deployment.package_name} {deployment.package_version}')
    yield _field('Generation', deployment.generation)
    yield _field('Phase', deployment.phase)
    yield _field('Status', deployment.status)
    if deployment.reason:
        yield _field('Reason', deployment.reason)
    for code in deployment.codes:
        entry = explain(code)
        yield _field(code, f'{entry.description}; {entry.action}' if entry else 'not known here')
    yield _field('Labels', deployment.labels)
    created = f'{age(deployment.created_at)} ago' if deployment.created_at else '-'
    yield _field('Created', f'{created} by {deployment.created_by or "nobody named"}')
    yield from _section(
        'Needs',
        (
            f'{each.name}  {each.phase or "-"}, {each.status}; until {each.condition}: '
            f'{"met" if each.met else "not met"}'
            for each in deployment.dependencies
        ),
    )
    yield from _section('Needed by', deployment.dependants)
    yield from _section(
        'Components', (line for part in deployment.components for line in _component(part))
    )
    yield from _section('Newest events', map(event_line, events))
    yield from _section('Manifest', manifest.splitlines())


def _component(part: Component) -> Iterator[str]:
    where = part.device or part.cloud or 'nowhere yet'
    network = f', network {part.network}' if part.network else ''
    yield (
        f'{part.name}  {part.runtime} on {where}{network}, restart {part.restart}, '
        f'generation {part.generation}'
    )
    for each in part.executables:
        yield f'  {each.name}  {_executable(each)}'


def _executable(each: Executable) -> str:
    parts = [f'{each.status}: {each.reason}' if each.reason else str(each.status)]
    parts += each.codes
    parts.append(f'{each.restart_count} restarts')
    if each.exited:
        parts.append(f'last exit code {each.exit_code}')
    if each.started_at:
        parts.append(f'started {age(each.started_at)} ago')
    if each.image:
        parts.append(f'image {each.image}')
    if each.instance_id:
        parts.append(f'instance {each.instance_id[:24]}')
    return ', '.join(parts)


def package_lines(package: Package) -> Iterator[str]:
    """Write a package version."""
    yield _field('Name', package.name)
    yield _field('Version', package.version)
    yield _field('Description', package.description)
    yield _field('Singleton', package.singleton)
    yield _field('Bindable', package.bindable)
    yield _field('Labels', package.labels)
    yield _field('Deployments', package.deployments)
    named = zip(package.components, package.component_runtimes, strict=False)
    yield from _section('Components', (f'{name}  {runtime}' for name, runtime in named))
    yield ''
    yield 'Manifest:'
    yield indent(package.manifest.rstrip(), '  ')


def device_lines(device: Device) -> Iterator[str]:
    """Write a device."""
    yield _field('Name', device.name)
    why = f': {device.reason}' if device.reason else ''
    yield _field('State', f'{device.liveness}{why}')
    yield _field('Architecture', device.architecture)
    yield _field('Runtimes', device.runtimes)
    yield _field('ROS', device.ros_distro)
    yield _field('Hostname', device.hostname)
    yield _field('Disk free', f'{device.disk_free_bytes / 1e9:.1f} GB')
    yield _field('Engine', device.engine_version)
    yield _field('Executor', device.executor_version)
    yield _field('Key', device.key_id)
    yield _field('Labels', device.labels)
    yield _field('Variables', device.variables)
    wanted = (device.desired_epoch, device.desired_revision)
    applied = (device.applied_epoch, device.applied_revision)
    behind = '' if wanted == applied else ' (behind)'
    yield _field('Desired', '{}.{}, applied {}.{}'.format(*wanted, *applied) + behind)
    yield from _section(
        'Addresses', (f'{each.name}  {each.address}' for each in device.interfaces)
    )
    yield from _section('Deployments', device.deployments)
    yield from _section(
        'Orphans (run here, and the manager does not know them)',
        (
            f'{each.deployment_name}/{each.component}/{each.executable}  {each.instance_id[:24]}  '
            f'{"running" if each.running else "ended"}'
            for each in device.orphans
        ),
    )
    yield from _section('Notes', device.problems)
