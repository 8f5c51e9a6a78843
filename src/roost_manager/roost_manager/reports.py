# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What devices say, and their silence, turned into stored truth."""

from __future__ import annotations

from math import isfinite

from roost_core.device import DeviceRecord
from roost_core.event import Event, EventKind
from roost_core.liveness import Liveness
from roost_core.names import DeviceName, is_device_name
from roost_core.report import DeviceReport
from roost_core.situation import duration
from roost_manager.fleet import Fleet, Presence
from roost_manager.recovery import behind_text
from roost_manager.work import UnitOfWork
from roost_wire.signing import fingerprint

# A second machine under one name is shown for so long after its last word.
RIVAL_SHOWN_SEC = 30.0


def take_report(
    work: UnitOfWork, fleet: Fleet, report: DeviceReport, *, key_id: str, monotonic: float
) -> None:
    """Take in a report whose signature is that of key_id; older ones change nothing."""
    if not is_device_name(report.device):
        return
    record = work.device(report.device)
    if record is None:
        known = fleet.forgotten.get(key_id)
        if known is not None and report.order < known.order:
            return
        record = _register(work, report, key_id, known)
    elif record.key_id != key_id:
        note_rival(work, record, key_id, monotonic=monotonic)
        return
    presence = work.presence(report.device)
    if presence.report is not None and report.order <= presence.report.order:
        if report.order == presence.report.order:
            presence.heard_at = monotonic
        return
    if report.order < record.order:
        return
    work.heard(report.device, report.order)
    report = report.shortened
    former = presence.report
    left = presence.leaving
    if report.applied > (fleet.epoch, record.revision) and not record.ahead:
        # Remembered, for evaluations raise the revision past what the device has applied.
        work.update_device(report.device, ahead=True)
        work.note(_said(report.device, behind_text(report.device)))
    touched = presence.take(report, now=monotonic)
    if (record.facts, record.incarnation) != (report.facts, report.incarnation):
        # The revision may have been raised in this same unit of work: only facts are replaced.
        work.update_device(report.device, facts=report.facts, incarnation=report.incarnation)
    _settle_debts(work, report)
    _note_words(work, former, report)
    judged = _judge(work, fleet, report.device, monotonic=monotonic)
    if judged or former is None or left != presence.leaving:
        touched.update(each.id for each in fleet.on_device(report.device))
    work.evaluate(touched)


def _register(
    work: UnitOfWork, report: DeviceReport, key_id: str, known: DeviceRecord | None
) -> DeviceRecord:
    """Take a device in; one that was forgotten is told what it is to remove."""
    record = DeviceRecord(
        name=report.device,
        key_id=key_id,
        facts=report.facts,
        incarnation=report.incarnation,
        revision=known.revision + 1 if known is not None else 1,
        ahead=known is not None and known.ahead,
        owes=known.owes if known is not None else (),
    )
    work.put_device(record)
    work.note(
        _said(
            report.device,
            f'{report.device} registered with key {fingerprint(key_id)}'
            f' ({report.facts.architecture}, host {report.facts.hostname})',
        )
    )
    return record


def _settle_debts(work: UnitOfWork, report: DeviceReport) -> None:
    record = work.device(report.device)
    assert record is not None
    done = {each.deployment_id for each in report.removals if each.done}
    owes = tuple(each for each in record.owes if each.deployment_id not in done)
    if owes != record.owes:
        work.update_device(report.device, owes=owes, revision=record.revision + 1)


def _note_words(work: UnitOfWork, former: DeviceReport | None, report: DeviceReport) -> None:
    known = former.notices if former is not None else ()
    for notice in report.notices:
        if notice not in known:
            work.note(_said(report.device, notice))
    if report.orphans and (former is None or former.orphans != report.orphans):
        names = ', '.join(sorted({orphan.deployment_name for orphan in report.orphans}))
        work.note(_said(report.device, f'runs what nobody asked for (orphans): {names}'))


def note_rival(work: UnitOfWork, record: DeviceRecord, key_id: str, *, monotonic: float) -> None:
    """Note that another machine speaks under a device's name; it is told once.

    Once, whatever key it names: nobody signs heartbeats, and a new key in each of them must not
    push all other events out.
    """
    presence = work.presence(record.name)
    first = not rival(presence, monotonic=monotonic)
    presence.rival_key_id, presence.rival_at = key_id, monotonic
    if first:
        own = fingerprint(record.key_id)
        work.note(
            _said(
                record.name,
                f'{record.name} is claimed by two machines: key {own} is known,'
                f' key {fingerprint(key_id)} is refused',
            )
        )


def rival(presence: Presence, *, monotonic: float) -> str:
    """Give the key of a second machine under this name, if it spoke of late."""
    recent = monotonic - presence.rival_at <= RIVAL_SHOWN_SEC
    return presence.rival_key_id if recent else ''


def take_heartbeat(
    work: UnitOfWork,
    fleet: Fleet,
    device: DeviceName,
    key_id: str,
    order: tuple[int, int],
    *,
    uptime_sec: float,
    monotonic: float,
) -> bool:
    """Take in a sign of life; tell whether the device is to be asked for its report."""
    record = fleet.devices.get(device)
    if record is None:
        return is_device_name(device)
    if record.key_id != key_id:
        note_rival(work, record, key_id, monotonic=monotonic)
        return False
    presence = work.presence(device)
    if presence.report is None or order > presence.report.order:
        return True
    if presence.leaving or order[0] < presence.report.incarnation:
        return False
    presence.heard_at = monotonic
    if isfinite(uptime_sec):
        presence.uptime_sec, presence.uptime_at = uptime_sec, monotonic
    if _judge(work, fleet, device, monotonic=monotonic):
        work.evaluate(each.id for each in fleet.on_device(device))
    return False


def tick(work: UnitOfWork, fleet: Fleet, *, monotonic: float) -> None:
    """Judge who is online, and what has waited too long."""
    for device in list(fleet.devices):
        if _judge(work, fleet, device, monotonic=monotonic):
            work.evaluate(each.id for each in list(fleet.on_device(device)))
    work.evaluate([*fleet.removing, *fleet.updating])


def _judge(work: UnitOfWork, fleet: Fleet, device: DeviceName, *, monotonic: float) -> bool:
    now = fleet.judge(device, now=monotonic)
    if now is fleet.presences[device].liveness:
        return False
    work.presence(device).liveness = now
    work.note(_said(device, f'{device} is {now}{why_offline(fleet, device, monotonic)}'))
    return True


def why_offline(fleet: Fleet, device: DeviceName, monotonic: float) -> str:
    """Say why a device is not online, as the end of a sentence; empty when it is online."""
    presence = fleet.presences[device]
    if presence.liveness is Liveness.ONLINE:
        return ''
    if presence.leaving:
        return ': its executor was shut down'
    if presence.heard_at is None:
        return ': not heard since the manager started'
    return f': silent for {duration(monotonic - presence.heard_at)}'


def _said(device: DeviceName, message: str) -> Event:
    return Event(kind=EventKind.DEVICE, device=device, message=message)
