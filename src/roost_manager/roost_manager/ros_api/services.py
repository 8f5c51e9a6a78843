# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The manager's services, below the name of its node."""

from __future__ import annotations

from typing import Any

from rclpy.node import Node

from roost_interfaces import srv
from roost_manager import recovery
from roost_manager.manager import Manager
from roost_manager.ros_api.changes import Changes
from roost_manager.ros_api.listings import Listings
from roost_manager.ros_api.queries import Queries
from roost_manager.ros_api.requests import Ask, Requests
from roost_manager.ros_api.tickets import Tickets
from roost_manager.ros_api.updating import Updating
from roost_manager.ros_api.upkeep import Upkeep
from roost_manager.ros_api.views import Views
from roost_manager.secrets import Secrets
from roost_manager.work import UnitOfWork


class RosApi:
    """Offer the services.

    Attributes:
        create, deprovision, update, cancel_update: answer these services, for the actions that
            ask them too.
    """

    def __init__(
        self,
        node: Node,
        manager: Manager,
        requests: Requests,
        views: Views,
        *,
        secrets: Secrets,
        tickets: Tickets,
    ) -> None:
        """Create the services."""
        self._manager = manager
        upkeep = Upkeep(manager)
        questions = {
            **Queries(manager, views).services(),
            **Listings(manager, views).services(),
            **upkeep.questions(),
            **tickets.services(),
        }
        for name, (kind, question) in questions.items():
            node.create_service(kind, f'~/{name}', requests.answering(question))
        asks: dict[str, Ask] = {}
        changes = {
            **Changes(manager, secrets).services(),
            **Updating(manager).services(),
            **upkeep.changes(),
        }
        for name, (kind, use_case) in changes.items():
            asks[name] = requests.changing(use_case)
            node.create_service(kind, f'~/{name}', asks[name])
        node.create_service(srv.Recover, '~/recover', requests.recovering(self._recover))
        self.create = asks['create_deployment']
        self.deprovision = asks['deprovision']
        self.update = asks['update']
        self.cancel_update = asks['cancel_update']

    def _recover(self, work: UnitOfWork, request: Any, response: Any) -> None:
        del request
        response.epoch = recovery.recover(work, self._manager.fleet)
