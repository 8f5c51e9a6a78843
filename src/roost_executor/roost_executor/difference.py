# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""How much what there is to report differs from what was reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from roost_core.instance import Slot
from roost_core.report import DeviceReport, InstanceReport

# A countdown is the same one if it ends at the same time, give or take so much.
SAME_TIME_SEC = 0.3


class Change(IntEnum):
    """How much two contents differ."""

    NONE = 0
    PROGRESS = 1
    NEWS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What there is to report, with countdowns as times, so that they do not change by passing.

    Attributes:
        report: without a sequence.
        due: when countdowns end, monotonic seconds, by slot.
    """

    report: DeviceReport
    due: Mapping[Slot, float] = field(default_factory=dict)

    def written(self, *, sequence: int, now: float) -> DeviceReport:
        """Write the report, with countdowns as they are now, monotonic seconds."""
        instances = tuple(
            self._counted_down(each, self.due[each.slot] - now) if each.slot in self.due else each
            for each in self.report.instances
        )
        return replace(self.report, sequence=sequence, instances=instances)

    def _counted_down(self, instance: InstanceReport, left: float) -> InstanceReport:
        return replace(instance, reason=replace(instance.reason, retry_in_sec=max(0.0, left)))


def follow(former: Content, report: DeviceReport, *, now: float) -> Content:
    """Make the content of a report that was just put together, after a former content.

    An instance report that is the very same object is as old as it was.
    """
    known = {each.slot: each for each in former.report.instances}
    due = {}
    for instance in report.instances:
        if instance.reason.retry_in_sec is None:
            continue
        if known.get(instance.slot) is instance:
            due[instance.slot] = former.due[instance.slot]
        else:
            due[instance.slot] = now + instance.reason.retry_in_sec
    return Content(report=report, due=due)


def difference(old: Content, new: Content, *, now: float) -> Change:
    """Tell how much there is to say that was not said."""
    if _frame(old.report) != _frame(new.report):
        return Change.NEWS
    if len(old.report.instances) != len(new.report.instances):
        return Change.NEWS
    worst = Change.NONE
    for former, present in zip(old.report.instances, new.report.instances, strict=True):
        if former is present:
            continue
        change = _between(former, present)
        if _another_countdown(old.due.get(former.slot), new.due.get(present.slot), now):
            change = Change.NEWS
        worst = max(worst, change)
    return worst


def _frame(report: DeviceReport) -> tuple[object, ...]:
    return (
        report.facts,
        report.applied,
        report.removals,
        report.orphans,
        report.notices,
        report.leaving,
    )


def _between(old: InstanceReport, new: InstanceReport) -> Change:
    reason = replace(new.reason, retry_in_sec=old.reason.retry_in_sec)
    if replace(new, reason=reason) == old:
        return Change.NONE
    reason = replace(reason, progress=old.reason.progress)
    return Change.PROGRESS if replace(new, reason=reason) == old else Change.NEWS


def _another_countdown(old: float | None, new: float | None, now: float) -> bool:
    """Tell whether a countdown was set anew; one that merely ended is no news."""
    if new is None or new <= now:
        return False
    return old is None or abs(new - old) > SAME_TIME_SEC
