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
from hypothesis import example, given, settings
from hypothesis import strategies as st

from roost_core import choices, lifecycle, updating
from roost_core.deployment import OnFailure
from roost_core.desired import PLACED
from roost_core.liveness import Liveness
from roost_core.phase import Phase
from roost_core.status import Reason, ReasonKind, Status
from roost_core.updating import UpdateRequest

SPREAD = package(component('eye', executables=('run', 'log')), component('arm'))
PLACES = {'eye': 'rover1', 'arm': 'rover2'}
SLOTS = [('eye', 'run'), ('eye', 'log'), ('arm', 'run')]
DEVICES = ['rover1', 'rover2']
PARTS = [('eye',), ('arm',), ('eye', 'arm')]
STUCK = Reason(kind=ReasonKind.ENGINE_UNREACHABLE, text='the engine does not answer')


def crashing(deployment, **values):
    return failing(deployment, 'DEP_E163', **values)


def not_found(deployment, **values):
    return failing(deployment, 'DEP_E161', started=False, **values)


def obedient(deployment, *, part, **values):
    (state,) = [each for each in deployment.components if each.name == part]
    said = stopped_by_choice if state.stopped else says
    return said(deployment, part=part, **values)


def stopped_by_choice(deployment, **values):
    why = Reason(kind=ReasonKind.STOPPED_BY_CHOICE, text='stopped by choice')
    return says(deployment, Status.STOPPED, reason=why, **values)


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
        if after.codes and not after.failed_update:
            assert after.status is Status.ERROR
        assert (after.update is not None) <= (after.phase is Phase.PROVISIONING)
        assert after.generation >= before.generation
        assert all(part.generation <= after.generation for part in after.components)
        opens = [each.generation for each in after.history if each.finished_at is None]
        assert opens in ([], [after.generation])
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


def update(names, on_failure):
    def do(history):
        deployment = history.deployment
        able = deployment.phase in (Phase.SUCCEEDED, Phase.FAILED_TO_UPDATE)
        if not able or deployment.deprovisioning:
            return
        request = UpdateRequest(
            spec=deployment.spec,
            components=names,
            on_failure=on_failure,
            deadline_at=history.now + 60.0,
        )
        history.deployment = updating.begin(deployment, request, history.world())

    return do


def cancel_update(history):
    if history.deployment.update is not None:
        history.deployment = updating.cancel(history.deployment, now=history.now)


def choose(choice, names):
    def do(history):
        deployment = history.deployment
        if deployment.phase in PLACED and deployment.update is None:
            history.deployment = choice(deployment, names)

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
    st.builds(update, st.sampled_from(PARTS), st.sampled_from(OnFailure)),
    st.just(cancel_update),
    st.builds(
        choose,
        st.sampled_from([choices.restart, choices.stop, choices.start]),
        st.sampled_from(PARTS),
    ),
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
        say(slot, obedient)(history)
    for name in DEVICES:
        report_removal(name, True, Reason())(history)
    history.evaluate()
    pass_time(5.0)(history)  # what an update started must stay up
    for _ in range(2):  # and its deadline may have passed meanwhile, so that it is taken back
        history.evaluate()
        for slot in SLOTS:
            say(slot, obedient)(history)
    history.evaluate()
    return history.deployment


# An update that is taken back on a device that was not heard since the manager's start.
TAKEN_BACK_UNHEARD = [
    change_liveness('rover1', Liveness.UNKNOWN),
    update(('eye',), OnFailure.ROLLBACK),
    say(('eye', 'run'), restarting),
]


@settings(max_examples=400, deadline=None)
@given(HISTORIES, st.booleans())
@example(TAKEN_BACK_UNHEARD, True)
def test_it_ends_running_when_devices_do_what_they_are_asked(happened, ran_before):
    history = History()
    if ran_before:
        devices_do_what_they_are_asked(history)
    live(history, happened)

    deployment = devices_do_what_they_are_asked(history)

    down = {part.name for part in deployment.components if part.stopped}
    if deployment.phase is Phase.FAILED_TO_START:
        return
    assert deployment.update is None
    if deployment.phase is Phase.FAILED_TO_UPDATE:
        assert deployment.status is Status.RUNNING or down
    else:
        assert deployment.phase is Phase.SUCCEEDED
        everything_is_down = len(down) == len(deployment.components)
        assert deployment.status is (Status.STOPPED if everything_is_down else Status.RUNNING)
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
