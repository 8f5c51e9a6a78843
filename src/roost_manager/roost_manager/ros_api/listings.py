# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The services that answer questions about networks, volumes, and generations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from roost_core import brought
from roost_core.deployment import Deployment
from roost_core.resource import ResourceKind
from roost_interfaces import msg, srv
from roost_manager.manager import Manager
from roost_manager.refusal import selector_of
from roost_manager.ros_api.requests import Question, Service
from roost_manager.ros_api.views import Views
from roost_wire.convert.deployed import (
    built_in_network_message,
    generation_message,
    network_message,
    volume_message,
)


class Listings:
    """Answer from memory."""

    def __init__(self, manager: Manager, views: Views) -> None:
        """Look at a manager's fleet."""
        self._manager = manager
        self._fleet = manager.fleet
        self._views = views

    def services(self) -> Mapping[str, Service[Question]]:
        """List the services by name."""
        return {
            'list_networks': (srv.ListNetworks, self._list_networks),
            'list_volumes': (srv.ListVolumes, self._list_volumes),
            'get_history': (srv.GetHistory, self._get_history),
        }

    def _list_networks(
        self, request: srv.ListNetworks.Request, response: srv.ListNetworks.Response
    ) -> None:
        selector = selector_of(request.selector)
        networks = [*self._built_in(), *map(self._network, self._all(ResourceKind.NETWORK))]
        response.networks = [
            each
            for each in sorted(networks, key=lambda each: each.name)
            if request.name in ('', each.name)
            and selector.matches({label.key: label.value for label in each.labels})
        ]

    def _built_in(self) -> Iterator[msg.Network]:
        network = self._fleet.rules.network
        if network is None:
            return
        members = sorted(
            each.name
            for each in self._all(ResourceKind.DEPLOYMENT)
            if any(part.network == network.name for part in each.components)
        )
        yield built_in_network_message(network, used_by=members)

    def _network(self, deployment: Deployment) -> msg.Network:
        assert deployment.network is not None
        device = deployment.network.device
        view = self._fleet.view(device) if device in self._fleet.devices else None
        return network_message(
            deployment,
            self._manager.begin().surroundings.network(deployment),
            used_by=self._users(deployment),
            discovery_range=self._fleet.rules.discovery_range,
            server=brought.server_address(deployment, view),
        )

    def _list_volumes(
        self, request: srv.ListVolumes.Request, response: srv.ListVolumes.Response
    ) -> None:
        selector = selector_of(request.selector)
        response.volumes = [
            volume_message(each, used_by=self._users(each))
            for each in self._all(ResourceKind.VOLUME)
            if request.name in ('', each.name)
            and (not request.device or request.device in each.spec.devices)
            and selector.matches(each.spec.labels)
        ]

    def _all(self, kind: ResourceKind) -> list[Deployment]:
        return [self._fleet.deployments[id] for _, id in sorted(self._fleet.ids[kind].items())]

    def _users(self, deployment: Deployment) -> list[str]:
        return sorted(each.name for each in self._fleet.dependants(deployment.id))

    def _get_history(
        self, request: srv.GetHistory.Request, response: srv.GetHistory.Response
    ) -> None:
        found = self._views.find(request.deployment)
        response.deployment_id = found.id
        response.name = found.name
        response.generations = [generation_message(each) for each in found.history]
