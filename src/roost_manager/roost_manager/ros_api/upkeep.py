# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The services about what is kept beside deployments, and about its end."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import TypeVar

from roost_core.config import ConfigRecord
from roost_core.manifest import ManifestFile
from roost_core.names import suggestion
from roost_core.problem import ResultCode
from roost_core.resource import ResourceRef
from roost_core.secret import SecretRecord
from roost_core.uses import config_ref, secret_ref
from roost_interfaces import srv
from roost_manager import deleting, forgetting
from roost_manager.configs import Contents
from roost_manager.manager import Manager
from roost_manager.refusal import Refusal, refusal_of, selector_of
from roost_manager.ros_api.changes import tell
from roost_manager.ros_api.requests import Question, Service, UseCase
from roost_manager.work import UnitOfWork
from roost_wire.convert.kept import config_message, refs_of, secret_message

R = TypeVar('R', SecretRecord, ConfigRecord)


class Upkeep:
    """Answer what is asked, and stage what is to change."""

    def __init__(self, manager: Manager) -> None:
        """Serve a manager's fleet."""
        self._fleet = manager.fleet
        self._contents = Contents(manager.store)

    def questions(self) -> Mapping[str, Service[Question]]:
        """List the services that answer, by name."""
        return {
            'list_secrets': (srv.ListSecrets, self._list_secrets),
            'list_configs': (srv.ListConfigs, self._list_configs),
            'read_config': (srv.ReadConfig, self._read_config),
        }

    def changes(self) -> Mapping[str, Service[UseCase]]:
        """List the services that change something, by name."""
        return {
            'delete': (srv.Delete, self._delete),
            'forget_device': (srv.ForgetDevice, self._forget_device),
        }

    def _list_secrets(
        self, request: srv.ListSecrets.Request, response: srv.ListSecrets.Response
    ) -> None:
        found = _matching(self._fleet.secrets, request.name, request.selector, 'secret')
        response.secrets = [
            secret_message(each, used_by=self._users(secret_ref(each.name))) for each in found
        ]

    def _list_configs(
        self, request: srv.ListConfigs.Request, response: srv.ListConfigs.Response
    ) -> None:
        found = _matching(self._fleet.configs, request.name, request.selector, 'config')
        response.configs = [
            config_message(each, used_by=self._users(config_ref(each.name))) for each in found
        ]

    def _users(self, ref: ResourceRef) -> list[str]:
        return [each.name for each in self._fleet.users(ref)]

    def _read_config(
        self, request: srv.ReadConfig.Request, response: srv.ReadConfig.Response
    ) -> None:
        data, response.total_bytes = self._contents.read(
            request.digest, offset=request.offset, max_bytes=request.max_bytes
        )
        response.data = array('B', data)

    def _delete(
        self, work: UnitOfWork, request: srv.Delete.Request, response: srv.Delete.Response
    ) -> None:
        refs, problems = refs_of(request.resources)
        if problems:
            raise refusal_of(problems)
        if not request.files and not refs:
            raise Refusal(ResultCode.INVALID, 'name at least one thing, or give manifests')
        files = [ManifestFile(name=each.name, text=each.text) for each in request.files]
        tell(deleting.delete(work, self._fleet, files, refs, force=request.force), response)

    def _forget_device(
        self,
        work: UnitOfWork,
        request: srv.ForgetDevice.Request,
        response: srv.ForgetDevice.Response,
    ) -> None:
        response.deployments = forgetting.forget(
            work, self._fleet, request.device, force=request.force, by=request.requested_by
        )


def _matching(records: Mapping[str, R], name: str, selector: str, what: str) -> list[R]:
    if name and name not in records:
        near = suggestion(name, records)
        hint = f'; {near}' if near else ''
        raise Refusal(ResultCode.NOT_FOUND, f"there is no {what} '{name}'{hint}")
    wanted = selector_of(selector)
    return [
        records[each]
        for each in sorted(records)
        if name in ('', each) and wanted.matches(records[each].labels)
    ]
