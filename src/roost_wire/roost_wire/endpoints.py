# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Names of nodes, topics, services and actions, in one place.

Every name hangs below the namespace `/roost`; the namespace of a node moves all of them.
"""

from __future__ import annotations

from roost_core.names import DeviceName

NAMESPACE = '/roost'

MANAGER = 'deployment_manager'
EXECUTOR = 'executor'
INTROSPECTION = 'introspection'
# On a device, beside its executor, while networks are watched from there.
COLLECTOR = 'collector'

DEVICE_REPORTS = 'device_reports'
DEVICE_HEARTBEATS = 'device_heartbeats'
REPORT_REQUESTS = 'report_requests'
MANAGER_BEACON = 'manager_beacon'

# Service of the manager that executors call.
READ_CONFIG = 'read_config'


def device_namespace(device: DeviceName, namespace: str = NAMESPACE) -> str:
    """Namespace of a device's executor node."""
    return f'{namespace}/devices/{device}'


def executor_node(device: DeviceName, namespace: str = NAMESPACE) -> str:
    """Fully qualified name of a device's executor node."""
    return f'{device_namespace(device, namespace)}/{EXECUTOR}'


def desired_state(device: DeviceName, namespace: str = NAMESPACE) -> str:
    """Topic of a device's desired state."""
    return f'{device_namespace(device, namespace)}/desired_state'


def snapshots_of_device(device: DeviceName, namespace: str = NAMESPACE) -> str:
    """Topic of what a device's collector sees."""
    return f'{device_namespace(device, namespace)}/{COLLECTOR}/snapshot'


def shared(name: str, namespace: str = NAMESPACE) -> str:
    """Topic that all devices share, for example DEVICE_REPORTS."""
    return f'{namespace}/{name}'


def of_manager(name: str, namespace: str = NAMESPACE) -> str:
    """Topic, service or action of the deployment manager."""
    return f'{namespace}/{MANAGER}/{name}'


def of_executor(device: DeviceName, name: str, namespace: str = NAMESPACE) -> str:
    """Topic or service of a device's executor."""
    return f'{executor_node(device, namespace)}/{name}'


def of_introspection(name: str, namespace: str = NAMESPACE) -> str:
    """Topic or service of introspection."""
    return f'{namespace}/{INTROSPECTION}/{name}'
