# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a device says of all that it keeps, removes, and finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from roost_core.desired import DesiredState, Removal
from roost_core.instance import Slot
from roost_core.names import DeploymentId
from roost_core.observed import InstanceState
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
    in_doubt: Sequence[RuntimeFault],
) -> Situation:
    """Put together what there is to report.

    Args:
        places: those that are removed are kept in it until nothing of them is left.
        desired: newest desired state, if there ever was one.
        in_doubt: why runtimes cannot be asked that may have something that is not in the picture.
    """
    if desired is None:
        return Situation(orphans=_orphans(picture, places))
    reports = (places[item.slot].report for item in desired.keep)
    return Situation(
        applied=desired.order,
        instances=tuple(report for report in reports if report is not None),
        removals=_removals(desired.remove, places, picture, in_doubt),
        orphans=_orphans(picture, places),
    )


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
    found = []
    for instance in picture:
        place = places.get(instance.identity.slot)
        if place is None or (place.desired is None and not place.removing):
            found.append(
                OrphanReport(
                    slot=instance.identity.slot,
                    deployment_name=instance.deployment_name,
                    generation=instance.identity.generation,
                    instance_id=instance.instance_id,
                    running=instance.state is InstanceState.RUNNING,
                )
            )
    return tuple(sorted(found, key=lambda each: (each.slot, each.generation)))
