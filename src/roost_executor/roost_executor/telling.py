# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a device says of all that it keeps, removes, and finds."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from roost_core import error_codes
from roost_core.desired import DesiredState, Removal
from roost_core.instance import DesiredInstance, Slot
from roost_core.names import DeploymentId
from roost_core.observed import InstanceState, ObservedInstance
from roost_core.package import DeviceRuntime
from roost_core.reconcile import Failure
from roost_core.report import InstanceReport, OrphanReport, RemovalReport
from roost_core.status import Reason, ReasonKind
from roost_executor.observe import Picture
from roost_executor.place import Place
from roost_executor.runtimes.contract import RuntimeFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What there is to report.

    Attributes:
        applied: order of the desired state that it answers to; (0, 0) when there is none.
    """

    applied: tuple[int, int] = (0, 0)
    instances: tuple[InstanceReport, ...] = ()
    removals: tuple[RemovalReport, ...] = ()
    orphans: tuple[OrphanReport, ...] = ()


def situation_of(
    desired: DesiredState | None,
    places: Mapping[Slot, Place],
    picture: Picture,
    in_doubt: Sequence[DeviceRuntime],
) -> Situation:
    """Put together what there is to report.

    Args:
        places: those that are removed are kept in it until nothing of them is left.
        desired: newest desired state, if there ever was one.
        in_doubt: runtimes that may have something which is not in the picture.
    """
    if desired is None:
        return Situation(orphans=_orphans(picture, places))
    faults = [fault for kind in in_doubt if (fault := picture.fault(kind)) is not None]
    reports = (places[item.slot].report for item in desired.keep)
    return Situation(
        applied=desired.order,
        instances=tuple(report for report in reports if report is not None),
        removals=_removals(desired.remove, places, picture, faults),
        orphans=_orphans(picture, places),
    )


def blocked(
    desired: DesiredInstance, offered: Container[DeviceRuntime], picture: Picture
) -> Failure | None:
    """Say why the runtime of an instance cannot be used at all, if it cannot.

    The runtime tells when that is over.
    """
    kind = desired.spec.runtime
    if kind not in offered:
        reason = Reason(
            kind=ReasonKind.RUNTIME_MISSING,
            text=f'this device does not offer the runtime {kind}',
        )
        return Failure(reason=reason, code=error_codes.RUNTIME_MISSING, final=True)
    fault = picture.fault(kind)
    return Failure(reason=fault.reason, code=fault.code, final=True) if fault else None


def _removals(
    asked: Sequence[Removal],
    places: Mapping[Slot, Place],
    picture: Picture,
    in_doubt: Sequence[RuntimeFault],
) -> tuple[RemovalReport, ...]:
    left: dict[DeploymentId, list[Place]] = {each.deployment_id: [] for each in asked}
    for place in places.values() if asked else ():
        if place.removing and place.slot.deployment_id in left:
            left[place.slot.deployment_id].append(place)
    return tuple(
        RemovalReport(deployment_id=deployment_id, done=True)
        if not remaining and not in_doubt
        else RemovalReport(
            deployment_id=deployment_id,
            done=False,
            reason=_why_not(remaining, picture, in_doubt),
        )
        for deployment_id, remaining in left.items()
    )


def _why_not(left: Sequence[Place], picture: Picture, in_doubt: Sequence[RuntimeFault]) -> Reason:
    for place in left:
        if place.failure is not None:
            return place.failure.reason
        for instance in picture.of(place.slot):
            fault = picture.fault(picture.kind_of(instance.identity))
            if fault is not None:
                return fault.reason
    if not left:
        return in_doubt[0].reason
    names = ', '.join(f'{place.slot.component}/{place.slot.executable}' for place in left)
    return Reason(kind=ReasonKind.STOPPING, text=f'stopping {names}')


def _orphans(picture: Picture, places: Mapping[Slot, Place]) -> tuple[OrphanReport, ...]:
    found = [*picture.orphans, *(each for each in picture if _is_unknown(each, places))]
    reports = (
        OrphanReport(
            slot=instance.identity.slot,
            deployment_name=instance.deployment_name,
            generation=instance.identity.generation,
            instance_id=instance.instance_id,
            running=instance.state is InstanceState.RUNNING,
        )
        for instance in found
    )
    return tuple(sorted(reports, key=lambda each: (each.slot, each.generation)))


def _is_unknown(instance: ObservedInstance, places: Mapping[Slot, Place]) -> bool:
    place = places.get(instance.identity.slot)
    return place is None or (place.desired is None and not place.removing)
