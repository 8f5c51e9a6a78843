# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks do in the client's process, with nothing of ours but the interfaces."""

from __future__ import annotations

from collections.abc import Callable
import threading
import time
from typing import Any
import uuid

from rclpy.node import Node
from rclpy.qos import QoSProfile

from roost_interfaces.msg import Deployment, DeploymentEvent, DeploymentSpec, Device, ManifestFile
from roost_interfaces.srv import (
    Apply,
    CreateDeployment,
    Deprovision,
    ListDeployments,
    ListDevices,
)

MANAGER = '/roost/deployment_manager'

_made: dict[str, Any] = {}


def _once(key: str, make: Callable[[], Any]) -> Any:
    if key not in _made:
        _made[key] = make()
    return _made[key]


class _Events:
    """Arrivals of events, with the moment of each."""

    def __init__(self, node: Node) -> None:
        self._arrived = threading.Condition()
        self.log: list[tuple[float, DeploymentEvent]] = []
        node.create_subscription(
            DeploymentEvent, f'{MANAGER}/events', self._arrive, QoSProfile(depth=1000)
        )

    def _arrive(self, event: DeploymentEvent) -> None:
        with self._arrived:
            self.log.append((time.time(), event))
            self._arrived.notify_all()

    def wait(
        self, wanted: Callable[[DeploymentEvent], bool], start: int, timeout_sec: float
    ) -> tuple[float, DeploymentEvent]:
        """Return the first event from `start` on that is wanted, and when it arrived."""
        deadline = time.monotonic() + timeout_sec
        with self._arrived:
            while True:
                for at, event in self.log[start:]:
                    if wanted(event):
                        return at, event
                if not self._arrived.wait(max(0.0, deadline - time.monotonic())):
                    raise AssertionError(f'the event did not arrive within {timeout_sec:g} s')


def events(node: Node) -> _Events:
    """Return the one log of events, begun at the first use."""
    return _once('events', lambda: _Events(node))


def listen(node: Node) -> None:
    """Begin to log events."""
    events(node)


def _client(node: Node, kind: Any, name: str) -> Any:
    client = _once(name, lambda: node.create_client(kind, f'{MANAGER}/{name}'))
    assert client.wait_for_service(20.0), f'{name} is not there within 20 s'
    return client


def _call(node: Node, kind: Any, name: str, request: Any) -> Any:
    client = _client(node, kind, name)
    answered = threading.Event()
    future = client.call_async(request)
    future.add_done_callback(lambda _: answered.set())
    if not answered.wait(20.0):
        raise AssertionError(f'{name} was not answered within 20 s')
    response = future.result()
    assert response.result.ok, response.result
    return response


def deploy(node: Node, spec: DeploymentSpec) -> float:
    """Deploy; return seconds from sending the request to hearing Succeeded and Running."""
    log = events(node)
    start = len(log.log)
    begun = time.time()
    request = CreateDeployment.Request(spec=spec, request_id=uuid.uuid4().hex)
    id = _call(node, CreateDeployment, 'create_deployment', request).deployment_id

    def is_up(event: DeploymentEvent) -> bool:
        return (
            event.deployment_id == id
            and event.phase == Deployment.PHASE_SUCCEEDED
            and event.kind == DeploymentEvent.KIND_STATUS
            and event.status == Deployment.STATUS_RUNNING
        )

    at, _ = log.wait(is_up, start, 60.0)
    return at - begun


def deprovision(node: Node, names: list[str]) -> None:
    """Deprovision, and wait until all are stopped."""
    log = events(node)
    start = len(log.log)
    request = Deprovision.Request(deployments=names, request_id=uuid.uuid4().hex)
    for id in _call(node, Deprovision, 'deprovision', request).deployment_ids:
        log.wait(
            lambda event, id=id: (
                event.deployment_id == id and event.phase == Deployment.PHASE_DEPLOYMENT_STOPPED
            ),
            start,
            60.0,
        )


def mark(node: Node) -> int:
    """Return how many events have arrived."""
    return len(events(node).log)


def arrival_of_end(node: Node, deployment: str, start: int) -> float:
    """Return when the first word came, since `start`, that an executable no longer runs."""

    def is_down(event: DeploymentEvent) -> bool:
        return (
            event.deployment_name == deployment
            and event.kind == DeploymentEvent.KIND_EXECUTABLE
            and event.status != Deployment.STATUS_RUNNING
        )

    return events(node).wait(is_down, start, 20.0)[0]


def await_running(node: Node, deployment: str, start: int) -> None:
    """Wait until an executable of the deployment runs again."""

    def is_up(event: DeploymentEvent) -> bool:
        return (
            event.deployment_name == deployment
            and event.kind == DeploymentEvent.KIND_STATUS
            and event.status == Deployment.STATUS_RUNNING
        )

    events(node).wait(is_up, start, 60.0)


def apply(node: Node, manifest: str) -> float:
    """Apply a manifest; return seconds from sending the request to its answer."""
    file = ManifestFile(name='bench.yaml', text=manifest)
    request = Apply.Request(files=[file], request_id=uuid.uuid4().hex)
    _client(node, Apply, 'apply')  # is found before the clock starts
    begun = time.monotonic()
    _call(node, Apply, 'apply', request)
    return time.monotonic() - begun


def count_online(node: Node) -> int:
    """Return how many devices are online."""
    request = ListDevices.Request(livenesses=[Device.LIVENESS_ONLINE])
    return len(_call(node, ListDevices, 'list_devices', request).devices)


def count_coming(node: Node) -> int:
    """Return how many deployments are still on their way, 500 at most."""
    request = ListDeployments.Request(
        phases=[Deployment.PHASE_IN_PROGRESS, Deployment.PHASE_PROVISIONING]
    )
    return len(_call(node, ListDeployments, 'list_deployments', request).deployments)
