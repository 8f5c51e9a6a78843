# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The services that change what is deployed: updates, and restart, stop and start by choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roost_core import choices
from roost_core.deployment import OnFailure
from roost_core.problem import ResultCode
from roost_interfaces import srv
from roost_manager import choosing, updates
from roost_manager.manager import Manager
from roost_manager.refusal import Refusal
from roost_manager.ros_api.requests import Service, UseCase
from roost_manager.work import UnitOfWork
from roost_wire.convert.basic import mapping_of

_ON_FAILURE = {
    srv.Update.Request.ON_FAILURE_DEFAULT: OnFailure.ROLLBACK,
    srv.Update.Request.ON_FAILURE_KEEP: OnFailure.KEEP,
    srv.Update.Request.ON_FAILURE_ROLLBACK: OnFailure.ROLLBACK,
}


def on_failure_of(number: int) -> OnFailure:
    """Read what becomes of an update that fails.

    Raises:
        Refusal: there is no such number.
    """
    if number not in _ON_FAILURE:
        raise Refusal(ResultCode.INVALID, f'on_failure cannot be {number}; see Update.srv')
    return _ON_FAILURE[number]


class Updating:
    """Stage what is asked for; who calls it commits."""

    def __init__(self, manager: Manager) -> None:
        """Change a manager's fleet."""
        self._fleet = manager.fleet

    def services(self) -> Mapping[str, Service[UseCase]]:
        """List the services by name."""
        return {
            'update': (srv.Update, self._update),
            'cancel_update': (srv.CancelUpdate, self._cancel_update),
            'restart': (srv.Restart, self._restart),
            'stop': (srv.Stop, self._stop),
            'start': (srv.Start, self._start),
        }

    def _update(
        self, work: UnitOfWork, request: srv.Update.Request, response: srv.Update.Response
    ) -> None:
        if not 0.0 <= request.timeout_sec < float('inf'):
            raise Refusal(ResultCode.INVALID, 'timeout_sec is a number of seconds, 0 or more')
        updated = updates.update(
            work,
            self._fleet,
            request.deployment,
            components=list(request.components),
            package_version=request.package_version,
            images=mapping_of(request.images),
            on_failure=on_failure_of(request.on_failure),
            timeout_sec=request.timeout_sec,
            expected_generation=request.expected_generation,
            by=request.requested_by,
        )
        response.deployment_id = updated.id
        response.generation = updated.generation

    def _cancel_update(self, work: UnitOfWork, request: Any, response: Any) -> None:
        given_up = updates.cancel(
            work, self._fleet, request.deployment, expected_generation=request.expected_generation
        )
        response.deployment_id = given_up.id

    def _restart(self, work: UnitOfWork, request: Any, response: Any) -> None:
        self._choose(work, choices.restart, request, response)

    def _stop(self, work: UnitOfWork, request: Any, response: Any) -> None:
        self._choose(work, choices.stop, request, response)

    def _start(self, work: UnitOfWork, request: Any, response: Any) -> None:
        self._choose(work, choices.start, request, response)

    def _choose(
        self, work: UnitOfWork, choice: choosing.Choice, request: Any, response: Any
    ) -> None:
        chosen = choosing.choose(
            work,
            self._fleet,
            request.deployment,
            choice,
            list(request.components),
            expected_generation=request.expected_generation,
        )
        response.deployment_id = chosen.id
