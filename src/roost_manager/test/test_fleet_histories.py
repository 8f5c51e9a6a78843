# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Random histories of a whole fleet: people ask, devices come and go, the manager is killed.

After each of them nothing is left to evaluate, memory is what the database holds, and a fleet that
does what it is asked ends as it is asked.
"""

from contextlib import suppress
from pathlib import Path
import tempfile
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from manager_rig import deployment, package, Rig

from roost_core.phase import Phase
from roost_core.status import Reason, ReasonKind, Status
from roost_manager.refusal import Refusal
from roost_manager.store import Store, StoreUnavailable

NAMES = ['a', 'b', 'c', 'd']
DEVICES = ['rover1', 'rover2']
# Each may need those before it; nothing can form a cycle.
NEEDS = {'a': [], 'b': ['a'], 'c': ['a', 'b'], 'd': ['c']}
IN_MEMORY = Path('/dev/shm')


class Fleet(Rig):
    """A rig to which everything may happen."""

    def apply_some(self, names, device):
        documents = [deployment(name, *NEEDS[name], on=device) for name in sorted(names)]
        plan = self.plan(*documents)
        if not plan.problems:
            self.apply(*documents)

    def deprovision_some(self, names, force):
        with suppress(Refusal):
            self.deprovision(*names, force=force)

    def obey_as(self, device, status, code):
        reason = Reason(kind=ReasonKind.EXITED, text='exited') if code else Reason()
        self.obey(device, status=status, reason=reason, codes=(code,) if code else ())

    def pull(self, device, progress):
        reason = Reason(kind=ReasonKind.PULLING, text='pulling', progress=progress)
        self.obey(device, status=Status.PENDING, reason=reason, started=False)

    def leave(self, device):
        self.say(device, leaving=True)

    def come_back(self, device):
        self.devices[device].incarnation += 1
        self.say(device)

    def fail_to_store(self, device):
        """Find the disk full while a device obeys."""
        refuse = patch.object(Store, 'commit', side_effect=StoreUnavailable('disk full'))
        with refuse, suppress(StoreUnavailable):
            self.obey(device)


def does(name, *arguments):
    return st.tuples(st.just(name), st.tuples(*arguments))


DEVICE = st.sampled_from(DEVICES)
SOME = st.sets(st.sampled_from(NAMES), min_size=1)
ONE_THING = st.one_of(
    does('apply_some', SOME, DEVICE),
    does('deprovision_some', SOME, st.booleans()),
    does('obey', DEVICE),
    does('obey_as', DEVICE, st.just(Status.ERROR), st.just('DEP_E163')),
    does('obey_as', DEVICE, st.just(Status.PENDING), st.just('')),
    does('pull', DEVICE, st.floats(0.0, 100.0)),
    does('say', DEVICE),
    does('leave', DEVICE),
    does('come_back', DEVICE),
    does('fail_to_store', DEVICE),
    does('pass_time', st.sampled_from([1.0, 7.0, 61.0])),
    does('restart'),
)


def check(fleet):
    held = {each.id: each.without_progress for each in fleet.fleet.deployments.values()}
    assert {each.id: each for each in fleet.store.live_deployments()} == held
    assert {each.name: each for each in fleet.store.devices()} == fleet.fleet.devices
    before = dict(fleet.fleet.deployments)
    fleet.manager.evaluate_all()
    assert fleet.fleet.deployments == before, 'nothing was left to evaluate'
    numbers = [each.number for each in fleet.events()]
    assert numbers == list(range(1, len(numbers) + 1))


@settings(max_examples=40, deadline=None)
@given(st.lists(ONE_THING, max_size=15))
def test_every_history_ends_as_it_was_asked_for(happened):
    where = IN_MEMORY if IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=where) as folder:
        fleet = Fleet(Path(folder) / 'manager.db')
        for name in DEVICES:
            fleet.device(name)
        fleet.apply(package())
        for what, arguments in happened:
            getattr(fleet, what)(*arguments)
            check(fleet)

        for name in DEVICES:
            fleet.come_back(name)
        fleet.settle()
        check(fleet)

        for each in fleet.fleet.deployments.values():
            assert not each.deprovisioning
            lost = any(
                fleet.fleet.deployments.get(needed.id) is None
                or 'DEP_E156' in fleet.fleet.deployments[needed.id].codes
                or fleet.fleet.deployments[needed.id].phase is Phase.FAILED_TO_START
                for needed in each.dependencies
            )
            if lost:
                assert 'DEP_E156' in each.codes
            elif each.phase is not Phase.FAILED_TO_START:
                assert (each.phase, each.status) == (Phase.SUCCEEDED, Status.RUNNING)
        fleet.stop()
