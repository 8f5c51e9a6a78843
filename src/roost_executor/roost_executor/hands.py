# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The threads that do what the supervisor decided, and tell it what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
import logging
import re
import threading

from roost_core.instance import Identity, Slot
from roost_core.observed import ObservedInstance
from roost_core.package import DeviceRuntime
from roost_core.reconcile import Step
from roost_core.status import Reason
from roost_executor.images import Images
from roost_executor.loop import Task
from roost_executor.preparation import Preparation
from roost_executor.pulls import defect, Pull, Pulls
from roost_executor.runtimes.contract import Runtime, RuntimeFault
from roost_executor.steps import Job, Means, Outcome
from roost_executor.workers import Workers

logger = logging.getLogger(__name__)

LINE_LENGTH = 300

# Colours and the like, which programs write for terminals (ECMA-48, control sequences).
_ESCAPES = re.compile(r'\x1b\[[0-?]*[ -/]*[@-~]')

# How long the supervisor's thread may take to get to something small.
DO_SEC = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is done at a time: creating and starting, waiting for ends, pulling, asking."""

    workers: int = 8
    stopping: int = 32
    pulls: int = 3
    probes: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """What is called, on the supervisor's thread, when something was begun or done."""

    doing: Callable[[Job, Step], None]
    fetched: Callable[[Job, str], None]
    noted: Callable[[Job], None]
    preparing: Callable[[Job, Reason], None]
    did: Callable[[Job, Outcome], None]
    progressed: Callable[[Pull], None]
    pulled: Callable[[Pull, str | RuntimeFault], None]
    read: Callable[[ObservedInstance, str], None]


class Hands:
    """Pools of threads for the calls that block. Told what to do by the supervisor's thread."""

    def __init__(
        self,
        runtimes: Mapping[DeviceRuntime, Runtime],
        limits: Limits,
        *,
        preparation: Preparation,
        post: Callable[[Task], None],
        kept: Callable[[], bool],
        taken_in: Callable[[DeviceRuntime, Identity], None],
        tell: Listener,
    ) -> None:
        """Prepare.

        Args:
            post: has a task carried out on the supervisor's thread.
            kept: waits until all that is remembered is on the disk; tells whether it is.
            taken_in: waits until what an instance wrote is kept.
        """
        self._runtimes = runtimes
        self._preparation = preparation
        self._post = post
        self._kept = kept
        self._taken_in = taken_in
        self._tell = tell
        self._images = {kind: Images(runtime) for kind, runtime in runtimes.items()}
        self._workers = Workers('work', limits.workers)
        self._stopping = Workers('stop', limits.stopping)
        self._pulls = {
            kind: Pulls(
                runtime,
                login=preparation.login,
                most=limits.pulls,
                post=post,
                progressed=tell.progressed,
                ended=partial(self._on_pulled, kind),
            )
            for kind, runtime in runtimes.items()
        }

    def carry_out(self, job: Job) -> None:
        """Begin a job; one that waits for a program's end, or for files, holds up no other."""
        fetches = job.creates is not None and self._preparation.takes_long(job.creates)
        pool = self._stopping if job.waits or fetches else self._workers
        pool.submit(lambda: self._carry_out(job))

    def pull(self, kind: DeviceRuntime, reference: str, slot: Slot, *, secret: str) -> Pull:
        """Let a slot wait for an image; see Pulls."""
        return self._pulls[kind].join(reference, slot, secret=secret)

    def _on_pulled(self, kind: DeviceRuntime, pull: Pull, end: str | RuntimeFault) -> None:
        self._images[kind].forget(pull.reference)  # it was not here a moment ago
        self._tell.pulled(pull, end)

    def leave(self, pull: Pull, slot: Slot) -> None:
        """Let a slot wait no more; see Pulls."""
        for pulls in self._pulls.values():
            pulls.leave(pull, slot)

    def read_output(self, kind: DeviceRuntime, ended: ObservedInstance) -> None:
        """Have read what an instance said before it ended."""
        runtime = self._runtimes[kind]
        self._workers.submit(lambda: self._read(runtime, ended))

    def end_pulls(self) -> None:
        """End all pulls."""
        for pulls in self._pulls.values():
            pulls.close()

    def _carry_out(self, job: Job) -> None:
        outcome = job.carry_out(
            Means(
                doing=lambda step: self._post(lambda: self._tell.doing(job, step)),
                find=lambda desired, name, digest: self._images[desired.spec.runtime].digest(
                    name, digest
                ),
                prepare=lambda desired: self._preparation.prepare(
                    desired,
                    cancellation=job.cancellation,
                    tell=lambda reason: self._post(lambda: self._tell.preparing(job, reason)),
                ),
                fetched=lambda digest: self._have_done(lambda: self._tell.fetched(job, digest)),
                noted=lambda: self._have_done(lambda: self._tell.noted(job)),
                kept=self._kept,
                taken_in=self._taken_in,
            )
        )
        if isinstance(outcome, RuntimeFault) and job.fetches is not None:
            self._images[job.fetches.spec.runtime].forget(job.fetches.spec.image)
        self._post(lambda: self._tell.did(job, outcome))

    def _have_done(self, task: Task) -> None:
        """Have a task carried out on the supervisor's thread, and wait for that."""
        done = threading.Event()

        def do() -> None:
            task()
            done.set()

        self._post(do)
        if not done.wait(DO_SEC):
            raise defect('remembering', TimeoutError(f'not done within {DO_SEC:g} s'))

    def _read(self, runtime: Runtime, ended: ObservedInstance) -> None:
        try:
            lines = runtime.last_output(ended.identity).splitlines()
        except Exception:
            logger.exception("the output of '%s' cannot be read", ended.identity.slot)
            return
        plain = (_ESCAPES.sub('', line).strip() for line in reversed(lines))
        text = next((line for line in plain if line), '')
        if text:
            self._post(lambda: self._tell.read(ended, text[:LINE_LENGTH]))
