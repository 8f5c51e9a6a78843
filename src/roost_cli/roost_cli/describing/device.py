# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A device in full."""

from __future__ import annotations

from collections.abc import Iterator

from roost_cli.describing.layout import field, section
from roost_cli.model import Device


def device_lines(device: Device) -> Iterator[str]:
    """Write a device."""
    yield field('Name', device.name)
    why = f': {device.reason}' if device.reason else ''
    yield field('State', f'{device.liveness}{why}')
    yield field('Architecture', device.architecture)
    yield field('Runtimes', device.runtimes)
    yield field('ROS', device.ros_distro)
    yield field('Hostname', device.hostname)
    yield field('Disk free', f'{device.disk_free_bytes / 1e9:.1f} GB')
    yield field('Engine', device.engine_version)
    yield field('Executor', device.executor_version)
    yield field('Key', device.key_id)
    yield field('Labels', device.labels)
    wanted = (device.desired_epoch, device.desired_revision)
    applied = (device.applied_epoch, device.applied_revision)
    behind = '' if wanted == applied else ' (behind)'
    yield field('Desired', '{}.{}, applied {}.{}'.format(*wanted, *applied) + behind)
    yield from section('Addresses', (f'{each.name}  {each.address}' for each in device.interfaces))
    yield from section(
        'Variables', (f'{name}={value}' for name, value in sorted(device.variables.items()))
    )
    yield from section('Deployments', device.deployments)
    yield from section(
        'Orphans (run here, and the manager does not know them)',
        (
            f'{each.deployment_name}/{each.component}/{each.executable}  {each.instance_id[:24]}  '
            f'{"running" if each.running else "ended"}'
            for each in device.orphans
        ),
    )
    yield from section('Policy (what its owner allows)', device.policy.splitlines())
    yield from section('Notes', device.problems)
