# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What must hold of a fleet: always, at the end, and in what it told all the while."""

from __future__ import annotations

from collections.abc import Iterator

from faults.operator import Instance, MANAGER, Operator
from faults.soak.seeing import instances
from faults.soak.world import BROKEN, MISSING, Wanted, World
from roost_core.phase import Phase, TRANSITIONS
from roost_interfaces import msg, srv
from roost_wire.convert.states import PHASE_OF

RECORD = msg.GenerationRecord
SUCCEEDED = msg.Deployment.PHASE_SUCCEEDED
FAILED_TO_UPDATE = msg.Deployment.PHASE_FAILED_TO_UPDATE


class Checking:
    """Look at a fleet, and compare it with what was asked."""

    def __init__(self, operator: Operator, world: World) -> None:
        self._operator = operator
        self._fleet = operator.fleet
        self._world = world
        self._generations: dict[str, int] = {}
        self._restarts: dict[tuple[str, int], int] = {}
        self._heard = self._fleet.client.listen(
            msg.DeploymentEvent, f'{MANAGER}/events', latched=False, depth=1000
        )

    def always(self) -> None:
        """Check that no slot holds two, that what was left alone is what it was, and counts."""
        for name in self._fleet.devices:
            running = instances(self._operator, name)
            for wanted in self._world.on(name):
                if wanted.native or self._fleet.devices[name].engine.running:
                    self._check_left_alone(wanted, running.get(wanted.slot))
        if self._fleet.manager.running:
            self._check_counts(self._operator.deployments())

    def _check_left_alone(self, wanted: Wanted, found: Instance | None) -> None:
        if wanted.seen is not None:
            assert found == wanted.seen, f'{wanted} became {found}'
        elif found is not None and not wanted.hurt and not wanted.moved:
            wanted.seen = found

    def _check_counts(self, deployments: list[msg.Deployment]) -> None:
        """Check that no generation falls, and in the newest of them no count of restarts.

        What a failed update brings back, and has to make anew, counts from 0.
        """
        for each in deployments:
            former = self._generations.get(each.id, 0)
            assert each.generation >= former, f'{each.name}: generation {former} fell'
            self._generations[each.id] = each.generation
            for state in _executables(each):
                if state.generation == each.generation:
                    key = (each.id, state.generation)
                    known = self._restarts.get(key, 0)
                    assert state.restart_count >= known, (
                        f'{each.name}: restarts in generation {state.generation} fell from {known}'
                        f' to {state.restart_count}'
                    )
                    self._restarts[key] = state.restart_count

    def converged(self) -> bool:
        """Tell whether the fleet is what was asked for, and nothing else."""
        self.always()
        assert self._operator.online()
        self._check_resources()
        deployments = {each.name: each for each in self._operator.deployments()}
        assert deployments.keys() == {each.name for each in self._world.deployments}
        for wanted in self._world.deployments:
            self._check(wanted, deployments[wanted.name])
        for name in self._fleet.devices:
            self._check_device(name)
        return True

    def _check_resources(self) -> None:
        networks = self._operator.call(srv.ListNetworks, 'list_networks').networks
        volumes = self._operator.call(srv.ListVolumes, 'list_volumes').volumes
        found = {
            (kind, each.name): each
            for kind, listed in (('Network', networks), ('Volume', volumes))
            for each in listed
            if each.id  # the network that is built in has none
        }
        wanted = {(each.kind, each.name): each for each in self._world.of('Network', 'Volume')}
        assert found.keys() == wanted.keys(), f'{found.keys()}, wanted {wanted.keys()}'
        for key, each in found.items():
            assert each.id == wanted[key].id
            assert (each.phase, each.status) == (SUCCEEDED, msg.Deployment.STATUS_RUNNING), each

    def _check_device(self, name: str) -> None:
        wanted = {each.slot for each in self._world.on(name)}
        on_engine = {each.slot for each in self._operator.instances(name)}
        here = on_engine | instances(self._operator, name).keys()
        assert here <= wanted, f'nobody asked for {here - wanted} on {name}'
        device = self._operator.device(name)
        assert not device.orphans, device.orphans
        desired = (device.desired_epoch, device.desired_revision)
        assert (device.applied_epoch, device.applied_revision) == desired, f'{name} is behind'

    def _check(self, wanted: Wanted, found: msg.Deployment) -> None:
        assert found.id == wanted.id
        assert found.generation == wanted.generation, (wanted, found.generation)
        (part,) = found.components
        (state,) = part.executables
        told = (wanted, found.phase, found.status, list(found.codes), found.reason)
        runs = instances(self._operator, wanted.device).get(wanted.slot)
        phases = (SUCCEEDED,) if wanted.generation == 1 else (SUCCEEDED, FAILED_TO_UPDATE)
        assert found.phase in phases, told
        if wanted.stopped is not None:
            assert part.stopped_by_choice == wanted.stopped, told
        if part.stopped_by_choice:
            assert runs is None, told
            assert state.status == state.STATUS_STOPPED, told
            return
        if state.image.endswith((*BROKEN, MISSING)):
            # Kept down by an update that failed, and started by choice all the same.
            assert list(found.codes), told
            return
        if wanted.policy != 'always' and wanted.hurt and runs is None:
            assert 'DEP_E152' in found.codes, told
            return
        assert runs is not None, told
        assert state.status == state.STATUS_RUNNING, told
        if found.phase == SUCCEEDED:
            assert found.status == msg.Deployment.STATUS_RUNNING, told
            assert not found.codes, told
        if not wanted.native:
            self._check_image(wanted, state, runs)

    def _check_image(self, wanted: Wanted, state: msg.ExecutableState, runs: Instance) -> None:
        """Check that what runs is what is told, and of the newest generation that lasts."""
        engine = self._fleet.devices[wanted.device].engine.client.api
        image = engine.inspect_container(runs.id)['Image']
        assert self._world.digests[state.image_digest] == image, (wanted, state, image)
        records = self._history(wanted.id)
        its, later = records[state.generation - 1], records[state.generation :]
        told = (wanted, state, records)
        # One that failed was kept down, and then started by choice.
        assert its.outcome in (RECORD.OUTCOME_SUCCEEDED, RECORD.OUTCOME_FAILED), told
        assert all(each.outcome != RECORD.OUTCOME_SUCCEEDED for each in later), told
        reference, _, digest = self._image_of(its).partition(' ')
        known = {digest.strip('()')} if digest else self._world.pushed[reference]
        assert state.image_digest in known, told

    @staticmethod
    def _image_of(record: msg.GenerationRecord) -> str:
        """Give the image of a generation; empty for a process."""
        return ''.join(image.value for image in record.images)

    def _history(self, id: str) -> list[msg.GenerationRecord]:
        answer = self._operator.call(srv.GetHistory, 'get_history', deployment=id)
        assert answer.result.ok, answer.result
        return list(answer.generations)

    def history(self) -> None:
        """Check what was told in this whole life: events, generations, and the logs."""
        heard = list(self._heard)  # before those that are stored are read: more may come
        events = self._operator.events()
        numbers = [event.number for event in events]
        assert numbers == list(range(1, len(numbers) + 1)), 'events are missing'
        stored = {event.number: event for event in events}
        assert all(stored[event.number] == event for event in heard), 'told, and not stored'
        phases = dict(_phases(events))
        for id in self._world.ended:
            assert phases[id] is Phase.DEPLOYMENT_STOPPED, f'{id}: {phases[id]}'
        for wanted in self._world.deployments:
            self._check_generations(wanted)
        for node in (self._fleet.manager, *self._fleet.executors.values()):
            assert 'Traceback' not in node.log, node.log

    def _check_generations(self, wanted: Wanted) -> None:
        records = self._history(wanted.id)
        assert [each.generation for each in records] == list(range(1, wanted.generation + 1))
        for record in records:
            assert record.outcome != RECORD.OUTCOME_IN_PROGRESS, (wanted, record)
            bad = any(name in self._image_of(record) for name in (*BROKEN, MISSING))
            assert not bad or record.outcome != RECORD.OUTCOME_SUCCEEDED, (wanted, record)


def _executables(deployment: msg.Deployment) -> Iterator[msg.ExecutableState]:
    for part in deployment.components:
        yield from part.executables


def _phases(events: list[msg.DeploymentEvent]) -> Iterator[tuple[str, Phase]]:
    """Follow the phases of all deployments; each change must be in the table."""
    phases: dict[str, Phase] = {}
    for event in events:
        if event.kind == msg.DeploymentEvent.KIND_CREATED:
            phases[event.deployment_id] = Phase.IN_PROGRESS
        elif event.kind == msg.DeploymentEvent.KIND_PHASE:
            former, present = phases[event.deployment_id], PHASE_OF[event.phase]
            assert present in TRANSITIONS[former], f'{former} -> {present}: {event}'
            phases[event.deployment_id] = present
        else:
            continue
        yield event.deployment_id, phases[event.deployment_id]
