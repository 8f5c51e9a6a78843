# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What the manager tells unasked: desired states, events, progress, and who runs what."""

from __future__ import annotations

from collections.abc import Callable
import time

from rclpy.node import Node
from rclpy.publisher import Publisher

from roost_core.deployment import Deployment
from roost_core.liveness import Liveness
from roost_core.names import DeviceName
from roost_core.resource import ResourceKind
from roost_core.status import Status
from roost_interfaces import msg
from roost_manager.fleet import Fleet
from roost_manager.ros_api.desired_states import DesiredStates
from roost_manager.secrets import Secrets
from roost_manager.store import Store
from roost_manager.work import Effects
from roost_wire import endpoints, qos
from roost_wire.convert.fleet import event_message, runtime_word
from roost_wire.convert.states import PHASES, STATUSES
from roost_wire.signing import SigningKey

# The topology is always told whole: seldom enough that it takes a small part of the time.
TOPOLOGY_DEBOUNCE_SEC = 0.05
TOPOLOGY_SHARE = 0.05
PROGRESS_PERIOD_SEC = 0.5


class Announcer:
    """Publish the effects of commits; used on the spinning thread only."""

    def __init__(self, node: Node, store: Store, key: SigningKey, namespace: str) -> None:
        """Create the publishers; `attach` gives the fleet."""
        self._node = node
        self._store = store
        self._key = key
        self._namespace = namespace
        self._publishers: dict[DeviceName, Publisher] = {}
        self._events = node.create_publisher(msg.DeploymentEvent, '~/events', qos.EVENTS)
        self._progress = node.create_publisher(msg.DeploymentProgress, '~/progress', qos.PROGRESS)
        self._topology = node.create_publisher(msg.Topology, '~/topology', qos.LATCHED)
        self._last_topology = msg.Topology()
        self._topology_parts: dict[str, tuple[Deployment, msg.TopologyDeployment]] = {}
        self._progressed: dict[str, Deployment] = {}
        self._topology_timer = node.create_timer(
            TOPOLOGY_DEBOUNCE_SEC, self._publish_topology, autostart=False
        )
        self._progress_timer = node.create_timer(
            PROGRESS_PERIOD_SEC, self._publish_progress, autostart=False
        )
        self._listeners: list[Callable[[], None]] = []

    def attach(self, fleet: Fleet, secrets: Secrets) -> None:
        """Tell the present state of a fleet that was just loaded."""
        self._fleet = fleet
        self._desired = DesiredStates(fleet, secrets, self._key, self._store.manager_id)
        for device in fleet.devices:
            self._publish_desired(device)
        self._publish_topology()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call a listener after each change of a deployment."""
        self._listeners.append(listener)

    def tell(self, effects: Effects) -> None:
        """Publish what a commit changed; desired states first, they are waited for."""
        for device in effects.devices:
            self._publish_desired(device)
        for device in effects.forgotten:
            self._withdraw(device)
        for event in effects.events:
            self._events.publish(event_message(event))
        for deployment in effects.progressed:
            self._progressed[deployment.id] = deployment
        if effects.progressed and self._progress_timer.is_canceled():
            self._publish_progress()
            self._progress_timer.reset()
        if effects.topology and self._topology_timer.is_canceled():
            self._topology_timer.reset()
        for listener in self._listeners:
            listener()

    def _publish_desired(self, device: DeviceName) -> None:
        publisher = self._publishers.get(device)
        if publisher is None:
            topic = endpoints.desired_state(device, self._namespace)
            publisher = self._node.create_publisher(msg.Envelope, topic, qos.LATCHED)
            self._publishers[device] = publisher
        if not self._fleet.is_ahead(device):
            publisher.publish(self._desired.envelope(device))

    def _withdraw(self, device: DeviceName) -> None:
        self._desired.forget(device)
        publisher = self._publishers.pop(device, None)
        if publisher is not None:
            self._node.destroy_publisher(publisher)

    def _publish_progress(self) -> None:
        if not self._progressed:
            self._progress_timer.cancel()
            return
        for deployment in self._progressed.values():
            for state in deployment.executables:
                reason = state.reason
                if reason.progress is None and reason.retry_in_sec is None:
                    continue
                self._progress.publish(
                    msg.DeploymentProgress(
                        deployment_id=deployment.id,
                        deployment_name=deployment.name,
                        component=state.component,
                        executable=state.name,
                        reason=reason.shown(),
                        progress=-1.0 if reason.progress is None else reason.progress,
                        retry_in_sec=-1.0 if reason.retry_in_sec is None else reason.retry_in_sec,
                    )
                )
        self._progressed.clear()

    def _publish_topology(self) -> None:
        self._topology_timer.cancel()
        began = time.monotonic()
        self._topology_parts = {
            id: self._topology_part(each)
            for id, each in sorted(self._fleet.deployments.items())
            if each.kind is ResourceKind.DEPLOYMENT
        }
        topology = msg.Topology(
            deployments=[message for _, message in self._topology_parts.values()],
            devices=[
                msg.TopologyDevice(
                    name=name,
                    host_name=record.facts.hostname,
                    host_ids=list(record.facts.host_ids),
                    executor=endpoints.executor_node(name, self._namespace),
                    online=self._fleet.presences[name].liveness is Liveness.ONLINE,
                )
                for name, record in sorted(self._fleet.devices.items())
            ],
        )
        topology.revision = self._last_topology.revision
        if topology != self._last_topology or not topology.revision:
            topology.revision += 1
            self._last_topology = topology
            self._topology.publish(topology)
        pause = max(TOPOLOGY_DEBOUNCE_SEC, (time.monotonic() - began) / TOPOLOGY_SHARE)
        self._topology_timer.timer_period_ns = int(pause * 1e9)

    def _topology_part(self, deployment: Deployment) -> tuple[Deployment, msg.TopologyDeployment]:
        former = self._topology_parts.get(deployment.id)
        if former is not None and former[0] is deployment:
            return former
        return deployment, self._topology_deployment(deployment)

    def _topology_deployment(self, deployment: Deployment) -> msg.TopologyDeployment:
        package = self._fleet.packages[deployment.spec.package]
        components = {part.name: part for part in package.components}
        return msg.TopologyDeployment(
            id=deployment.id,
            name=deployment.name,
            phase=PHASES[deployment.phase],
            status=STATUSES[deployment.status],
            dependencies=[dependency.id for dependency in deployment.dependencies],
            executables=[
                msg.TopologyExecutable(
                    component=state.component,
                    executable=state.name,
                    device=state.device,
                    runtime=runtime_word(components[state.component]),
                    host_name=state.host_name,
                    running=state.status is Status.RUNNING,
                    nodes=list(components[state.component].ros.nodes),
                )
                for state in deployment.executables
            ],
        )
