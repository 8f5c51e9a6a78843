# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is said of executables: to the manager, and to who wants to look into one."""

from __future__ import annotations

from collections.abc import Mapping

from roost_core import situation
from roost_core.desired import DesiredState
from roost_core.names import DeploymentId
from roost_core.observed import InstanceState
from roost_core.package import DeviceRuntime
from roost_core.reconcile import Circumstances, SlotView
from roost_core.report import InstanceReport
from roost_executor.histories import Histories
from roost_executor.looking import Sight
from roost_executor.observe import Picture
from roost_executor.place import Place
from roost_executor.places import Places
from roost_executor.runtimes.contract import Runtime
from roost_executor.telling import blocked, Situation, situation_of


class Describing:
    """Puts into words what is known of places. For the supervisor's own thread."""

    def __init__(
        self, runtimes: Mapping[DeviceRuntime, Runtime], picture: Picture, places: Places
    ) -> None:
        """Take what is known from there."""
        self._runtimes = runtimes
        self._picture = picture
        self._places = places

    def report(self, place: Place, view: SlotView, around: Circumstances) -> InstanceReport:
        """Say how it is with an executable that is desired."""
        assert place.desired is not None
        return situation.describe(
            view,
            around,
            activity=place.doing,
            blocked=blocked(place.desired, self._runtimes, self._picture),
            last_output=place.output,
        )

    def situation(self, desired: DesiredState | None, histories: Histories) -> Situation:
        """Say all that there is to report."""
        in_doubt = [
            kind
            for kind in self._runtimes
            if histories.used(kind) and not self._picture.listed(kind)
        ]
        return situation_of(desired, self._places, self._picture, in_doubt)

    def sights(self, deployment_id: DeploymentId, around: Circumstances) -> tuple[Sight, ...]:
        """Tell what of a deployment runs, and why the rest does not."""
        return tuple(
            self._sight(place, around)
            for slot, place in self._places.items()
            if slot.deployment_id == deployment_id
        )

    def _sight(self, place: Place, around: Circumstances) -> Sight:
        for instance in self._picture.of(place.slot):
            if instance.state is InstanceState.RUNNING:
                runtime = self._runtimes[self._picture.kind_of(instance.identity)]
                return Sight(slot=place.slot, running=(runtime, instance), why='')
        if place.desired is None:
            return Sight(slot=place.slot, running=None, why='it is being removed')
        report = self.report(place, self._places.view(place, around), around)
        why = report.reason.shown() or f'it is {report.status}'
        return Sight(slot=place.slot, running=None, why=why)
