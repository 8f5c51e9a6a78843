# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""From a desired state that is heard, or remembered, to one that is obeyed."""

from __future__ import annotations

from collections.abc import Callable

from roost_core.desired import DesiredState
from roost_executor.checkpoint import Checkpoint, CheckpointCorrupt, SealedState
from roost_executor.notices import Notices
from roost_executor.trust import NameClaimed, Trust


class Intake:
    """Take desired states, one at a time."""

    def __init__(
        self,
        trust: Trust,
        checkpoint: Checkpoint,
        notices: Notices,
        *,
        ask: Callable[[DesiredState], None],
        release: Callable[[tuple[int, int]], None],
        claimed: Callable[[str], None],
    ) -> None:
        """Prepare.

        Args:
            ask: has the device made to match.
            release: called with the order of a desired state once it cannot be forgotten.
            claimed: called with what to say when the device's name belongs to another machine.
        """
        self._trust = trust
        self._checkpoint = checkpoint
        self._notices = notices
        self._ask = ask
        self._release = release
        self._claimed = claimed
        self._untaken: SealedState | None = None
        self._unkept: SealedState | None = None

    def resume(self) -> None:
        """Go on with what was asked for last."""
        try:
            sealed = self._checkpoint.read()
        except CheckpointCorrupt as damage:
            self._notices.put('checkpoint', str(damage))
            return
        state = self._trust.resume(sealed) if sealed is not None else None
        if state is not None:
            self._ask(state)
            self._release(state.order)

    def take(self, sealed: SealedState) -> None:
        """Take a desired state that was heard.

        It is worked on while the disk keeps it; only what is confirmed waits for that. What the
        disk refuses is tried again by `retry`: nobody says it twice.
        """
        self._untaken = None
        try:
            state = self._trust.judge(sealed)
        except NameClaimed as claim:
            self._claimed(str(claim))
            return
        except OSError as error:
            self._untaken = sealed
            self._notices.put('checkpoint', f'cannot keep the key of the manager: {error}')
            return
        if state is None:
            return
        self._ask(state)
        self._keep(sealed)
        self._release(state.order)

    def retry(self) -> None:
        """Try again what the disk refused."""
        if self._untaken is not None:
            self.take(self._untaken)
        elif self._unkept is not None:
            self._keep(self._unkept)

    def _keep(self, sealed: SealedState) -> None:
        self._unkept = None
        try:
            self._checkpoint.write(sealed)
        except OSError as error:
            self._unkept = sealed
            self._notices.put(
                'checkpoint',
                f'cannot keep what this device is to run ({error}): after a reboot it begins with'
                ' what it was asked for earlier, until the manager is heard',
            )
        else:
            self._notices.settle('checkpoint')

    def refuse(self, why: str) -> None:
        """Note that something unreadable was heard."""
        self._notices.put('refused', f'ignored a desired state: {why}')
