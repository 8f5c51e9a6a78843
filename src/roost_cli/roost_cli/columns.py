# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What tables show of each kind of things."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from roost_cli.model import Config, Deployment, Device, Generation, Volume
from roost_cli.output import age
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


def _folder(volume: Volume) -> str:
    return volume.host_path or '(managed)'


def _size(config: Config) -> str:
    size = float(config.size_bytes)
    for unit in ('B', 'KiB'):
        if size < 1024:
            return f'{size:.0f} {unit}'
        size /= 1024
    return f'{size:.1f} MiB'


def _began(generation: Generation) -> str:
    return '' if generation.began_at is None else f'{age(generation.began_at)} ago'


def _took(generation: Generation) -> str:
    if generation.began_at is None or generation.finished_at is None:
        return ''
    return f'{(generation.finished_at - generation.began_at).total_seconds():.1f} s'


def _why(generation: Generation) -> str:
    return ': '.join(part for part in (generation.code, generation.reason) if part)


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
    'networks': {
        'NAME': lambda each: each.name,
        'TYPE': lambda each: each.type,
        'DOMAIN': lambda each: each.domain_id,
        'DEVICE': lambda each: each.device,
        'SERVER': lambda each: each.discovery_server,
        'PHASE': lambda each: each.phase,
        'STATUS': lambda each: each.status,
        'CODES': lambda each: each.codes,
        'REASON': lambda each: each.reason,
        'USED BY': lambda each: each.used_by,
    },
    'volumes': {
        'NAME': lambda each: each.name,
        'DEVICE': lambda each: each.device,
        'FOLDER': _folder,
        'PHASE': lambda each: each.phase,
        'STATUS': lambda each: each.status,
        'CODES': lambda each: each.codes,
        'REASON': lambda each: each.reason,
        'USED BY': lambda each: each.used_by,
    },
    'secrets': {
        'NAME': lambda each: each.name,
        'TYPE': lambda each: each.type,
        'KEYS': lambda each: each.keys,
        'REGISTRY': lambda each: each.registry,
        'VERSION': lambda each: each.version,
        'USED BY': lambda each: each.used_by,
        'CHANGED': lambda each: each.changed_at,
    },
    'configs': {
        'NAME': lambda each: each.name,
        'FILES': lambda each: len(each.files),
        'SIZE': _size,
        'DIGEST': lambda each: each.digest[:12],
        'USED BY': lambda each: each.used_by,
        'CHANGED': lambda each: each.changed_at,
    },
    'generations': {
        'GENERATION': lambda each: each.generation,
        'OUTCOME': lambda each: each.outcome,
        'BEGAN': _began,
        'TOOK': _took,
        'BY': lambda each: each.requested_by,
        'VERSION': lambda each: each.package_version,
        'COMPONENTS': lambda each: each.components,
        'REASON': _why,
    },
    'findings': {
        'KIND': lambda each: each.kind,
        'NETWORK': lambda each: each.network,
        'NAME': lambda each: each.name,
        'FINDING': lambda each: each.message,
    },
    'needs': {
        'WHO': lambda each: each.label,
        'NEEDS': lambda each: each.needs,
        'BY': lambda each: each.by,
        'NAMES': lambda each: each.names,
        'STEPS': lambda each: each.distance,
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
    'networks': {
        'ID': lambda each: each.id,
        'RANGE': lambda each: each.discovery_range,
        'LABELS': lambda each: each.labels,
        'AGE': lambda each: each.created_at,
        'CREATED BY': lambda each: each.created_by,
    },
    'volumes': {
        'ID': lambda each: each.id,
        'LABELS': lambda each: each.labels,
        'AGE': lambda each: each.created_at,
        'CREATED BY': lambda each: each.created_by,
    },
    'secrets': {'LABELS': lambda each: each.labels, 'DESCRIPTION': lambda each: each.description},
    'configs': {
        'PATHS': lambda each: each.files,
        'LABELS': lambda each: each.labels,
        'DESCRIPTION': lambda each: each.description,
    },
    'generations': {'IMAGES': lambda each: each.images},
}
