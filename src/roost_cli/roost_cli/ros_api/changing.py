# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What shall be: every request that changes something; answered once it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TYPE_CHECKING

from roost_cli.exits import Refused
from roost_cli.model import Change
from roost_cli.ros_api.asking import Asking, refusal_of
from roost_core.deployment import DeploymentSpec, OnFailure
from roost_core.resource import ResourceRef
from roost_interfaces import msg, srv
from roost_wire import endpoints
from roost_wire.convert.basic import key_values
from roost_wire.convert.deployment import spec_message
from roost_wire.sealing import seal

if TYPE_CHECKING:
    from roost_cli.sending import Bundle, Opened

_ACTIONS = {
    msg.ResourceChange.ACTION_CREATE: 'create',
    msg.ResourceChange.ACTION_UNCHANGED: 'unchanged',
    msg.ResourceChange.ACTION_UPDATE: 'update',
    msg.ResourceChange.ACTION_REFUSE: 'refuse',
    msg.ResourceChange.ACTION_DELETE: 'delete',
}
_ON_FAILURE = {
    None: srv.Update.Request.ON_FAILURE_DEFAULT,
    OnFailure.KEEP: srv.Update.Request.ON_FAILURE_KEEP,
    OnFailure.ROLLBACK: srv.Update.Request.ON_FAILURE_ROLLBACK,
}


class Changing(Asking):
    """Ask for changes. A request that was sent twice is carried out once."""

    def sealed(self, opened: Opened) -> Bundle:
        """Make manifests ready to be sent: their secrets are readable for the manager only."""
        return opened.seal(self.manager_key, seal)

    def apply(
        self, bundle: Bundle, *, on_failure: OnFailure | None = None, dry_run: bool = False
    ) -> tuple[tuple[Change, ...], Refused | None]:
        """Apply manifests, all of them or none; gives the plan also when it is refused."""
        request = srv.Apply.Request(
            files=_files(bundle),
            secrets=[
                msg.SealedSecret(
                    name=each.name,
                    description=each.description,
                    labels=key_values(each.labels),
                    type=str(each.type),
                    key_id=each.key_id,
                    sealed=each.sealed,
                    file=each.file,
                    line=each.line,
                )
                for each in bundle.secrets
            ],
            attachments=[
                msg.AttachedFile(
                    manifest=each.manifest,
                    folder=each.folder,
                    path=each.path,
                    content=each.content,
                )
                for each in bundle.attachments
            ],
            on_failure=_ON_FAILURE[on_failure],
            dry_run=dry_run,
            **self.signed(),
        )
        return self._planned(srv.Apply, 'apply', request)

    def delete(
        self,
        bundle: Bundle,
        resources: Sequence[ResourceRef] = (),
        *,
        force: bool = False,
        dry_run: bool = False,
    ) -> tuple[tuple[Change, ...], Refused | None]:
        """Delete what manifests describe, and what is named; gives the plan also when refused."""
        request = srv.Delete.Request(
            files=_files(bundle),
            resources=[
                msg.ResourceRef(kind=str(each.kind), name=each.name, version=each.version)
                for each in resources
            ],
            force=force,
            dry_run=dry_run,
            **self.signed(),
        )
        return self._planned(srv.Delete, 'delete', request)

    def deploy(self, spec: DeploymentSpec) -> str:
        """Ask for one deployment, also of what is not running yet, and give its id."""
        request = srv.CreateDeployment.Request(spec=spec_message(spec), wait=True, **self.signed())
        return str(self.ask(srv.CreateDeployment, 'create_deployment', request).deployment_id)

    def update(
        self,
        name: str,
        *,
        components: Sequence[str] = (),
        package_version: str = '',
        images: Mapping[str, str] = {},
        on_failure: OnFailure | None = None,
        timeout_sec: float = 0.0,
    ) -> tuple[str, int]:
        """Ask for an update in place; gives the id of the deployment and the new generation."""
        request = srv.Update.Request(
            deployment=name,
            components=list(components),
            package_version=package_version,
            images=key_values(images),
            on_failure=_ON_FAILURE[on_failure],
            timeout_sec=timeout_sec,
            **self.signed(),
        )
        answer = self.ask(srv.Update, 'update', request)
        return str(answer.deployment_id), int(answer.generation)

    def cancel_update(self, name: str) -> str:
        """Give an update up; gives the id of the deployment."""
        request = srv.CancelUpdate.Request(deployment=name, **self.signed())
        return str(self.ask(srv.CancelUpdate, 'cancel_update', request).deployment_id)

    def restart(self, name: str, components: Sequence[str] = ()) -> str:
        """End all instances and start them again; gives the id of the deployment."""
        return self._choose(srv.Restart, 'restart', name, components)

    def stop(self, name: str, components: Sequence[str] = ()) -> str:
        """Stop by choice; gives the id of the deployment."""
        return self._choose(srv.Stop, 'stop', name, components)

    def start(self, name: str, components: Sequence[str] = ()) -> str:
        """Start what was stopped by choice; gives the id of the deployment."""
        return self._choose(srv.Start, 'start', name, components)

    def deprovision(
        self, names: Sequence[str] = (), *, selector: str = '', force: bool = False
    ) -> tuple[str, ...]:
        """Ask to stop and remove deployments; gives their ids, in order."""
        request = srv.Deprovision.Request(
            deployments=list(names), selector=selector, force=force, **self.signed()
        )
        return tuple(self.ask(srv.Deprovision, 'deprovision', request).deployment_ids)

    def forget_device(self, name: str, *, force: bool = False) -> tuple[str, ...]:
        """Forget a device; gives the names of the deployments that lost parts."""
        request = srv.ForgetDevice.Request(device=name, force=force, **self.signed())
        return tuple(self.ask(srv.ForgetDevice, 'forget_device', request).deployments)

    def recover(self) -> int:
        """Have the manager take over its fleet after a restored backup; gives the new epoch."""
        request = srv.Recover.Request(**self.signed())
        return int(self.ask(srv.Recover, 'recover', request).epoch)

    def _choose(self, kind: Any, name: str, deployment: str, components: Sequence[str]) -> str:
        request = kind.Request(deployment=deployment, components=components, **self.signed())
        return str(self.ask(kind, name, request).deployment_id)

    def _planned(
        self, kind: Any, name: str, request: Any
    ) -> tuple[tuple[Change, ...], Refused | None]:
        answer = self.call(kind, endpoints.of_manager(name), request)
        changes = tuple(
            Change(
                kind=each.kind,
                name=each.name,
                version=each.version,
                action=_ACTIONS.get(each.action, 'unknown'),
                deployment_id=each.deployment_id,
                detail=each.detail,
            )
            for each in answer.changes
        )
        return changes, refusal_of(answer)


def _files(bundle: Bundle) -> list[Any]:
    return [msg.ManifestFile(name=each.name, text=each.text) for each in bundle.files]
