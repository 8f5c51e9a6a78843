# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Reports: what a device says about itself. Always whole; the newest one counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from roost_core.document import ALWAYS_WRITTEN
from roost_core.instance import Slot
from roost_core.names import DeploymentId, DeviceName
from roost_core.package import Architecture, DeviceRuntime
from roost_core.policy import DevicePolicy
from roost_core.status import NO_REASON, Reason, Status

REPORT_SCHEMA = 1

MAX_NOTICES = 50
MAX_NOTICE_LENGTH = 500
MAX_REASON_LENGTH = 2000
MAX_WORD_LENGTH = 300
MAX_CODES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An IP address of a network interface."""

    interface: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """What a device is.

    Attributes:
        disk_free_bytes: where images and state live, rounded so that it seldom changes.
        engine_version: empty when there is no engine or it does not answer.
        host_ids: host ids that DDS participants on this device announce.
        address: of the device, under which others reach a server on it; empty when not known.
        policy: what the owner of the device allows; None when it does not tell.
        labels, variables: from the device's own configuration; variables are environment of all
            that is deployed there.
    """

    architecture: Architecture
    runtimes: tuple[DeviceRuntime, ...]
    ros_distro: str = ''
    hostname: str = ''
    addresses: tuple[Address, ...] = ()
    address: str = ''
    policy: DevicePolicy | None = None
    disk_free_bytes: int = 0
    engine_version: str = ''
    executor_version: str = ''
    host_ids: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceReport:
    """State of one instance on a device.

    Attributes:
        started: it was started at least once in this generation.
        former_generation: of an instance that still runs in its place; 0 when there is none.
        exit_code: of the last end, 128 + n after signal n; None while it never ended.
        started_at: last start, Unix time by the device's clock; for display only.
        instance_id: container id, or 'pid@start time'; empty when there is none.
        host_name: host name of its container; empty for native processes.
    """

    slot: Slot
    deployment_name: str
    generation: int
    status: Status
    reason: Reason = NO_REASON
    codes: tuple[str, ...] = ()
    started: bool = False
    former_generation: int = 0
    restart_count: int = 0
    exit_code: int | None = None
    started_at: float | None = None
    image_digest: str = ''
    instance_id: str = ''
    host_name: str = ''


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalReport:
    """How far a removal that was asked for got."""

    deployment_id: DeploymentId
    done: bool
    reason: Reason = NO_REASON


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanReport:
    """Something that Roost once started here and that nobody asks to keep or to remove."""

    slot: Slot
    deployment_name: str
    generation: int
    instance_id: str
    running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReport:
    """A device's report. Ordered by (incarnation, sequence).

    Attributes:
        applied: (epoch, revision) of the desired state that this report answers to, or (0, 0).
        notices: what an operator should know, for example a desired state that was ignored.
        leaving: the executor shuts down; the device is offline at once.
    """

    schema: int = field(default=REPORT_SCHEMA, metadata=ALWAYS_WRITTEN)
    device: DeviceName
    incarnation: int
    sequence: int
    facts: DeviceFacts
    applied: tuple[int, int] = (0, 0)
    instances: tuple[InstanceReport, ...] = ()
    removals: tuple[RemovalReport, ...] = ()
    orphans: tuple[OrphanReport, ...] = ()
    notices: tuple[str, ...] = ()
    leaving: bool = False

    @property
    def order(self) -> tuple[int, int]:
        """Place among the reports of this device."""
        return (self.incarnation, self.sequence)

    @property
    def shortened(self) -> DeviceReport:
        """Itself with no more and no longer words than an operator can read."""
        notices = tuple(notice[:MAX_NOTICE_LENGTH] for notice in self.notices[:MAX_NOTICES])
        instances = tuple(_instance_shortened(each) for each in self.instances)
        if (notices, instances) == (self.notices, self.instances):
            return self
        return replace(self, notices=notices, instances=instances)

    def out_of_range(self) -> str:
        """Name the first number that no message could carry on; empty when there is none."""
        for what, number, least, most in _numbers(self):
            if number is not None and not least <= number <= most:
                return f'{what} is {number:g}, not between {least:g} and {most:g}'
        return ''


def _instance_shortened(instance: InstanceReport) -> InstanceReport:
    reason, codes = instance.reason, instance.codes
    texts = (instance.image_digest, instance.instance_id, instance.host_name, *codes)
    if (
        len(reason.text) <= MAX_REASON_LENGTH
        and len(codes) <= MAX_CODES
        and all(len(text) <= MAX_WORD_LENGTH for text in texts)
    ):
        return instance
    return replace(
        instance,
        reason=replace(reason, text=reason.text[:MAX_REASON_LENGTH]),
        codes=tuple(code[:MAX_WORD_LENGTH] for code in codes[:MAX_CODES]),
        image_digest=instance.image_digest[:MAX_WORD_LENGTH],
        instance_id=instance.instance_id[:MAX_WORD_LENGTH],
        host_name=instance.host_name[:MAX_WORD_LENGTH],
    )


def _numbers(report: DeviceReport) -> Iterator[tuple[str, float | None, float, float]]:
    """List the numbers of a report with their bounds, which are those of the messages' fields."""
    yield 'disk_free_bytes', report.facts.disk_free_bytes, 0, _MOST
    for number in (report.incarnation, report.sequence, *report.applied):
        yield 'an order', number, 0, _MOST
    for orphan in report.orphans:
        yield f'generation of {orphan.slot}', orphan.generation, 0, _MOST
    for each in report.instances:
        yield f'generation of {each.slot}', each.generation, 0, _MOST
        yield f'restart_count of {each.slot}', each.restart_count, 0, 2**32 - 1
        yield f'exit_code of {each.slot}', each.exit_code, -(2**31), 2**31 - 1
        yield f'started_at of {each.slot}', each.started_at, 0, _MOST
    reasons = [each.reason for each in report.instances]
    reasons += [each.reason for each in report.removals]
    for reason in reasons:
        yield 'progress', reason.progress, 0, 100
        yield 'retry_in_sec', reason.retry_in_sec, 0, _MOST


_MOST = 2**63 - 1
