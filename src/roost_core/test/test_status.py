# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

import pytest

from roost_core.status import Reason, ReasonKind, severity, Status, worst


@pytest.mark.parametrize(
    ('parts', 'whole'),
    [
        ([Status.RUNNING, Status.RUNNING], Status.RUNNING),
        ([Status.RUNNING, Status.STOPPED], Status.RUNNING),
        ([Status.RUNNING, Status.PENDING], Status.PENDING),
        ([Status.PENDING, Status.UNKNOWN], Status.UNKNOWN),
        ([Status.UNKNOWN, Status.ERROR], Status.ERROR),
        ([Status.STOPPED, Status.STOPPED], Status.STOPPED),
        ([], Status.PENDING),
    ],
)
def test_the_worst_part_speaks_and_stopped_only_when_all_are(parts, whole):
    assert worst(parts) is whole
    assert worst(reversed(parts)) is whole


def test_severity_is_the_order_of_worst():
    assert sorted(Status, key=severity) == [
        Status.ERROR,
        Status.UNKNOWN,
        Status.PENDING,
        Status.RUNNING,
        Status.STOPPED,
    ]


@pytest.mark.parametrize(
    ('reason', 'age', 'shown'),
    [
        (Reason(), 0, ''),
        (Reason(kind=ReasonKind.COMPLETED, text='completed'), 5, 'completed'),
        (
            Reason(kind=ReasonKind.PULLING, text='pulling registry/turtle:1.0', progress=43.2),
            0,
            'pulling registry/turtle:1.0, 43 %',
        ),
        (
            Reason(kind=ReasonKind.RESTARTING, text='exited with code 2', retry_in_sec=8.0),
            0,
            'exited with code 2, restarting in 8 s',
        ),
        (
            Reason(kind=ReasonKind.RESTARTING, text='exited with code 2', retry_in_sec=8.0),
            3,
            'exited with code 2, restarting in 5 s',
        ),
        (
            Reason(kind=ReasonKind.CRASH_LOOP, text='exits again and again', retry_in_sec=8.0),
            60,
            'exits again and again, restarting now',
        ),
        (
            Reason(kind=ReasonKind.REGISTRY_UNREACHABLE, text='no answer', retry_in_sec=8.0),
            0,
            'no answer, trying again in 8 s',
        ),
    ],
)
def test_a_reason_is_shown_with_its_progress_or_countdown(reason, age, shown):
    assert reason.shown(age_sec=age) == shown


def test_without_progress_only_the_words_stay():
    reason = Reason(kind=ReasonKind.PULLING, text='pulling', progress=1.0, retry_in_sec=2.0)

    assert reason.without_progress == Reason(kind=ReasonKind.PULLING, text='pulling')
