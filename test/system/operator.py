# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Someone who deploys to a fleet and looks at what became of it, through the ROS interfaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import json
from typing import Any
import uuid

from docker.models.containers import Container

from roost_cli.model import Deployment, Device, Event, Executable, Generation
from roost_cli.reading import read, read_all
from roost_core.phase import Phase
from roost_core.status import Status
from roost_interfaces import msg, srv
from testbed import eventually, Fleet

MANAGER = '/roost/deployment_manager'

# A lost answer is asked for again; a manager that was killed is still in the graph for 20 s.
AGAIN_SEC = 2.0


class Refused(Exception):
    """A request was not accepted."""

    def __init__(self, result: msg.Result) -> None:
        super().__init__(result.message)
        self.code: str = result.code
        self.problems = list(result.problems)
        self.messages = [each.message for each in result.problems]
        self.codes = {each.code for each in result.problems}


class Operator:
    """Ask the manager of a fleet. Waiting looks again and again, until a deadline."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def ask(self, kind: Any, service: str, **fields: Any) -> Any:
        """Call a service of the manager.

        Raises:
            Refused: the answer is no.
        """
        answer = self.fleet.client.call(
            kind, f'{MANAGER}/{service}', kind.Request(**fields), every_sec=AGAIN_SEC
        )
        if not answer.result.ok:
            raise Refused(answer.result)
        return answer

    def apply(self, *documents: Any, dry_run: bool = False) -> dict[str, msg.ResourceChange]:
        """Apply manifests in one request; return what happens to each, by kind and name."""
        text = '\n---\n'.join(json.dumps(each) for each in documents)  # JSON is YAML
        return self.apply_text(text, dry_run=dry_run)

    def apply_text(self, text: str, *, dry_run: bool = False) -> dict[str, msg.ResourceChange]:
        """Apply a file of manifests."""
        files = [msg.ManifestFile(name='test.yaml', text=text)]
        answer = self.ask(srv.Apply, 'apply', files=files, dry_run=dry_run, requested_by='tester')
        return {f'{each.kind}/{each.name}': each for each in answer.changes}

    def deprovision(self, *names: str, selector: str = '', force: bool = False) -> Sequence[str]:
        """Have deployments removed; return their ids in the order of their removal."""
        answer = self.ask(
            srv.Deprovision,
            'deprovision',
            deployments=list(names),
            selector=selector,
            force=force,
        )
        return list(answer.deployment_ids)

    def update(
        self,
        name: str,
        *components: str,
        images: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> int:
        """Begin an update in place; return the generation of this attempt."""
        answer = self._change(
            srv.Update,
            'update',
            deployment=name,
            components=list(components),
            images=[msg.KeyValue(key=key, value=image) for key, image in (images or {}).items()],
            **fields,
        )
        return int(answer.generation)

    def cancel_update(self, name: str) -> None:
        """Give up an update that is under way."""
        self._change(srv.CancelUpdate, 'cancel_update', deployment=name)

    def restart(self, name: str, *components: str) -> None:
        """Have components, or all, ended and started again."""
        self._change(srv.Restart, 'restart', deployment=name, components=list(components))

    def stop(self, name: str, *components: str) -> None:
        """Have components, or all, stopped by choice."""
        self._change(srv.Stop, 'stop', deployment=name, components=list(components))

    def start(self, name: str, *components: str) -> None:
        """Have started again what was stopped by choice."""
        self._change(srv.Start, 'start', deployment=name, components=list(components))

    def _change(self, kind: Any, service: str, **fields: Any) -> Any:
        """Ask for something that is to happen once, however often it is asked again."""
        return self.ask(
            kind, service, request_id=uuid.uuid4().hex, requested_by='tester', **fields
        )

    def history(self, name: str) -> tuple[Generation, ...]:
        """List the generations of a deployment, oldest first."""
        answer = self.ask(srv.GetHistory, 'get_history', deployment=name)
        return read_all(Generation, answer.generations)

    def see(self, name: str) -> Deployment:
        """Look at a deployment, by name or id."""
        return read(
            Deployment,
            self.ask(srv.GetDeployment, 'get_deployment', deployment=name).deployment,
        )

    def deployments(self) -> dict[str, Deployment]:
        """List all deployments that are not stopped, by name."""
        listed = self.ask(srv.ListDeployments, 'list_deployments').deployments
        return {each.name: each for each in read_all(Deployment, listed)}

    def device(self, name: str) -> Device:
        """Look at a device."""
        return read(Device, self.ask(srv.GetDevice, 'get_device', name=name).device)

    def events(self, name: str = '', *, since: int = 0) -> tuple[Event, ...]:
        """List events, of one deployment or of all."""
        answer = self.ask(srv.ListEvents, 'list_events', deployment=name, since=since)
        return read_all(Event, answer.events)

    def until(
        self,
        name: str,
        status: Status | None = None,
        *,
        phase: Phase | None = None,
        code: str | None = None,
        reason: str = '',
        timeout_sec: float = 30.0,
    ) -> Deployment:
        """
        Wait until a deployment is so, and return it.

        Args:
            code: the one error code that it carries; empty text for none.
            reason: part of the reason shown.
        """

        def is_so() -> Deployment:
            now = self.see(name)
            shown = f'{now.phase}, {now.status}: {now.reason} {list(now.codes)}'
            assert status in (None, now.status), shown
            assert phase in (None, now.phase), shown
            assert reason in now.reason, shown
            assert code is None or now.codes == ((code,) if code else ()), shown
            return now

        wanted = [str(each) for each in (phase, status, code, reason) if each]
        return eventually(is_so, timeout_sec, f'{name} is {", ".join(wanted)}')

    def until_running(self, *names: str, timeout_sec: float = 30.0) -> list[Deployment]:
        """Wait until all of these deployments run."""
        return [
            self.until(
                name, Status.RUNNING, phase=Phase.SUCCEEDED, code='', timeout_sec=timeout_sec
            )
            for name in names
        ]

    def until_stopped(self, *ids: str, timeout_sec: float = 30.0) -> None:
        """Wait until deployments are over."""
        for id in ids:
            self.until(id, Status.STOPPED, phase=Phase.DEPLOYMENT_STOPPED, timeout_sec=timeout_sec)


def containers(fleet: Fleet, deployment_id: str) -> dict[tuple[str, str], Container]:
    """List the containers of a deployment on all devices, by device and executable."""
    found: dict[tuple[str, str], Container] = {}
    for device in fleet.devices.values():
        wanted = {'label': f'roost.deployment={deployment_id}'}
        for each in device.engine.client.containers.list(
            all=True, filters=wanted, ignore_removed=True
        ):
            slot = device.name, each.labels['roost.executable']
            assert slot not in found, f'two containers in {slot}: {each.id}, {found[slot].id}'
            found[slot] = each
    return found


def only(deployment: Deployment, name: str = 'main') -> Executable:
    """Give the executable of a deployment that has this name."""
    (found,) = (
        each for part in deployment.components for each in part.executables if each.name == name
    )
    return found
