# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Random histories drive `lifecycle.evaluate`: whatever devices say, in whatever order."""

from dataclasses import dataclass, field

from builders import (
    accepted,
    completed,
    component,
    dependency,
    device,
    failing,
    NOW,
    package,
    pulling,
    removal,
    restarting,
    says,
    stopped_by_hand,
    world,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from roost_core import lifecycle
from roost_core.liveness import Liveness
from roost_core.phase import Phase
from roost_core.status import Reason, ReasonKind, Status

SPREAD = package(component('eye', executables=('run', 'log')), component('arm'))
PLACES = {'eye': 'rover1', 'arm': 'rover2'}
SLOTS = [('eye', 'run'), ('eye', 'log'), ('arm', 'run')]
DEVICES = ['rover1', 'rover2']
STUCK = Reason(kind=ReasonKind.ENGINE_UNREACHABLE, text='the engine does not answer')


def crashing(deployment, **values):
    return failing(deployment, 'DEP_E163', **values)


def not_found(deployment, **values):
    return failing(deployment, 'DEP_E161', started=False, **values)


def of_another_generation(deployment, **values):
    return says(deployment, generation=7, **values)


@dataclass
class History:
    """A deployment and the world around it, as they were left by what happened so far."""

    deployment: object = field(
        default_factory=lambda: accepted('camera', 'base', of=SPREAD, places=PLACES)
    )
    now: float = NOW
    liveness: dict = field(default_factory=lambda: dict.fromkeys(DEVICES, Liveness.UNKNOWN))
    said: dict = field(default_factory=dict)
    removals: dict = field(default_factory=dict)
    needed: object = dependency('base', Phase.PROVISIONING, Status.PENDING)
    dependants_stopping: tuple = ()

    def world(self):
        views = [
            device(
                name,
                *(each for (part, _), each in self.said.items() if PLACES[part] == name),
                *([self.removals[name]] if name in self.removals else []),
                liveness=self.liveness[name],
            )
            for name in DEVICES
        ]
        return world(
            *views,
            of=SPREAD,
            needs=[self.needed] if self.needed else [],
            dependants_stopping=self.dependants_stopping,
            now=self.now,
        )

    def evaluate(self):
        before = self.deployment
        self.deployment = after = lifecycle.evaluate(before, self.world())
        assert lifecycle.evaluate(after, self.world()) == after, 'a second time changes nothing'
        assert after.deprovisioning >= before.deprovisioning, 'nothing undoes a deprovision'
        assert after.removing >= before.removing
        assert set(after.removed_from) >= set(before.removed_from)
        assert after.phase is Phase.DEPLOYMENT_STOPPED or not before.stopped
        if after.status in (Status.PENDING, Status.ERROR):
            assert after.reason.text, 'these two always say why'
        if after.codes:
            assert after.status is Status.ERROR
        for state in after.executables:
            if state.status in (Status.PENDING, Status.ERROR):
                assert state.reason.text


def change_liveness(name, to):
    return lambda history: history.liveness.update({name: to})


def say(slot, make):
    def do(history):
        part, executable = slot
        history.said[slot] = make(history.deployment, part=part, executable=executable)

    return do


def fall_silent_about(slot):
    return lambda history: history.said.pop(slot, None)


def report_removal(name, done, reason):
    def do(history):
        if history.deployment.removing:
            history.removals[name] = removal(history.deployment, done=done, reason=reason)

    return do


def change_dependency(phase, status, deprovisioning):
    def do(history):
        why = Reason(kind=ReasonKind.EXITED, text='exited')
        history.needed = dependency(
            'base', phase, status, reason=why, deprovisioning=deprovisioning
        )

    return do


def lose_dependency(history):
    history.needed = None


def pass_time(seconds):
    def do(history):
        history.now += seconds

    return do


def have_dependants_stop(names):
    def do(history):
        history.dependants_stopping = names

    return do


def deprovision(history):
    history.deployment = lifecycle.deprovision(history.deployment, now=history.now)


ONE_THING = st.one_of(
    st.builds(change_liveness, st.sampled_from(DEVICES), st.sampled_from(Liveness)),
    st.builds(
        say,
        st.sampled_from(SLOTS),
        st.sampled_from(
            [
                says,
                pulling,
                completed,
                restarting,
                stopped_by_hand,
                crashing,
                not_found,
                of_another_generation,
            ]
        ),
    ),
    st.builds(fall_silent_about, st.sampled_from(SLOTS)),
    st.builds(
        report_removal,
        st.sampled_from(DEVICES),
        st.booleans(),
        st.sampled_from([STUCK, Reason(kind=ReasonKind.STOPPING, text='stopping')]),
    ),
    st.builds(change_dependency, st.sampled_from(Phase), st.sampled_from(Status), st.booleans()),
    st.just(lose_dependency),
    st.builds(pass_time, st.sampled_from([0.5, 30.0, 61.0])),
    st.builds(have_dependants_stop, st.sampled_from([(), ('rviz',)])),
)
HISTORIES = st.lists(ONE_THING, max_size=25)


def live(history, happened):
    for happens in happened:
        happens(history)
        history.evaluate()


def devices_do_what_they_are_asked(history):
    """Let the world be well: everything is heard, and runs or is removed as it is asked for."""
    history.needed = dependency('base')
    history.dependants_stopping = ()
    for name in DEVICES:
        history.liveness[name] = Liveness.ONLINE
    history.evaluate()
    for slot in SLOTS:
        say(slot, says)(history)
    for name in DEVICES:
        report_removal(name, True, Reason())(history)
    history.evaluate()
    return history.deployment


@settings(max_examples=150, deadline=None)
@given(HISTORIES)
def test_it_ends_running_when_devices_do_what_they_are_asked(happened):
    history = History()
    live(history, happened)

    deployment = devices_do_what_they_are_asked(history)

    if deployment.phase is not Phase.FAILED_TO_START:
        assert (deployment.phase, deployment.status) == (Phase.SUCCEEDED, Status.RUNNING)
        assert deployment.codes == ()


@settings(max_examples=150, deadline=None)
@given(HISTORIES, HISTORIES)
def test_a_deprovisioned_one_ends_stopped_when_devices_do_what_they_are_asked(before, after):
    history = History()
    live(history, before)
    live(history, [deprovision, *after])

    deployment = devices_do_what_they_are_asked(history)

    assert (deployment.phase, deployment.status) == (
        Phase.DEPLOYMENT_STOPPED,
        Status.STOPPED,
    )
    assert deployment.codes == ()
    assert {state.status for state in deployment.executables} == {Status.STOPPED}
