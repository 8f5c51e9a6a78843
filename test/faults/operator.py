# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Someone who deploys on a fleet of the testbed, and looks into its engines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
import uuid

import docker

from roost_interfaces import msg, srv
from testbed import busybox, eventually, Fleet

MANAGER = '/roost/deployment_manager'

# Requests are repeated: a manager that was killed is taken for alive for a while.
EVERY_SEC = 0.5
ANSWER_SEC = 30.0

Slot = tuple[str, str, str]


@dataclass(frozen=True)
class Instance:
    """A container that Roost made, as its engine knows it."""

    id: str
    deployment: str
    component: str
    executable: str
    running: bool
    started_at: str

    @property
    def slot(self) -> Slot:
        """Return its place, which holds one instance at a time."""
        return (self.deployment, self.component, self.executable)


def package(
    name: str = 'sleeper',
    *,
    executables: Iterable[str] = ('main',),
    restart: str = 'always',
    command: str = 'sleep 100000',
) -> str:
    """Write a package with one component of containers that need no registry."""
    lines = [
        'apiVersion: roost/v1',
        'kind: Package',
        f'metadata: {{name: {name}, version: "1.0"}}',
        'spec:',
        '  components:',
        '  - name: main',
        '    runtime: device',
        f'    device: {{runtime: docker, restart: {restart}}}',
        '    executables:',
    ]
    lines += [
        f'    - {{name: {each}, image: "{busybox().tag}", command: "exec {command}",'
        ' imagePullPolicy: Never, stopTimeout: 2}'
        for each in executables
    ]
    return '\n'.join(lines) + '\n'


def spec_of(name: str, device: str, of: str = 'sleeper', **fields: Any) -> msg.DeploymentSpec:
    """Describe a deployment of a package from `package`."""
    return msg.DeploymentSpec(
        name=name,
        package_name=of,
        package_version='1.0',
        components=[msg.ComponentSpec(name='main', device=device)],
        **fields,
    )


class Operator:
    """Ask the manager of a fleet, and look at what runs on its devices."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def ready(self) -> Operator:
        """Wait until all devices are online, make the package known, and return itself."""
        eventually(self.online, 30, 'all devices are online', period_sec=0.1)
        assert self.apply(package()).result.ok
        return self

    def start_all(self) -> None:
        """Start whatever does not run, and heal all links."""
        fleet = self.fleet
        for name, device in fleet.devices.items():
            device.machine.heal_link()
            device.engine.start()
            if not fleet.executors[name].running:
                fleet.executors[name].start()
        if not fleet.manager.running:
            fleet.manager.start()

    def clear(self) -> None:
        """Have the fleet whole, and nothing deployed."""
        self.start_all()
        left = [each.name for each in self.deployments()]
        if left:
            assert self.deprovision(*left, force=True).result.ok
        eventually(lambda: not self.deployments(), 30, 'nothing is deployed', period_sec=0.1)
        for name in self.fleet.devices:
            assert self.instances(name) == []

    def call(self, kind: Any, service: str, /, **fields: Any) -> Any:
        """Call a service of the manager until it is answered."""
        return self.fleet.client.call(
            kind, f'{MANAGER}/{service}', kind.Request(**fields), ANSWER_SEC, EVERY_SEC
        )

    def apply(self, *texts: str, **fields: Any) -> Any:
        """Apply manifests; an id makes repeating safe."""
        files = [msg.ManifestFile(name=f'{n}.yaml', text=text) for n, text in enumerate(texts)]
        return self.call(srv.Apply, 'apply', files=files, **_with_id(fields))

    def create(self, spec: msg.DeploymentSpec, **fields: Any) -> Any:
        """Ask for a deployment."""
        return self.call(srv.CreateDeployment, 'create_deployment', spec=spec, **_with_id(fields))

    def deploy(self, name: str, device: str, of: str = 'sleeper', **fields: Any) -> str:
        """Deploy, and return the id; it need not run yet."""
        answer = self.create(spec_of(name, device, of, **fields))
        assert answer.result.ok, answer.result
        return str(answer.deployment_id)

    def deprovision(self, *names: str, **fields: Any) -> Any:
        """Ask for the end of deployments."""
        return self.call(
            srv.Deprovision, 'deprovision', deployments=list(names), **_with_id(fields)
        )

    def deployment(self, name_or_id: str) -> msg.Deployment:
        """Look at one deployment."""
        answer = self.call(srv.GetDeployment, 'get_deployment', deployment=name_or_id)
        assert answer.result.ok, answer.result
        return answer.deployment

    def deployments(self, *, stopped: bool = False) -> list[msg.Deployment]:
        """Look at all deployments."""
        return list(
            self.call(srv.ListDeployments, 'list_deployments', include_stopped=stopped).deployments
        )

    def device(self, name: str) -> msg.Device:
        """Look at one device."""
        answer = self.call(srv.GetDevice, 'get_device', name=name)
        assert answer.result.ok, answer.result
        return answer.device

    def events(self, since: int = 0) -> list[msg.DeploymentEvent]:
        """Read all events after a number."""
        found: list[msg.DeploymentEvent] = []
        while True:
            page = self.call(srv.ListEvents, 'list_events', since=since).events
            if not page:
                return found
            found += page
            since = page[-1].number

    def online(self, *names: str) -> bool:
        """Tell whether devices are online, all unless named."""
        wanted = set(names or self.fleet.devices)
        listed = self.call(srv.ListDevices, 'list_devices').devices
        return wanted <= {
            each.name for each in listed if each.liveness == msg.Device.LIVENESS_ONLINE
        }

    def runs(self, *names: str) -> bool:
        """Tell whether deployments are Succeeded and Running, all unless named."""
        found = {each.name: each for each in self.deployments()}
        for name in names or found:
            assert name in found, f'{name} is not there'
            each = found[name]
            state = (each.phase, each.status, each.reason)
            assert state[:2] == (msg.Deployment.PHASE_SUCCEEDED, msg.Deployment.STATUS_RUNNING), (
                name,
                state,
            )
        return True

    def instances(self, device: str) -> list[Instance]:
        """List the containers of Roost on a device's engine, running or not."""
        api = self.fleet.devices[device].engine.client.api
        found = []
        for each in api.containers(all=True, filters={'label': ['roost.deployment']}):
            try:
                state = api.inspect_container(each['Id'])['State']
            except docker.errors.NotFound:  # removed just now
                continue
            labels = each['Labels']
            found.append(
                Instance(
                    id=each['Id'],
                    deployment=labels['roost.deployment'],
                    component=labels['roost.component'],
                    executable=labels['roost.executable'],
                    running=state['Running'],
                    started_at=state['StartedAt'],
                )
            )
        return found

    def running(self, device: str) -> dict[Slot, Instance]:
        """Give what runs on a device by its slot; fails if a slot holds two containers."""
        instances = self.instances(device)
        slots = [each.slot for each in instances]
        assert len(slots) == len(set(slots)), f'two containers in a slot: {instances}'
        return {each.slot: each for each in instances if each.running}

    def snapshot(self) -> dict[str, dict[Slot, Instance]]:
        """Give what runs on every device."""
        return {name: self.running(name) for name in self.fleet.devices}


def _with_id(fields: dict[str, Any]) -> dict[str, Any]:
    return {'request_id': uuid.uuid4().hex, 'requested_by': 'test', **fields}
