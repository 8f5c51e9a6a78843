# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is asked of a fleet, as people do. Each says what, or nothing if that was not possible."""

from __future__ import annotations

from typing import Any
import uuid

from faults.operator import Operator, spec_of
from faults.soak.chance import Draw
from faults.soak.world import (
    BROKEN,
    config,
    GOOD,
    manifest,
    MISSING,
    MOVING,
    packages,
    POLICIES,
    Wanted,
    World,
)
from roost_core.document import canonical_json
from roost_core.problem import ResultCode
from roost_interfaces import msg, srv
from roost_wire.sealing import seal
from testbed import eventually

KEEP, ROLLBACK = srv.Update.Request.ON_FAILURE_KEEP, srv.Update.Request.ON_FAILURE_ROLLBACK

# What may be answered to something that came at the wrong moment; anything else is a finding.
MAY_REFUSE = (ResultCode.REFUSED, ResultCode.CONFLICT)


class Asking:
    """Ask, and note what was answered."""

    def __init__(self, operator: Operator, world: World) -> None:
        self._operator = operator
        self._fleet = operator.fleet
        self._world = world

    def prepare(self) -> None:
        """Push the images, and make known what deployments are made of."""
        registry = self._fleet.registry
        for name, image in {**GOOD, **BROKEN, MOVING: GOOD['soak:1']}.items():
            self._world.push(registry, name, image)
        beacons = self._fleet.client.listen(msg.ManagerBeacon, '/roost/manager_beacon')
        self._key_id = eventually(lambda: beacons, 30, 'the key of the manager')[0].key_id
        self._apply(config(0), *packages(registry), secrets=[self._secret()])

    def _apply(self, *texts: str, **fields: Any) -> Any:
        self.need_manager()
        answer = self._operator.apply(*texts, **fields)
        assert answer.result.ok, answer.result
        return answer

    def _ask(self, kind: Any, service: str, **fields: Any) -> Any:
        """Ask for something that may be refused; return the answer, None if it was."""
        self.need_manager()
        fields = {'request_id': uuid.uuid4().hex, 'requested_by': 'soak', **fields}
        answer = self._operator.call(kind, service, **fields)
        if answer.result.ok:
            return answer
        assert answer.result.code in MAY_REFUSE, answer.result
        return None

    def need_manager(self) -> None:
        """Start the manager if it does not run."""
        if not self._fleet.manager.running:
            self._fleet.manager.start()

    def _device(self, draw: Draw) -> str:
        return draw.of(sorted(self._fleet.devices))

    def deploy(self, draw: Draw) -> str:
        """Ask for a container or a process, maybe one that needs another deployment."""
        policy, native = draw.of(POLICIES), draw.number(3) == 0
        device = self._device(draw)
        lasting = [each for each in self._world.deployments if each.lasts]
        needed = draw.of(lasting) if lasting and draw.number(4) == 0 else None
        spec = spec_of(
            self._world.name('Deployment'),
            device,
            f'p-{policy}' if native else policy,
            allow_offline=True,
            depends_on=[msg.DependencySpec(deployment=needed.name)] if needed else [],
        )
        wanted = Wanted('', spec.name, device=device, policy=policy, native=native)
        if needed:
            wanted.needs = frozenset({(needed.kind, needed.name)})
        self._create(spec, wanted)
        after = f', needs {needed.name}' if needed else ''
        return f'deploy {spec.name} ({spec.package_name}) on {device}{after}'

    def deploy_full(self, draw: Draw) -> str:
        """Ask for a container with a secret, the config, a network and a volume."""
        device = self._device(draw)
        volumes = [each for each in self._world.of('Volume') if each.device == device]
        networks = self._world.of('Network')
        used = [draw.of(found) for found in (volumes, networks) if found]
        spec = spec_of(self._world.name('Deployment'), device, 'full', allow_offline=True)
        (component,) = spec.components
        component.configs = [msg.ConfigMount(config='settings', mount_path='/settings')]
        component.volumes = [
            msg.VolumeMount(volume=each.name, mount_path='/data')
            for each in used
            if each.kind == 'Volume'
        ]
        component.network = next((each.name for each in used if each.kind == 'Network'), '')
        needs = frozenset((each.kind, each.name) for each in used)
        self._create(spec, Wanted('', spec.name, device=device, needs=needs))
        names = ', '.join(each.name for each in used)
        return f'deploy {spec.name} (full) on {device}, with {names or "nothing"}'

    def _create(self, spec: msg.DeploymentSpec, wanted: Wanted) -> None:
        self.need_manager()
        answer = self._operator.create(spec, wait=True)
        assert answer.result.ok, answer.result
        wanted.id = answer.deployment_id
        self._world.add(wanted)

    def bring_volume(self, draw: Draw) -> str:
        """Ask for a volume."""
        device = self._device(draw)
        return self._bring('Volume', device, {'device': device})

    def bring_network(self, draw: Draw) -> str:
        """Ask for a network, native or routed."""
        device = self._device(draw)
        if draw.number(2):
            return self._bring('Network', '', {'type': 'native'})
        port = 11811 + len(self._world.ended) + len(self._world.wanted)
        spec = {'type': 'routed', 'runtime': 'device', 'device': device, 'port': port}
        return self._bring('Network', device, spec)

    def _bring(self, kind: str, device: str, spec: dict[str, Any]) -> str:
        if len(self._world.of(kind)) >= 4:
            return ''
        name = self._world.name(kind)
        self.need_manager()
        answer = self._operator.apply(manifest(kind, name, spec))
        if not answer.result.ok:  # what is brought needs its device there and then
            codes = {each.code for each in answer.result.problems}
            assert codes <= {'DEP_E151', 'DEP_E162'}, answer.result
            return f'apply {kind} {name}, refused'
        self._world.add(Wanted(answer.changes[0].deployment_id, name, kind=kind, device=device))
        return f'apply {kind} {name} on {device or "all"}'

    def deprovision(self, draw: Draw) -> str:
        """Ask for the end of a deployment that no other needs."""
        return self._end(draw, self._world.free('Deployment'))

    def delete(self, draw: Draw) -> str:
        """Delete a network, a volume or a deployment."""
        return self._end(draw, self._world.free('Network', 'Volume', 'Deployment'), delete=True)

    def _end(self, draw: Draw, free: list[Wanted], *, delete: bool = False) -> str:
        if not free:
            return ''
        wanted = draw.of(free)
        if delete:
            ref = msg.ResourceRef(kind=wanted.kind, name=wanted.name)
            answer = self._ask(srv.Delete, 'delete', resources=[ref])
        else:
            answer = self._ask(srv.Deprovision, 'deprovision', deployments=[wanted.name])
            assert answer, 'a deprovision is always accepted'
        if answer:
            self._world.end(wanted)
        what = 'delete' if delete else 'deprovision'
        return f'{what} {wanted.name}' + ('' if answer else ', refused')

    def update(self, draw: Draw) -> str:
        """Ask for an update to a good image, a broken one, a missing one, or the same anew."""
        free = [each for each in self._world.free('Deployment') if not each.native]
        if not free:
            return ''
        wanted = draw.of(free)
        name = draw.of([*GOOD, *GOOD, MOVING, *BROKEN, MISSING, ''])
        images = [msg.KeyValue(key='main', value=self._fleet.registry.reference(name))]
        on_failure = draw.of([KEEP, ROLLBACK])
        answer = self._ask(
            srv.Update,
            'update',
            deployment=wanted.name,
            images=images if name else [],
            on_failure=on_failure,
            timeout_sec=20.0,
            expected_generation=wanted.generation,
        )
        after = ', keep' if on_failure == KEEP else ''
        what = f'update {wanted.name} to {name or "the same"}{after}'
        if not answer:
            return f'{what}, refused'
        assert answer.generation == wanted.generation + 1
        self._updated(wanted)
        return what

    def _updated(self, wanted: Wanted) -> None:
        wanted.generation += 1
        wanted.stopped = None
        wanted.moves()

    def cancel(self, draw: Draw) -> str:
        """Give up an update, if there is one."""
        moved = [each for each in self._world.deployments if each.generation > 1]
        if not moved:
            return ''
        wanted = draw.of(moved)
        answer = self._ask(srv.CancelUpdate, 'cancel_update', deployment=wanted.name)
        return f'cancel the update of {wanted.name}' + ('' if answer else ', refused')

    def choose(self, draw: Draw) -> str:
        """Restart, stop or start a deployment that no other needs."""
        free = self._world.free('Deployment')
        if not free:
            return ''
        wanted = draw.of(free)
        what, kind = draw.of([('stop', srv.Stop), ('start', srv.Start), ('restart', srv.Restart)])
        answer = self._ask(kind, what, deployment=wanted.name)
        if not answer:
            return f'{what} {wanted.name}, refused'
        wanted.stopped = what == 'stop'
        wanted.moves()
        return f'{what} {wanted.name}'

    def change_config(self, draw: Draw) -> str:
        """Change the config, which updates what uses it."""
        del draw
        self.need_manager()
        answer = self._operator.apply(config(self._world.settings + 1))
        if not answer.result.ok:
            assert answer.result.code in MAY_REFUSE, answer.result
            return 'change the config, refused'
        self._world.settings += 1
        updated = [each.name for each in answer.changes if each.kind == 'Deployment']
        for name in updated:
            self._updated(self._world.wanted['Deployment', name])
        return f'change the config, updating {", ".join(updated) or "nothing"}'

    def change_secret(self, draw: Draw) -> str:
        """Change the secret; nothing is made anew for that."""
        del draw
        self._world.tokens += 1
        self._apply(secrets=[self._secret()])
        return 'change the secret'

    def _secret(self) -> msg.SealedSecret:
        body = canonical_json({'data': {'value': f'token {self._world.tokens}'}})
        return msg.SealedSecret(
            name='token',
            type='opaque',
            key_id=self._key_id,
            sealed=seal(self._key_id, body),
        )

    def push(self, draw: Draw) -> str:
        """Push another image under the tag that moves."""
        name = draw.of(sorted(GOOD))
        self._world.push(self._fleet.registry, MOVING, GOOD[name])
        return f'push the image of {name} as {MOVING}'
