# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The deployment manager: look at it, ask it, follow what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
import threading
import time

from roost_cli.following import Deployed, gone, Target
from roost_cli.model import Event
from roost_cli.reading import read
from roost_cli.ros_api.changing import Changing
from roost_cli.ros_api.inside import Inside
from roost_cli.ros_api.looking import Looking
from roost_core.resource import ResourceKind
from roost_interfaces import msg
from roost_wire import endpoints, qos

RESYNC_SEC = 0.5
LOOK_SEC = 0.05
# So many deployments are asked for one by one; beyond, all are listed.
FEW = 4


class Manager(Looking, Changing, Inside):
    """All that a client can do with a manager, and with the devices that it opens."""

    def listen(self, on_event: Callable[[Event], None]) -> None:
        """Be told events as they happen, on the spinning thread."""
        self._session.node.create_subscription(
            msg.DeploymentEvent,
            endpoints.of_manager('events'),
            lambda event: on_event(read(Event, event)),
            qos.EVENTS,
        )

    def follow(
        self, targets: Sequence[Target], timeout_sec: float
    ) -> Iterator[tuple[Deployed, ...]]:
        """Yield these at each change, and at least every RESYNC_SEC, without end.

        Args:
            timeout_sec: seconds until it ends by itself; 0 for never.
        """
        changed = threading.Event()
        pause = threading.Event()
        self.listen(lambda _: changed.set())
        self._session.node.create_subscription(
            msg.DeploymentProgress,
            endpoints.of_manager('progress'),
            lambda _: changed.set(),
            qos.PROGRESS,
        )
        deadline = time.monotonic() + timeout_sec if timeout_sec else float('inf')
        seen: dict[str, Deployed] = {}
        while True:
            changed.clear()
            seen = self._look(targets, seen)
            yield tuple(seen[each.id] for each in targets)
            left = deadline - time.monotonic()
            if left <= 0:
                return
            changed.wait(min(left, RESYNC_SEC))
            pause.wait(LOOK_SEC)  # changes come in swarms: one look for all of them

    def _look(self, targets: Sequence[Target], before: dict[str, Deployed]) -> dict[str, Deployed]:
        kinds = {each.kind for each in targets}
        wanted = [each.id for each in targets if each.kind is ResourceKind.DEPLOYMENT]
        found: dict[str, Deployed] = {}
        if len(wanted) > FEW:
            found |= {each.id: each for each in self.deployments()}
        found |= {id: self.deployment(id).deployment for id in wanted if id not in found}
        if ResourceKind.NETWORK in kinds:
            found |= {each.id: each for each in self.networks()}
        if ResourceKind.VOLUME in kinds:
            found |= {each.id: each for each in self.volumes()}
        return {each.id: found.get(each.id) or gone(each, before) for each in targets}
