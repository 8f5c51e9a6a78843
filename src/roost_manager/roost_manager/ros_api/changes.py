# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The services that change deployments: messages in, use cases, messages out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from roost_core.manifest import Folders, ManifestFile
from roost_interfaces import msg, srv
from roost_manager import applying, deployments, deprovisioning
from roost_manager.manager import Manager
from roost_manager.plan import Action, Plan
from roost_manager.refusal import refusal_of
from roost_manager.ros_api.requests import Service, UseCase
from roost_manager.ros_api.updating import on_failure_of
from roost_manager.secrets import Secrets
from roost_manager.work import UnitOfWork
from roost_wire.convert.basic import refused
from roost_wire.convert.deployment import spec_of
from roost_wire.convert.kept import secret_offer_of

_ACTIONS = {
    Action.CREATE: msg.ResourceChange.ACTION_CREATE,
    Action.UNCHANGED: msg.ResourceChange.ACTION_UNCHANGED,
    Action.UPDATE: msg.ResourceChange.ACTION_UPDATE,
    Action.REFUSE: msg.ResourceChange.ACTION_REFUSE,
    Action.DELETE: msg.ResourceChange.ACTION_DELETE,
}


class Changes:
    """Stage what is asked for; who calls it commits, unless the response refuses it."""

    def __init__(self, manager: Manager, secrets: Secrets) -> None:
        """Change a manager's fleet."""
        self._fleet = manager.fleet
        self._secrets = secrets

    def services(self) -> Mapping[str, Service[UseCase]]:
        """List the services by name."""
        return {
            'apply': (srv.Apply, self._apply),
            'create_deployment': (srv.CreateDeployment, self._create_deployment),
            'deprovision': (srv.Deprovision, self._deprovision),
        }

    def _apply(
        self, work: UnitOfWork, request: srv.Apply.Request, response: srv.Apply.Response
    ) -> None:
        files = [ManifestFile(name=each.name, text=each.text) for each in request.files]
        changes, problems = self._secrets.apply(
            work, [secret_offer_of(each) for each in request.secrets]
        )
        plan = applying.apply(
            work,
            self._fleet,
            files,
            by=request.requested_by,
            folders=_folders_of(request.attachments),
            on_failure=on_failure_of(request.on_failure),
        )
        tell(
            Plan(changes=(*changes, *plan.changes), problems=(*problems, *plan.problems)), response
        )

    def _create_deployment(
        self,
        work: UnitOfWork,
        request: srv.CreateDeployment.Request,
        response: srv.CreateDeployment.Response,
    ) -> None:
        spec, problems = spec_of(request.spec)
        if spec is None:
            raise refusal_of(problems)
        response.deployment_id = deployments.create(
            work, self._fleet, spec, wait=request.wait, by=request.requested_by
        )
        response.generation = 1

    def _deprovision(
        self,
        work: UnitOfWork,
        request: srv.Deprovision.Request,
        response: srv.Deprovision.Response,
    ) -> None:
        chosen = deprovisioning.deprovision(
            work,
            self._fleet,
            request.deployments,
            selector=request.selector,
            force=request.force,
            expected_generation=request.expected_generation,
        )
        response.deployment_ids = [deployment.id for deployment in chosen]


def _folders_of(attached: Iterable[msg.AttachedFile]) -> Folders:
    folders: dict[tuple[str, str], dict[str, bytes]] = {}
    for each in attached:
        folders.setdefault((each.manifest, each.folder), {})[each.path] = bytes(each.content)
    return folders


def tell(plan: Plan, response: Any) -> None:
    """Write a plan into the response of a service that gives one."""
    response.changes = [
        msg.ResourceChange(
            kind=change.kind,
            name=change.name,
            version=change.version,
            action=_ACTIONS[change.action],
            deployment_id=change.deployment_id,
            detail=change.detail,
        )
        for change in plan.changes
    ]
    if plan.problems:
        why = refusal_of(plan.problems)
        response.result = refused(why.code, why.message, why.problems)
