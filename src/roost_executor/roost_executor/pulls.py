# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Pulls of images: one for each image, shared by all slots that wait for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
import logging
import time

from roost_core import error_codes
from roost_core.instance import Slot
from roost_core.status import ReasonKind
from roost_executor.cancellation import Cancellation
from roost_executor.loop import Task
from roost_executor.runtimes.contract import Cancelled, RegistryAuth, Runtime, RuntimeFault
from roost_executor.workers import Workers

logger = logging.getLogger(__name__)

# Between two words about progress.
TELL_SEC = 0.2


@dataclass(slots=True, eq=False)
class Pull:
    """A pull under way, or waiting for its turn.

    Attributes:
        secret: by which it is pulled; empty for none.
        percent: how far it is, or None when that is not known.
    """

    reference: str
    secret: str = ''
    waiting: set[Slot] = field(default_factory=set)
    cancellation: Cancellation = field(default_factory=Cancellation)
    percent: float | None = None


class Pulls:
    """Pull images in a few threads. To be used by one thread, on which it has its tasks posted."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        login: Callable[[str, str], RegistryAuth | None],
        most: int,
        post: Callable[[Task], None],
        progressed: Callable[[Pull], None],
        ended: Callable[[Pull, str | RuntimeFault], None],
    ) -> None:
        """Prepare.

        Args:
            login: gives who pulls an image by a secret of that name.
            most: pulls at a time.
            post: has a task carried out on the owner's thread.
            progressed, ended: called there; the end is a digest, or why there is none.
        """
        self._runtime = runtime
        self._login = login
        self._workers = Workers('pull', most)
        self._post = post
        self._progressed = progressed
        self._ended = ended
        self._pulls: dict[tuple[str, str], Pull] = {}

    def join(self, reference: str, slot: Slot, *, secret: str = '') -> Pull:
        """Let a slot wait for an image, and begin to pull it unless that is being done."""
        pull = self._pulls.get((reference, secret))
        if pull is None:
            pull = self._pulls[reference, secret] = Pull(reference, secret)
            self._workers.submit(lambda: self._carry_out(pull))
        pull.waiting.add(slot)
        return pull

    def leave(self, pull: Pull, slot: Slot) -> None:
        """Let a slot wait no more; a pull for which nobody waits is ended."""
        pull.waiting.discard(slot)
        if not pull.waiting:
            self._forget(pull)
            pull.cancellation.request()

    def close(self) -> None:
        """End all pulls."""
        for pull in self._pulls.values():
            pull.cancellation.request()

    def _forget(self, pull: Pull) -> None:
        if self._pulls.get((pull.reference, pull.secret)) is pull:
            del self._pulls[pull.reference, pull.secret]

    def _carry_out(self, pull: Pull) -> None:
        """Pull, in a thread of the pool."""
        end: str | RuntimeFault
        try:
            if pull.cancellation.requested:
                return
            end = self._runtime.pull(
                pull.reference,
                auth=self._login(pull.reference, pull.secret),
                progress=self._teller(pull),
                cancellation=pull.cancellation,
            )
        except Cancelled:
            return
        except RuntimeFault as fault:
            end = fault
        except Exception as error:
            logger.exception("pulling '%s' failed in an unforeseen way", pull.reference)
            end = defect(f'pulling {pull.reference}', error)
        self._post(lambda: self._on_end(pull, end))

    def _teller(self, pull: Pull) -> Callable[[float | None], None]:
        told_at = 0.0

        def tell(percent: float | None) -> None:
            nonlocal told_at
            now = time.monotonic()
            if now - told_at >= TELL_SEC:
                told_at = now
                self._post(lambda: self._on_progress(pull, percent))

        return tell

    def _on_progress(self, pull: Pull, percent: float | None) -> None:
        pull.percent = percent
        self._progressed(pull)

    def _on_end(self, pull: Pull, end: str | RuntimeFault) -> None:
        self._forget(pull)
        self._ended(pull, end)


def defect(doing: str, error: BaseException) -> RuntimeFault:
    """Make a fault of what nobody foresaw."""
    return RuntimeFault(
        ReasonKind.EXECUTOR_DEFECT,
        error_codes.EXECUTOR_DEFECT,
        f'{doing} failed in a way that the executor does not know: {error!r:.200}',
    )
