# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What changed between two states of a deployment."""

from dataclasses import replace

from builders import accepted, device, failing, in_phase, NOW, pulling, running, says, world

from roost_core import lifecycle
from roost_core.event import changes, EventKind
from roost_core.phase import Phase


def told(before, after):
    return [(each.kind, each.message) for each in changes(before, after)]


def test_a_creation():
    assert told(None, accepted()) == [(EventKind.CREATED, 'accepted, asked for by ann')]
    assert told(None, replace(accepted(), created_by='')) == [
        (EventKind.CREATED, 'accepted, asked for by nobody named')
    ]


def test_a_creation_that_went_on_at_once_tells_that_too():
    created, phase = changes(None, in_phase(Phase.PROVISIONING))

    assert created.kind is EventKind.CREATED
    assert (phase.kind, phase.message) == (EventKind.PHASE, 'In progress -> Provisioning')


def test_a_creation_that_was_done_at_once_tells_every_transition():
    _, *phases = changes(None, in_phase(Phase.SUCCEEDED))  # as native networks are

    assert [(each.message, each.phase) for each in phases] == [
        ('In progress -> Provisioning', Phase.PROVISIONING),
        ('Provisioning -> Succeeded', Phase.SUCCEEDED),
    ]


def test_a_start():
    before = in_phase(Phase.PROVISIONING)
    after = lifecycle.evaluate(before, world(device('rover1', says(before))))

    assert told(before, after) == [
        (EventKind.EXECUTABLE, 'Running'),
        (EventKind.PHASE, 'Provisioning -> Succeeded'),
        (EventKind.STATUS, 'Pending -> Running'),
    ]


def test_two_transitions_of_one_evaluation_are_both_told():
    before = accepted()
    after = lifecycle.evaluate(before, world(device('rover1', says(before))))

    phases = [each for each in changes(before, after) if each.kind is EventKind.PHASE]

    assert [(each.message, each.phase) for each in phases] == [
        ('In progress -> Provisioning', Phase.PROVISIONING),
        ('Provisioning -> Succeeded', Phase.SUCCEEDED),
    ]


def test_an_error_and_its_code():
    before = running()
    after = lifecycle.evaluate(before, world(device('rover1', failing(before, 'DEP_E163'))))

    assert told(before, after) == [
        (EventKind.EXECUTABLE, 'Error: exited with code 2'),
        (EventKind.STATUS, 'Running -> Error: exited with code 2'),
        (EventKind.CODES, 'DEP_E163'),
    ]
    assert told(after, before)[-1] == (EventKind.CODES, 'no error codes any more')


def test_another_kind_of_reason_is_an_event_and_other_words_are_none():
    before = in_phase(Phase.PROVISIONING)
    pull = lifecycle.evaluate(before, world(device('rover1', pulling(before))))
    reworded = replace(pull, reason=replace(pull.reason, text='pulling, other words'))

    assert (EventKind.REASON, 'Pending: pulling run:1, 43 %') in told(before, pull)
    assert told(pull, reworded) == []


def test_progress_is_no_event():
    before = in_phase(Phase.PROVISIONING)
    pull = lifecycle.evaluate(before, world(device('rover1', pulling(before))))
    further = replace(pulling(before), reason=replace(pulling(before).reason, progress=44.0))
    later = lifecycle.evaluate(pull, world(device('rover1', further)))

    assert later != pull
    assert later.without_progress == pull.without_progress
    assert told(pull, later) == []


def test_a_deprovision_and_a_generation():
    before = running()
    leaving = lifecycle.deprovision(before, now=NOW)

    assert told(before, leaving) == [(EventKind.DEPROVISION, 'deprovision accepted')]
    assert told(before, replace(before, generation=2)) == [(EventKind.GENERATION, 'generation 2')]


def test_an_event_carries_the_state_after_it():
    before = running()
    after = lifecycle.evaluate(before, world(device('rover1', failing(before, 'DEP_E163'))))

    executable, status, _ = changes(before, after)

    assert (executable.component, executable.executable) == ('main', 'run')
    assert executable.device == 'rover1'
    assert (status.deployment_id, status.deployment_name) == (after.id, 'camera')
    assert (status.phase, status.status, status.codes) == (
        after.phase,
        after.status,
        after.codes,
    )
