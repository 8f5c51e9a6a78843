# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A device in memory carries out the plans, while all that can happen to it does.

Every step is carried out twice, some fail, the executor is killed between two, the device loses
its power, people and programs end instances. What must never be is checked after each step.
"""

from dataclasses import dataclass, field, replace
from itertools import pairwise

from builders import desired, observed
from hypothesis import given, settings
from hypothesis import strategies as st

from roost_core import reconcile, restart
from roost_core.desired import DesiredState, Removal
from roost_core.names import DeviceName
from roost_core.observed import InstanceState
from roost_core.package import RestartPolicy
from roost_core.reconcile import (
    Circumstances,
    Create,
    Failure,
    Fetch,
    Note,
    Remove,
    Start,
    Stop,
)
from roost_core.restart import BackOff, NEVER_STARTED
from roost_core.status import Reason, ReasonKind

BACK_OFF = BackOff()
NAMES = ['camera', 'arm']
WHY = Reason(kind=ReasonKind.CREATE_FAILED, text='no')


@dataclass
class Device:
    """What exists on a device, and what its executor remembers."""

    now: float = 1000.0
    boot: int = 1
    keep: dict = field(default_factory=dict)
    remove: set = field(default_factory=set)
    instances: dict = field(default_factory=dict)
    histories: dict = field(default_factory=dict)
    disk: dict = field(default_factory=dict)
    starts: dict = field(default_factory=dict)
    owed: dict = field(default_factory=dict)
    failures: dict = field(default_factory=dict)
    faults: list = field(default_factory=list)

    @property
    def around(self):
        return Circumstances(now=self.now, boot_id=f'boot-{self.boot}', back_off=BACK_OFF)

    def observe(self):
        """Take in what is there, as an executor does before it decides."""
        wishes = {wanted.identity: wanted for wanted in self.keep.values()}
        for identity, wanted in wishes.items():
            self.histories[identity] = restart.heed(
                self.histories.get(identity, NEVER_STARTED), wanted, self.instances.get(identity)
            )
        for identity, instance in self.instances.items():
            self.histories[identity] = restart.absorb(
                self.histories.get(identity, NEVER_STARTED),
                instance,
                boot_id=self.around.boot_id,
                now=self.now,
                back_off=BACK_OFF,
            )
        for wanted in self.keep.values():
            if wanted.identity not in self.instances:
                self.histories[wanted.identity] = restart.lost(
                    self.histories.get(wanted.identity, NEVER_STARTED),
                    now=self.now,
                    back_off=BACK_OFF,
                )

    def views(self):
        state = DesiredState(
            device=DeviceName('rover1'),
            manager_id='m',
            epoch=1,
            revision=1,
            device_key_id='k',
            keep=tuple(self.keep.values()),
            remove=tuple(
                Removal(deployment_id=f'{name}-id', deployment_name=name) for name in self.remove
            ),
        )
        histories = {
            wanted.slot: self.histories.get(wanted.identity, NEVER_STARTED)
            for wanted in self.keep.values()
        }
        return reconcile.slots(state, self.instances.values(), histories, self.failures)

    def reconcile(self, killed_after=None):
        """Plan every slot and carry the steps out; return the plans."""
        self.observe()
        plans = []
        for view in self.views().values():
            plan = reconcile.plan(view, self.around)
            plans.append(plan)
            assert plan.look_again_at is None or (
                self.now < plan.look_again_at <= self.now + BACK_OFF.cap_sec
            )
            for step in plan.steps[:killed_after]:
                if not self.carry_out(step, view):
                    break
        return plans

    def carry_out(self, step, view):
        if self.faults and self.faults.pop():
            former = self.failures.get(view.slot)
            self.failures[view.slot] = Failure(
                reason=WHY,
                code='DEP_E303',
                attempts=former.attempts + 1 if former else 1,
                at=self.now,
            )
            return False
        self.failures.pop(view.slot, None)
        for _ in range(2):
            self.now += 0.001
            self.do(step)
            for slot in self.views():
                assert len(self.running_in(slot)) <= 1, 'one instance at a time runs in a slot'
        return True

    def running_in(self, slot):
        return [
            each
            for each in self.instances.values()
            if each.identity.slot == slot and each.state is InstanceState.RUNNING
        ]

    def do(self, step):
        match step:
            case Fetch():
                pass
            case Create(desired=wanted):
                self.instances.setdefault(wanted.identity, observed(wanted, InstanceState.CREATED))
            case Note(desired=wanted):
                instance = self.instances[wanted.identity]
                assert instance.state is not InstanceState.RUNNING
                self.histories[wanted.identity] = restart.start_noted(
                    self.histories.get(wanted.identity, NEVER_STARTED),
                    wanted,
                    boot_id=self.around.boot_id,
                    now=self.now,
                )
                self.write()
            case Start(desired=wanted):
                instance = self.instances[wanted.identity]
                if instance.state is not InstanceState.RUNNING:
                    assert self.keep[wanted.slot].run, 'what is stopped by choice stays so'
                    self.check_policy(wanted, instance)
                    self.starts[wanted.identity] = self.starts.get(wanted.identity, 0) + 1
                    self.owed[wanted.identity] = False
                    self.change(
                        instance,
                        state=InstanceState.RUNNING,
                        started_at=self.now,
                        by_hand=False,
                        ended_at=None,
                        image_digest='',
                    )
            case Stop(instance=instance):
                self.write()
                self.end(instance.identity, 0 if instance.image_digest == 'stuck' else 143)
            case Remove(instance=instance):
                self.check_named(instance)
                assert instance.identity not in {each.identity for each in self.running()}
                self.instances.pop(instance.identity, None)

    def write(self):
        """Have on the disk what is remembered."""
        self.disk = dict(self.histories)

    def forget(self):
        """End as an executor that is killed: what is not on the disk is not remembered."""
        self.histories = dict(self.disk)
        self.failures.clear()

    def check_policy(self, wanted, instance):
        """Check what the user said about starting again, on what really happened."""
        if instance.state is InstanceState.CREATED or self.owed.get(wanted.identity):
            return
        policy, rebooted = self.keep[wanted.slot].restart, instance.host_name != str(self.boot)
        if policy is not RestartPolicy.ALWAYS:
            assert policy is RestartPolicy.ON_FAILURE, 'never means never'
            assert instance.exit_code != 0 or instance.image_digest == 'stuck'
            assert not rebooted, 'after a reboot only always starts again'
        assert rebooted or not instance.by_hand

    def check_named(self, instance):
        slot = instance.identity.slot
        wanted = self.keep.get(slot)
        replaced = wanted is not None and wanted.identity != instance.identity
        assert replaced or slot.deployment_id.removesuffix('-id') in self.remove

    def change(self, instance, **values):
        self.instances[instance.identity] = replace(instance, **values)

    def running(self):
        return [each for each in self.instances.values() if each.state is InstanceState.RUNNING]

    def end(self, identity, exit_code, *, by_hand=False):
        """End an instance; the boot in which that was is kept where nothing else looks."""
        instance = self.instances.get(identity)
        if instance is not None and instance.state is InstanceState.RUNNING:
            self.change(
                instance,
                state=InstanceState.ENDED,
                exit_code=exit_code,
                ended_at=self.now,
                by_hand=by_hand,
                host_name=str(self.boot),
            )

    # What can happen.

    def ask(self, name, image, policy):
        self.remove.discard(name)
        former = next((each for each in self.keep.values() if each.deployment_name == name), None)
        generation = 1
        if former is not None:
            generation = former.generation + (former.spec.image != image)
        wanted = desired(name, image=image, generation=generation, restart=policy)
        if former is not None and former.identity == wanted.identity:
            wanted = replace(wanted, run=former.run, restarts=former.restarts)
        if former is None or former.identity != wanted.identity:
            self.failures.pop(wanted.slot, None)
        self.keep[wanted.slot] = wanted

    def name_for_removal(self, name):
        self.say_nothing_about(name)
        self.remove.add(name)

    def say_nothing_about(self, name):
        self.keep = {
            slot: each for slot, each in self.keep.items() if each.deployment_name != name
        }
        self.remove.discard(name)

    def choose(self, name, run):
        for slot, wanted in self.keep.items():
            if wanted.deployment_name == name and wanted.run is not run:
                self.keep[slot] = replace(wanted, run=run)
                self.observe()
                if run and wanted.identity not in {each.identity for each in self.running()}:
                    self.owed[wanted.identity] = True

    def ask_for_restart(self, name):
        self.observe()
        for slot, wanted in self.keep.items():
            if wanted.deployment_name == name:
                self.keep[slot] = replace(wanted, restarts=wanted.restarts + 1)
                if self.histories[wanted.identity].started:
                    self.owed[wanted.identity] = True

    def get_stuck(self, name):
        """Have the probe of an instance fail; it exits with 0 when it is stopped."""
        self.observe()
        for instance in self.running():
            identity = instance.identity
            if identity.slot.deployment_id == f'{name}-id':
                history = self.histories[identity]
                self.histories[identity] = replace(history, not_alive='no answer')
                self.change(instance, image_digest='stuck')

    def keep_what_is_remembered(self):
        self.observe()
        self.write()

    def reboot(self):
        """Lose power; what was not written is lost as well."""
        for instance in self.running():
            self.end(instance.identity, 137)
        self.boot += 1
        self.forget()
        self.now += 20.0

    def end_all(self, exit_code, by_hand):
        self.observe()
        for instance in self.running():
            self.end(instance.identity, exit_code, by_hand=by_hand)

    def start_and_end(self, exit_code):
        """End what starts before anybody sees it run."""
        self.reconcile()
        for instance in self.running():
            self.end(instance.identity, exit_code)

    def remove_by_hand(self, name):
        self.observe()
        self.instances = {
            identity: each
            for identity, each in self.instances.items()
            if identity.slot.deployment_id != f'{name}-id'
        }

    def be_killed_after(self, steps):
        self.reconcile(killed_after=steps)
        self.forget()

    def fail(self, pattern):
        self.faults = list(pattern)

    def pass_time(self, seconds):
        self.now += seconds


def does(name, *arguments):
    return st.tuples(st.just(name), st.tuples(*arguments))


NAME = st.sampled_from(NAMES)
ONE_THING = st.one_of(
    does('ask', NAME, st.sampled_from(['run:1', 'run:2']), st.sampled_from(RestartPolicy)),
    does('name_for_removal', NAME),
    does('say_nothing_about', NAME),
    does('choose', NAME, st.booleans()),
    does('ask_for_restart', NAME),
    does('get_stuck', NAME),
    does('keep_what_is_remembered'),
    does('reboot'),
    does('end_all', st.sampled_from([0, 1]), st.booleans()),
    does('start_and_end', st.sampled_from([0, 1])),
    does('remove_by_hand', NAME),
    does('fail', st.lists(st.booleans(), max_size=5)),
    does('pass_time', st.sampled_from([0.0, 0.5, 3.0, 61.0])),
    does('reconcile'),
    does('be_killed_after', st.integers(0, 5)),
)


def settle(device):
    """Let time pass until nothing is left to do; it must come to that."""
    device.faults = []
    for _ in range(40):
        plans = device.reconcile()
        if not any(plan.steps or plan.look_again_at for plan in plans):
            return
        device.now = max([device.now, *(plan.look_again_at or 0.0 for plan in plans)])
    raise AssertionError('it never settles')


@settings(max_examples=300, deadline=None)
@given(st.lists(ONE_THING, max_size=30))
def test_every_history_ends_in_what_is_asked_for(happened):
    device = Device()
    for what, arguments in happened:
        getattr(device, what)(*arguments)
    device.observe()
    orphans = [
        identity
        for identity in device.instances
        if identity.slot not in device.keep
        and identity.slot.deployment_id.removesuffix('-id') not in device.remove
    ]
    settle(device)

    for wanted in device.keep.values():
        if not wanted.run:
            assert not device.running_in(wanted.slot), 'what is stopped by choice stays so'
            continue
        there = [each for each in device.instances if each.slot == wanted.slot]
        history = device.histories[wanted.identity]
        assert history.started
        assert history.restarts == wanted.restarts
        assert not device.owed.get(wanted.identity), 'what was asked for was carried out'
        if wanted.restart is RestartPolicy.ALWAYS and not history.stopped_by_hand:
            assert [each.identity for each in device.running_in(wanted.slot)] == [wanted.identity]
        assert set(there) <= {wanted.identity}, 'what it replaces is gone'
    for name in device.remove:
        assert not [each for each in device.instances if each.slot.deployment_id == f'{name}-id']
    for identity in orphans:
        assert identity in device.instances, 'nothing is removed that was not named'


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(RestartPolicy),
    st.booleans(),
    st.lists(st.one_of(does('be_killed_after', st.integers(0, 3)), does('reconcile')), max_size=8),
)
def test_a_restart_is_carried_out_exactly_once(policy, runs, happened):
    device = Device()
    device.ask('camera', 'run:1', policy)
    device.ask_for_restart('camera')
    settle(device)
    (wanted,) = device.keep.values()
    assert device.starts == {wanted.identity: 1}, 'what starts fresh is not started twice'
    if not runs:
        device.end_all(0, by_hand=True)
        device.keep_what_is_remembered()

    device.ask_for_restart('camera')
    for what, arguments in happened:
        getattr(device, what)(*arguments)
    settle(device)

    assert device.starts == {wanted.identity: 2}
    assert device.running()


@settings(max_examples=50, deadline=None)
@given(st.integers(10, 40), st.sampled_from([RestartPolicy.ALWAYS, RestartPolicy.ON_FAILURE]))
def test_what_ends_again_and_again_is_held_back_and_called_a_crash_loop(times, policy):
    device = Device()
    device.ask('camera', 'run:1', policy)
    starts = []
    for _ in range(times):
        (plan,) = device.reconcile()
        if device.running():
            starts.append(device.now)
            device.end_all(1, by_hand=False)
            device.now += 0.1
        elif plan.look_again_at:
            device.now = plan.look_again_at

    waits = [later - earlier for earlier, later in pairwise(starts)]
    assert all(wait <= BACK_OFF.cap_sec + 0.2 for wait in waits)
    assert waits == sorted(waits)
    assert in_crash_loop(device) is (len(starts) >= BACK_OFF.loop_ends)
    # The program is mended: it runs, proves itself, and is trusted again.
    settle(device)
    assert device.running()
    device.now += BACK_OFF.steady_sec
    device.end_all(1, by_hand=False)
    assert not in_crash_loop(device)


def in_crash_loop(device):
    device.observe()
    (history,) = device.histories.values()
    return restart.in_crash_loop(history, back_off=BACK_OFF)
