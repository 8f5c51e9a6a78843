# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Whatever happens in whatever order: it converges, and touches nothing that was not named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
import tempfile
import threading

from hypothesis import given, HealthCheck, settings
from hypothesis import strategies as st
from supervisor_rig import Device, removal, wanted

from roost_core import error_codes
from roost_core.instance import DesiredInstance, Identity
from roost_core.names import DeploymentId
from roost_core.observed import InstanceState
from roost_core.status import ReasonKind, Status
from roost_executor.runtimes.contract import RuntimeEvent, RuntimeFault
from roost_executor.runtimes.fake import FakeRuntime
from roost_executor.runtimes.fake_watch import FakeWatch

RUNNING, STOPPED = Status.RUNNING, Status.STOPPED
NAMES = ('arm', 'base', 'camera')
LATENCY_SEC = 0.002
IMAGES = ('camera:1', 'camera:2')

names = st.sampled_from(NAMES)
asks = st.tuples(
    st.just('ask'),
    st.dictionaries(
        names,
        st.fixed_dictionaries(
            {
                'generation': st.integers(1, 3),
                'image': st.sampled_from(IMAGES),
                'run': st.sampled_from((True, True, False)),
                'restarts': st.integers(0, 2),
                'refresh': st.booleans(),
                'after': st.sets(names),
            }
        ),
    ),
    st.sets(names),
)
ends = st.tuples(st.just('end'), names, st.sampled_from((0, 1, 137)))
meddlings = st.tuples(st.just('meddle'), names)
faults = st.tuples(st.just('fail'), st.sampled_from(('create', 'start', 'stop', 'remove', 'pull')))
outages = st.tuples(st.sampled_from(('away', 'back', 'restart', 'reboot', 'kill', 'power')))
happenings = st.lists(st.one_of(asks, asks, ends, meddlings, faults, outages), max_size=12)


class Watched(FakeRuntime):
    """An engine that notes what must never happen."""

    def __init__(self) -> None:
        super().__init__()
        self.named: set[DeploymentId] = set()
        self.identities: set[Identity] = set()
        self.breaches: list[str] = []
        self._never = threading.Event()

    def create(self, desired: DesiredInstance, *, image_digest: str = '') -> None:
        with self._lock:
            super().create(desired, image_digest=image_digest)
            in_slot = Counter(identity.slot for identity in self._instances)
            if in_slot[desired.slot] > 1:
                self.breaches.append(f'{desired.slot} has {in_slot[desired.slot]} instances')

    def remove(self, identity: Identity) -> None:
        replaced = any(
            other.slot == identity.slot and other != identity for other in self.identities
        )
        if identity.slot.deployment_id not in self.named and not replaced:
            self.breaches.append(f'{identity.slot} was removed, unasked')
        super().remove(identity)

    def watch(self, on_event: Callable[[RuntimeEvent], None]) -> FakeWatch:
        """Tell late, as an engine does whose events take longer than its answers."""

        def late(event: RuntimeEvent) -> None:
            self._never.wait(LATENCY_SEC)
            on_event(event)

        return super().watch(late)

    def meddle(self, identity: Identity) -> None:
        """Have a person remove an instance."""
        super().remove(identity)


def item_of(name: str, how: dict) -> DesiredInstance:
    item = wanted(name, generation=how['generation'], image=how['image'])
    return replace(
        item,
        run=how['run'],
        restarts=how['restarts'],
        refresh=how['refresh'],
        # What needs each other would be refused: needs go one way.
        after=tuple(DeploymentId(f'{each}-1') for each in sorted(how['after']) if each < name),
    )


def happen(device: Device, engine: Watched, what: tuple) -> None:
    match what:
        case ('ask', keep, remove):
            items = [item_of(name, how) for name, how in keep.items()]
            engine.named |= {DeploymentId(f'{name}-1') for name in remove - keep.keys()}
            engine.identities |= {item.identity for item in items}
            removals = [removal(name) for name in remove - keep.keys()]
            device.ask(*items, remove=removals, wait=False)
        case ('end', name, code):
            for instance in present(engine, name):
                engine.end(instance, code)
        case ('meddle', name):
            for instance in present(engine, name):
                engine.meddle(instance)
        case ('fail', call):
            fault = RuntimeFault(ReasonKind.CREATE_FAILED, error_codes.CREATE_FAILED, 'no')
            engine.fail_next(call, fault)
        case ('away',):
            engine.go_away()
        case ('back',):
            engine.come_back()
        case ('restart',):
            device.restart()
        case ('reboot',):
            engine.come_back()
            device.reboot()
        case ('kill',):
            device.kill()
            device.start()
        case ('power',):
            engine.come_back()
            device.cut_power()


def present(engine: Watched, name: str) -> list[Identity]:
    with engine._lock:
        return [each for each in engine._instances if each.slot.deployment_id == f'{name}-1']


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(happenings, asks)
def test_it_converges(before: list[tuple], last: tuple) -> None:
    with tempfile.TemporaryDirectory() as folder, Device(Path(folder)) as device:
        engine = Watched()
        engine.images = device.docker.images
        device.stop()
        device.docker = engine
        device.runtimes = {engine.kind: engine}
        device.start()
        for what in before:
            happen(device, engine, what)
        engine.come_back()
        existed = {each.identity for each in engine.list()}

        happen(device, engine, last)

        _, keep, remove = last
        items = [item_of(name, how) for name, how in keep.items()]
        to_run = {item.identity for item in items if item.run}
        states = {item.slot: RUNNING if item.run else STOPPED for item in items}
        device.wait(
            lambda seen: (
                seen.applied == (1, device._revision)
                and {report.slot: report.status for report in seen.instances} == states
                and {each.deployment_id for each in seen.removals if each.done}
                == {f'{name}-1' for name in remove - keep.keys()}
            ),
            'convergence',
        )
        assert engine.breaches == []
        left = {each.identity: each.state for each in engine.list()}
        running = {each for each, state in left.items() if state is InstanceState.RUNNING}
        assert running & {each for each in left if each.slot in states} == to_run
        assert not [each for each in left if each.slot.deployment_id[:-2] in remove - keep.keys()]
        never_named = {
            each
            for each in existed
            if each.slot.deployment_id not in engine.named
            and not any(other.slot == each.slot for other in engine.identities - {each})
        }
        assert never_named <= left.keys()
        engine.calls.clear()
        happen(device, engine, last)
        device.wait(lambda seen: seen.applied == (1, device._revision), 'the answer')
        assert device.changing_calls() == []
