# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who needs something, there and back."""

from dataclasses import replace

from roost_core.graph.needs import Answer, By, Need
from roost_wire.convert.needs import answer_message, answer_of, BYS

NEED = Need(
    vertex='deployment/d1',
    label='turtle',
    deployment_id='d1',
    needs='simulator',
    by=By.TOPIC,
    names=('/pose', '/scan'),
    distance=2,
)


def test_an_answer_survives_the_wire():
    answer = Answer(
        found=('deployment/d0',),
        summary="1 deployment would suffer if deployment 'simulator' stopped: 'turtle'",
        needs=tuple(replace(NEED, by=by) for by in By),
    )

    message = answer_message(answer)

    assert message.result.ok
    assert answer_of(message) == answer


def test_needs_of_a_kind_that_is_not_known_are_left_out():
    message = answer_message(Answer(found=(), summary='', needs=(NEED,)))
    message.needs[0].by = max(BYS.values()) + 1

    assert answer_of(message).needs == ()
