# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""In which order what was running starts again after a reboot, with nobody there to ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from roost_core import reconcile, restart
from roost_core.names import DeploymentId
from roost_core.observed import InstanceState
from roost_core.reconcile import Circumstances, SlotView


def waits_for(
    view: SlotView,
    of: Callable[[DeploymentId], Iterable[SlotView]],
    around: Circumstances,
) -> str:
    """Name the deployment that is to start before an instance does; empty when there is none.

    Only what would start again after a reboot waits, and not for what will not run.

    Args:
        of: gives the slots of a deployment on this device.
    """
    desired, current = view.desired, view.current
    if desired is None or not desired.after or around.order_left_sec <= 0.0:
        return ''
    if current is not None and current.state is InstanceState.RUNNING:
        return ''
    if not restart.rebooted(view.history, around.boot_id):
        return ''
    for deployment_id in desired.after:
        if deployment_id == view.slot.deployment_id:
            continue
        for other in of(deployment_id):
            if other.desired is not None and _is_about_to_run(other, around):
                return other.desired.deployment_name
    return ''


def _is_about_to_run(view: SlotView, around: Circumstances) -> bool:
    """Tell whether what is desired in a slot does not run, and will before long."""
    assert view.desired is not None
    current = view.current
    if current is not None and current.state is InstanceState.RUNNING:
        return False
    if not view.desired.run or view.failure is not None:
        return False
    if restart.start_is_due(view.history, view.desired):
        return True
    again = reconcile.decide_restart(view, around)
    return again.restart and not again.crash_loop
