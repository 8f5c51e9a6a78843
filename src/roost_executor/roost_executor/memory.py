# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is remembered of the desired instances, kept in step with the durable histories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from roost_core import restart
from roost_core.instance import DesiredInstance
from roost_core.observed import ObservedInstance
from roost_core.reconcile import Circumstances
from roost_core.restart import History, NEVER_STARTED
from roost_executor.histories import Histories
from roost_executor.place import Place
from roost_executor.steps import Job


class Memory:
    """Change what is remembered of places. Only the supervisor's own thread uses it."""

    def __init__(self, histories: Histories, around: Callable[[], Circumstances]) -> None:
        """Prepare."""
        self._histories = histories
        self._around = around

    def of(self, wish: DesiredInstance | None) -> History:
        """Give what is remembered of an instance, with no time ahead of now."""
        if wish is None:
            return NEVER_STARTED
        return restart.rebase(self._histories.get(wish.identity), now=self._around().now)

    def note_sight(self, place: Place, current: ObservedInstance | None, *, gone: bool) -> None:
        """Note what is seen of the desired instance; gone: it certainly does not exist."""
        self._put(place, place.recall(current, self._around(), gone=gone))

    def note_image(self, job: Job, place: Place, digest: str) -> None:
        """Note of which image a job makes the desired instance."""
        if job.intent == place.intent:
            self._put(place, replace(place.history, image_digest=digest))

    def note_start(self, job: Job, place: Place) -> None:
        """Note that a job is about to start the desired instance; end one that is not to."""
        if job.intent != place.intent or place.desired is None:
            job.cancellation.request()
            return
        around = self._around()
        noted = restart.start_noted(
            place.history, place.desired, boot_id=around.boot_id, now=around.now
        )
        self._put(place, noted)

    def note_stuck(self, place: Place, why: str) -> None:
        """Note that the desired instance, which runs, is not alive."""
        self._put(place, replace(place.history, not_alive=why))

    def _put(self, place: Place, history: History) -> None:
        if place.desired is not None and history is not place.history:
            place.history = history
            self._histories.put(place.desired.identity, history)
