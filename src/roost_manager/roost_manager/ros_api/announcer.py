# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What the manager tells unasked: desired states, events and progress."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.node import Node
from rclpy.publisher import Publisher

from roost_core.deployment import Deployment
from roost_core.names import DeviceName
from roost_interfaces import msg
from roost_manager.manager import Manager
from roost_manager.ros_api.desired_states import DesiredStates
from roost_manager.ros_api.topology import TopologyTeller
from roost_manager.secrets import Secrets
from roost_manager.store import Store
from roost_manager.work import Effects
from roost_wire import endpoints, qos
from roost_wire.convert.fleet import event_message
from roost_wire.signing import SigningKey

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
        self._progressed: dict[str, Deployment] = {}
        self._progress_timer = node.create_timer(
            PROGRESS_PERIOD_SEC, self._publish_progress, autostart=False
        )
        self._listeners: list[Callable[[], None]] = []

    def attach(self, manager: Manager, secrets: Secrets) -> None:
        """Tell the present state of a fleet that was just loaded."""
        self._fleet = fleet = manager.fleet
        self._desired = DesiredStates(fleet, secrets, self._key, self._store.manager_id)
        for device in fleet.devices:
            self._publish_desired(device)
        self._topology = TopologyTeller(self._node, manager, self._namespace)

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
        if effects.topology:
            self._topology.changed()
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
