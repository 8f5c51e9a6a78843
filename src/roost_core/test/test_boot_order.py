# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What starts again after a reboot waits for what it needs."""

from dataclasses import replace

from builders import desired, ended, id_of, observed
import pytest

from roost_core import boot_order
from roost_core.package import RestartPolicy
from roost_core.reconcile import Circumstances, Failure, SlotView
from roost_core.restart import History, NEVER_STARTED
from roost_core.status import Reason, ReasonKind

AROUND = Circumstances(now=100.0, boot_id='boot-2', order_left_sec=20.0)
RAN = History(started=True, ends=(90.0,), streak=1, boot_id='boot-1')
HERE = replace(RAN, boot_id='boot-2')
LOOPING = replace(HERE, ends=(95.0, 96.0, 97.0, 98.0, 99.0), streak=5)
BASE = desired('base')
CAMERA = replace(desired('camera'), after=(id_of('base'), id_of('camera'), id_of('elsewhere')))
FAILURE = Failure(reason=Reason(kind=ReasonKind.CREATE_FAILED, text='no'), code='DEP_E303')


def view(wanted, *there, history=RAN, **values):
    return SlotView(slot=wanted.slot, desired=wanted, observed=there, history=history, **values)


def waits_for(seen, *others, around=AROUND):
    return boot_order.waits_for(
        seen,
        lambda name: [each for each in others if each.slot.deployment_id == name],
        around,
    )


CAMERA_ENDED = view(CAMERA, ended(CAMERA, 137))
BASE_ENDED = view(BASE, ended(BASE, 137))


def test_it_waits_for_what_starts_again_too():
    assert waits_for(CAMERA_ENDED, BASE_ENDED) == 'base'
    assert waits_for(CAMERA_ENDED, view(BASE, history=NEVER_STARTED)) == 'base'


@pytest.mark.parametrize(
    'other',
    [
        view(BASE, observed(BASE)),
        view(replace(BASE, run=False), ended(BASE, 143)),
        view(replace(BASE, restart=RestartPolicy.NEVER), ended(BASE, 137)),
        view(replace(BASE, restart=RestartPolicy.ON_FAILURE), ended(BASE, 137)),
        view(BASE, ended(BASE, 127, command_missing=True)),
        view(BASE, ended(BASE, 1), history=LOOPING),
        view(BASE, failure=FAILURE),
        replace(BASE_ENDED, desired=None),
    ],
)
def test_it_does_not_wait_for_what_runs_or_will_not(other):
    assert waits_for(CAMERA_ENDED, other) == ''


@pytest.mark.parametrize(
    ('seen', 'around'),
    [
        (CAMERA_ENDED, replace(AROUND, order_left_sec=0.0)),
        (CAMERA_ENDED, replace(AROUND, boot_id='boot-1')),
        (view(CAMERA, observed(CAMERA)), AROUND),
        (view(CAMERA, history=NEVER_STARTED), AROUND),
        (view(replace(CAMERA, after=()), ended(CAMERA, 137)), AROUND),
        (replace(CAMERA_ENDED, desired=None), AROUND),
    ],
)
def test_only_what_starts_again_after_a_reboot_waits_and_not_for_ever(seen, around):
    assert waits_for(seen, BASE_ENDED, around=around) == ''


def test_it_does_not_wait_for_itself():
    alone = view(CAMERA, ended(CAMERA, 137))

    assert waits_for(alone, alone) == ''
