# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""When reports are published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
import threading
import time
from typing import Any

import pytest

from roost_core.instance import Slot
from roost_core.names import DeploymentId, DeviceName
from roost_core.package import Architecture
from roost_core.report import DeviceFacts, DeviceReport, InstanceReport
from roost_core.status import Reason, ReasonKind, Status
from roost_executor.reporter import Reporter
from roost_executor.telling import Situation

FACTS = DeviceFacts(architecture=Architecture.AMD64, runtimes=())
# Long enough to do several things within it on a busy machine.
GATHER_SEC = 0.5
PROGRESS_SEC = 1.0


def instance(name: str = 'camera', **fields: Any) -> InstanceReport:
    return InstanceReport(
        slot=Slot(DeploymentId(f'{name}-1'), 'driver', 'main'),
        deployment_name=name,
        generation=1,
        **{'status': Status.RUNNING, **fields},
    )


def pulling(percent: float) -> Situation:
    reason = Reason(kind=ReasonKind.PULLING, text='pulling camera:1', progress=percent)
    return Situation(instances=(instance(status=Status.PENDING, reason=reason),))


def retrying(seconds: float) -> Situation:
    reason = Reason(kind=ReasonKind.CREATE_FAILED, text='no', retry_in_sec=seconds)
    return Situation(instances=(instance(status=Status.ERROR, reason=reason),))


class Wire:
    """What was published, and when."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.reports: list[DeviceReport] = []
        self.times: list[float] = []

    def publish(self, report: DeviceReport) -> None:
        with self._changed:
            self.reports.append(report)
            self.times.append(time.monotonic())
            self._changed.notify_all()

    def wait(self, fits: Callable[[DeviceReport], Any], what: str) -> DeviceReport:
        with self._changed:
            found = self._changed.wait_for(lambda: [*filter(fits, self.reports)], 30.0)
            assert found, f'{what}: {self.reports}'
            return found[0]


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def reporter(wire: Wire) -> Iterator[Reporter]:
    reporter = Reporter(
        device=DeviceName('rover1'),
        incarnation=7,
        facts=FACTS,
        publish=wire.publish,
        gather_sec=GATHER_SEC,
        progress_sec=PROGRESS_SEC,
    )
    yield reporter
    reporter.leave(5.0)


def last_word(wire: Wire, reporter: Reporter) -> list[DeviceReport]:
    """Return all reports up to the one that says goodbye."""
    reporter.leave(5.0)
    wire.wait(lambda report: report.leaving, 'the last word')
    return wire.reports


def test_nothing_is_told_before_there_is_a_situation(wire: Wire, reporter: Reporter) -> None:
    reporter.show_facts(replace(FACTS, hostname='rover1'))
    reporter.show_notices(('trusted',))

    reporter.leave(5.0)

    assert wire.reports == []


def test_the_first_situation_is_told_at_once_with_what_came_before(
    wire: Wire, reporter: Reporter
) -> None:
    reporter.show_notices(('trusted',))
    shown_at = time.monotonic()
    reporter.show(Situation(instances=(instance(),)))

    report = wire.wait(lambda report: True, 'a report')
    assert wire.times[0] - shown_at < GATHER_SEC
    assert report.order == (7, 1)
    assert report.notices == ('trusted',)
    assert report.instances == (instance(),)


def test_changes_soon_after_are_told_together(wire: Wire, reporter: Reporter) -> None:
    reporter.show(Situation())
    wire.wait(lambda report: True, 'the first report')
    for name in ('arm', 'base', 'camera'):
        reporter.show(Situation(instances=(instance(name),)))

    report = wire.wait(lambda report: report.sequence == 2, 'the second report')
    assert report.instances == (instance('camera'),)
    assert wire.times[1] - wire.times[0] >= GATHER_SEC


def test_what_did_not_change_is_not_told(wire: Wire, reporter: Reporter) -> None:
    reporter.show(Situation(instances=(instance(),)))
    wire.wait(lambda report: True, 'the first report')

    reporter.show(Situation(instances=(instance(),)))
    reporter.show_facts(replace(FACTS))

    assert len(last_word(wire, reporter)) == 2


def test_progress_alone_is_told_less_often(wire: Wire, reporter: Reporter) -> None:
    reporter.show(pulling(1.0))
    wire.wait(lambda report: True, 'the first report')
    for percent in (2.0, 3.0, 4.0):
        reporter.show(pulling(percent))

    report = wire.wait(lambda report: report.sequence == 2, 'the second report')
    assert report.instances[0].reason.progress == 4.0
    assert wire.times[1] - wire.times[0] >= PROGRESS_SEC


def test_a_passing_countdown_is_no_change(wire: Wire, reporter: Reporter) -> None:
    reporter.show(retrying(100.0))
    wire.wait(lambda report: True, 'the first report')
    reporter.show(retrying(99.9))

    assert len(last_word(wire, reporter)) == 2


def test_a_countdown_that_begins_anew_is_a_change(wire: Wire, reporter: Reporter) -> None:
    reporter.show(retrying(10.0))
    wire.wait(lambda report: True, 'the first report')
    reporter.show(retrying(20.0))

    wire.wait(lambda report: report.sequence == 2, 'the second report')


def test_countdowns_are_told_as_they_are_when_told(wire: Wire, reporter: Reporter) -> None:
    waiting = retrying(100.0).instances[0]
    reporter.show(Situation(instances=(waiting,)))
    wire.wait(lambda report: True, 'the first report')

    reporter.show(Situation(instances=(waiting, instance('other'))))

    second = wire.wait(lambda report: report.sequence == 2, 'the second report')
    passed = 100.0 - (second.instances[0].reason.retry_in_sec or 0.0)
    assert GATHER_SEC <= passed < 5.0


def test_an_answer_waits_until_the_desired_state_is_durable(
    wire: Wire, reporter: Reporter
) -> None:
    reporter.show(Situation())
    wire.wait(lambda report: True, 'the first report')
    reporter.show(Situation(applied=(1, 5), instances=(instance(),)))
    released_at = time.monotonic()
    reporter.release((1, 5))

    report = wire.wait(lambda report: report.applied == (1, 5), 'the answer')
    assert wire.times[report.sequence - 1] >= released_at
    assert reporter.applied == (1, 5)


def test_the_last_report_can_be_had_again(wire: Wire, reporter: Reporter) -> None:
    reporter.show(Situation(instances=(instance(),)))
    first = wire.wait(lambda report: True, 'the first report')
    reporter.repeat()

    wire.wait(lambda report: len(wire.reports) == 2, 'the repeated report')
    assert wire.reports[1] == first
    assert reporter.sequence == 1


def test_goodbye_is_the_last_word(wire: Wire, reporter: Reporter) -> None:
    reporter.show(Situation(instances=(instance(),)))

    reporter.leave(5.0)
    reporter.show(Situation())

    assert wire.reports[-1].leaving
    assert wire.reports[-1].instances == (instance(),)


def test_a_goodbye_confirms_nothing_that_is_not_durable(wire: Wire, reporter: Reporter) -> None:
    reporter.show(Situation())
    wire.wait(lambda report: True, 'the first report')
    reporter.show(Situation(applied=(1, 5)))

    assert last_word(wire, reporter)[-1].applied == (0, 0)


def test_a_report_that_cannot_be_published_is_tried_again(wire: Wire, reporter: Reporter) -> None:
    publish = reporter._publish

    def failing(report: DeviceReport) -> None:
        reporter._publish = publish
        raise RuntimeError('no')

    reporter._publish = failing
    reporter.show(Situation(instances=(instance(),)))

    wire.wait(lambda report: report.instances, 'the report after all')
