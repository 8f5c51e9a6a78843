# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What tables show of deployments, packages and devices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from roost_cli.model import Deployment, Device
from roost_core.liveness import Liveness

Columns = Mapping[str, Callable[[Any], Any]]


def _devices(deployment: Deployment) -> tuple[str, ...]:
    placed = (part.device or part.cloud for part in deployment.components)
    return tuple(dict.fromkeys(filter(None, placed)))


def _restarts(deployment: Deployment) -> int:
    return sum(each.restart_count for part in deployment.components for each in part.executables)


def _state(device: Device) -> str:
    if device.liveness is Liveness.OFFLINE and device.silent_sec >= 0:
        return f'offline {device.silent_sec:.0f} s'
    return str(device.liveness)


def _disk_free(device: Device) -> str:
    return f'{device.disk_free_bytes / 1e9:.1f} GB'


COLUMNS: Mapping[str, Columns] = {
    'deployments': {
        'NAME': lambda each: each.name,
        'PACKAGE': lambda each: f'{each.package_name} {each.package_version}',
        'DEVICES': _devices,
        'PHASE': lambda each: each.phase,
        'STATUS': lambda each: each.status,
        'CODES': lambda each: each.codes,
        'REASON': lambda each: each.reason,
        'AGE': lambda each: each.created_at,
    },
    'packages': {
        'NAME': lambda each: each.name,
        'VERSION': lambda each: each.version,
        'COMPONENTS': lambda each: each.components,
        'RUNTIMES': lambda each: tuple(dict.fromkeys(each.component_runtimes)),
        'DEPLOYMENTS': lambda each: each.deployments,
        'DESCRIPTION': lambda each: each.description,
    },
    'devices': {
        'NAME': lambda each: each.name,
        'STATE': _state,
        'ARCH': lambda each: each.architecture,
        'RUNTIMES': lambda each: each.runtimes,
        'ROS': lambda each: each.ros_distro,
        'DEPLOYMENTS': lambda each: each.deployments,
        'NOTES': lambda each: len(each.problems) or None,
    },
}
WIDE: Mapping[str, Columns] = {
    'deployments': {
        'ID': lambda each: each.id,
        'GENERATION': lambda each: each.generation,
        'RESTARTS': _restarts,
        'NEEDS': lambda each: tuple(need.name for need in each.dependencies),
        'NEEDED BY': lambda each: each.dependants,
        'LABELS': lambda each: each.labels,
        'CREATED BY': lambda each: each.created_by,
    },
    'packages': {
        'SINGLETON': lambda each: each.singleton,
        'BINDABLE': lambda each: each.bindable,
        'LABELS': lambda each: each.labels,
    },
    'devices': {
        'HOSTNAME': lambda each: each.hostname,
        'ADDRESSES': lambda each: tuple(one.address for one in each.interfaces),
        'DISK FREE': _disk_free,
        'ENGINE': lambda each: each.engine_version,
        'EXECUTOR': lambda each: each.executor_version,
        'ORPHANS': lambda each: len(each.orphans),
        'NOTES IN FULL': lambda each: each.problems,
        'LABELS': lambda each: each.labels,
    },
}
