# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The life of a fleet, from nothing to all being as it was asked for."""

from __future__ import annotations

from collections.abc import Callable
import threading

from faults.operator import Operator
from faults.soak.asking import Asking
from faults.soak.chance import Draw, draws
from faults.soak.checking import Checking
from faults.soak.hurting import Hurting
from faults.soak.world import World
from testbed import eventually

# Devices and a manager that make up their minds fast; otherwise waiting rules the pace.
EXECUTOR_PARAMETERS = {
    'runtimes': ['docker', 'preinstalled'],  # also where all of this runs in a container
    'restart_first_sec': 0.2,
    'restart_cap_sec': 2.0,
    'proving_sec': 1.0,
}
MANAGER_PARAMETERS = {'removal_deadline_sec': 10.0, 'update_proving_sec': 1.0}

PAUSES = 7
PAUSE_SEC = 0.1
CONVERGED_SEC = 90.0


class Soak:
    """Have things happen to a fleet, and check after each what always holds."""

    def __init__(self, operator: Operator, seed: int, say: Callable[[str], None]) -> None:
        self._operator = operator
        self._seed = seed
        self._say = say
        world = World()
        asking = Asking(operator, world)
        hurting = Hurting(operator, world, asking)
        asking.prepare()
        self._checking = Checking(operator, world)
        self._doings: dict[Callable[[Draw], str], int] = {
            asking.deploy: 8,
            asking.deploy_full: 3,
            asking.deprovision: 4,
            asking.update: 7,
            asking.cancel: 1,
            asking.choose: 4,
            asking.bring_volume: 1,
            asking.bring_network: 1,
            asking.delete: 2,
            asking.change_config: 1,
            asking.change_secret: 1,
            asking.push: 1,
            hurting.kill_instance: 4,
            hurting.kill_manager: 2,
            hurting.kill_executor: 3,
            hurting.kill_engine: 1,
            hurting.restart_node: 2,
            hurting.restart_engine: 1,
            hurting.reboot: 1,
            hurting.cut_or_heal: 3,
            hurting.start_again: 5,
        }

    def run(self, operations: int) -> None:
        """Do so many things, then have everything started, and wait until all is as asked."""
        doings = {doing.__name__: doing for doing in self._doings}
        weights = {doing.__name__: weight for doing, weight in self._doings.items()}
        for number, draw in enumerate(draws(self._seed, operations, weights), start=1):
            pause = draw.number(PAUSES) * PAUSE_SEC
            what = doings[draw.what](draw)
            if what:
                self._say(f'{number:4} {what}')
            self._checking.always()
            threading.Event().wait(pause)
        self._say('     start and heal all, wait')
        self._operator.start_all()
        eventually(self._checking.converged, CONVERGED_SEC, 'all is as asked', period_sec=0.3)
        self._checking.history()
