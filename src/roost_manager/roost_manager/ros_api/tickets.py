# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The service that gives tickets."""

from __future__ import annotations

from collections.abc import Mapping

from roost_core.problem import ResultCode
from roost_core.ticket import Purpose
from roost_interfaces import msg, srv
from roost_manager import tickets
from roost_manager.manager import Manager
from roost_manager.refusal import Refusal
from roost_manager.ros_api.requests import Question, Service
from roost_manager.tickets import Wish
from roost_wire import endpoints
from roost_wire.convert.basic import problem_message
from roost_wire.signing import SigningKey
from roost_wire.tickets import sign_ticket

PURPOSE_OF = {
    srv.GetTickets.Request.PURPOSE_LOGS: Purpose.LOGS,
    srv.GetTickets.Request.PURPOSE_FOLLOW: Purpose.FOLLOW,
    srv.GetTickets.Request.PURPOSE_SHELL: Purpose.SHELL,
    srv.GetTickets.Request.PURPOSE_EXEC: Purpose.EXEC,
}


class Tickets:
    """Give tickets, signed with the manager's key."""

    def __init__(
        self, manager: Manager, key: SigningKey, *, namespace: str, valid_sec: float
    ) -> None:
        """Prepare; tickets are valid for valid_sec."""
        self._manager = manager
        self._key = key
        self._namespace = namespace
        self._valid_sec = valid_sec

    def services(self) -> Mapping[str, Service[Question]]:
        """List the services by name."""
        return {'get_tickets': (srv.GetTickets, self._get_tickets)}

    def _get_tickets(
        self, request: srv.GetTickets.Request, response: srv.GetTickets.Response
    ) -> None:
        purpose = PURPOSE_OF.get(request.purpose)
        if purpose is None:
            raise Refusal(
                ResultCode.INVALID,
                f'purpose {request.purpose} is none of {min(PURPOSE_OF)} to {max(PURPOSE_OF)}',
            )
        found = tickets.find(self._manager, request.deployment, purpose)
        granted = tickets.grant(
            self._manager.fleet,
            found,
            Wish(
                purpose=purpose,
                component=request.component,
                executable=request.executable,
                user=request.requested_by,
            ),
            monotonic=self._manager.clock.monotonic(),
            valid_sec=self._valid_sec,
        )
        response.deployment_id = found.id
        response.deployment_name = found.name
        response.tickets = [
            msg.Ticket(
                device=each.device,
                executor=endpoints.executor_node(each.device, self._namespace),
                ticket=sign_ticket(each, self._key),
                valid_sec=self._valid_sec,
            )
            for each in granted.tickets
        ]
        response.missing = [problem_message(each) for each in granted.missing]
        response.executables = [
            msg.LogCursor(component=component, executable=executable)
            for component, executable in granted.executables
        ]
