# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who runs what, told whole whenever it changes, for those who look at the ROS graph."""

from __future__ import annotations

import time

from rclpy.node import Node

from roost_core.deployment import Deployment
from roost_core.graph.topology import TopologyNetwork
from roost_core.liveness import Liveness
from roost_core.phase import Phase
from roost_core.resource import ResourceKind
from roost_core.status import Status
from roost_interfaces import msg
from roost_manager.manager import Manager
from roost_wire import endpoints, qos
from roost_wire.convert.topology import (
    built_in_network,
    deployed_network,
    deployment_message,
    network_message,
    volume_message,
)

# Told whole: seldom enough that it takes a small part of the time.
DEBOUNCE_SEC = 0.05
SHARE = 0.05


class TopologyTeller:
    """Publish the topology; used on the spinning thread only."""

    def __init__(self, node: Node, manager: Manager, namespace: str) -> None:
        """Tell what is."""
        self._manager = manager
        self._fleet = manager.fleet
        self._namespace = namespace
        self._publisher = node.create_publisher(msg.Topology, '~/topology', qos.LATCHED)
        self._last = msg.Topology()
        self._parts: dict[str, tuple[Deployment, msg.TopologyDeployment]] = {}
        self._timer = node.create_timer(DEBOUNCE_SEC, self._publish, autostart=False)
        self._publish()

    def changed(self) -> None:
        """Tell soon what may have changed."""
        if self._timer.is_canceled():
            self._timer.reset()

    def _publish(self) -> None:
        self._timer.cancel()
        began = time.monotonic()
        self._parts = {each.id: self._part(each) for each in self._all(ResourceKind.DEPLOYMENT)}
        topology = msg.Topology(
            deployments=[self._parts[id][1] for id in sorted(self._parts)],
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
            networks=[network_message(each) for each in self._networks()],
            volumes=[
                volume_message(each, running=_usable(each))
                for each in self._all(ResourceKind.VOLUME)
            ],
        )
        topology.revision = self._last.revision
        if topology != self._last or not topology.revision:
            topology.revision += 1
            self._last = topology
            self._publisher.publish(topology)
        pause = max(DEBOUNCE_SEC, (time.monotonic() - began) / SHARE)
        self._timer.timer_period_ns = int(pause * 1e9)

    def _all(self, kind: ResourceKind) -> list[Deployment]:
        return [self._fleet.deployments[id] for _, id in sorted(self._fleet.ids[kind].items())]

    def _networks(self) -> list[TopologyNetwork]:
        surroundings = self._manager.begin().surroundings
        built_in = self._fleet.rules.network
        networks = [
            deployed_network(each, surroundings.network(each), running=_usable(each))
            for each in self._all(ResourceKind.NETWORK)
        ]
        if built_in is not None:
            networks.append(built_in_network(built_in))
        return sorted(networks, key=lambda each: each.name)

    def _part(self, deployment: Deployment) -> tuple[Deployment, msg.TopologyDeployment]:
        former = self._parts.get(deployment.id)
        if former is not None and former[0] is deployment:
            return former
        package = self._fleet.packages[deployment.spec.package]
        return deployment, deployment_message(deployment, package)


def _usable(deployment: Deployment) -> bool:
    """Tell whether components can use a network or a volume."""
    running = deployment.phase is Phase.SUCCEEDED and deployment.status is Status.RUNNING
    return running and not deployment.deprovisioning
