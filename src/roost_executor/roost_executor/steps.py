# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Carrying out the steps of one slot, in order, in a thread of a pool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
import logging

from roost_core import error_codes
from roost_core.instance import DesiredInstance, Identity, Slot
from roost_core.observed import InstanceState
from roost_core.package import DeviceRuntime
from roost_core.reconcile import Create, Fetch, Note, Remove, Start, Step, Stop
from roost_core.status import Reason, ReasonKind
from roost_executor import fetching
from roost_executor.cancellation import Cancellation
from roost_executor.fetching import Known, NeedsPull, NOTHING
from roost_executor.pulls import defect
from roost_executor.runtimes.contract import Cancelled, Runtime, RuntimeFault

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """All steps were carried out."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A newer intent ended it between two steps."""


Outcome = Done | Broken | NeedsPull | RuntimeFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a job is carried out with, beside the runtimes; all may be called from its thread.

    Attributes:
        doing: called before each step.
        find: gives the digest of an image that is here, by name and, unless empty, digest.
        prepare: sees to what an instance needs before it is created, and before a former one is
            stopped for it.
        fetched: has the digest of the image remembered; it is, at the return.
        noted: has it remembered that the instance is about to be started.
        kept: waits until what is remembered is on the disk; tells whether it is.
        taken_in: waits until what an instance wrote is kept, for it is about to be removed.
    """

    doing: Callable[[Step], None]
    find: Callable[[DesiredInstance, str, str], str | None]
    prepare: Callable[[DesiredInstance], None]
    fetched: Callable[[str], None]
    noted: Callable[[], None]
    kept: Callable[[], bool]
    taken_in: Callable[[DeviceRuntime, Identity], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """Steps to carry out for a slot, each with the runtime that it is for.

    Attributes:
        intent: what they are to achieve, to tell whether it is still asked for.
        image: what is known of the image of the desired instance.
    """

    slot: Slot
    steps: tuple[tuple[Runtime, Step], ...]
    intent: object
    image: Known = NOTHING
    cancellation: Cancellation = field(default_factory=Cancellation)

    @property
    def waits(self) -> bool:
        """Tell whether it may take as long as a program takes to end, and to have said all."""
        return any(isinstance(step, Stop | Remove) for _, step in self.steps)

    @property
    def creates(self) -> DesiredInstance | None:
        """The instance that is created, if any."""
        return next((step.desired for _, step in self.steps if isinstance(step, Create)), None)

    @property
    def fetches(self) -> DesiredInstance | None:
        """The instance whose image is looked for, if any."""
        return next((step.desired for _, step in self.steps if isinstance(step, Fetch)), None)

    def carry_out(self, means: Means) -> Outcome:
        """Carry out the steps until one fails."""
        try:
            return self._carry_out(means)
        except Cancelled:
            return Broken()
        except RuntimeFault as fault:
            return fault
        except Exception as error:
            logger.exception("a step for '%s' failed in an unforeseen way", self.slot)
            return defect(f'a step for {self.slot}', error)

    def _carry_out(self, means: Means) -> Outcome:
        digest = ''
        if self.creates is not None:
            means.prepare(self.creates)
        for runtime, step in self.steps:
            if self.cancellation.requested:
                return Broken()
            means.doing(step)
            match step:
                case Fetch(desired=desired):
                    found = fetching.look(desired, self.image, partial(means.find, desired))
                    if isinstance(found, NeedsPull):
                        return found
                    digest = found
                    if digest != self.image.fetched:
                        means.fetched(digest)
                case Create(desired=desired):
                    runtime.create(desired, image_digest=digest)
                case Note():
                    means.noted()
                    means.kept()
                case Start(desired=desired):
                    runtime.start(desired.identity)
                case Stop(instance=instance, timeout_sec=timeout_sec):
                    self._secure(means)
                    runtime.stop(instance.identity, timeout_sec=timeout_sec)
                case Remove(instance=instance):
                    self._secure(means)
                    if instance.state is not InstanceState.CREATED:
                        means.taken_in(runtime.kind, instance.identity)
                    runtime.remove(instance.identity)
        return Done()

    def _secure(self, means: Means) -> None:
        """Have on the disk what must not be lost once something is stopped.

        That is why it is stopped, and which image replaces it: without that a power cut could
        leave neither the former instance nor, without a registry, the new one. Not even a full
        disk keeps from ending what is only ended.
        """
        if not means.kept() and self.fetches is not None:
            raise RuntimeFault(
                ReasonKind.DISK_FULL,
                error_codes.DISK_FULL,
                'what is about to be replaced runs on: the executor cannot write down which image '
                'comes instead. Free space where it keeps its state',
            )


def reason_of(step: Step) -> Reason:
    """Say in plain words what is being done."""
    match step:
        case Fetch(desired=desired):
            return Reason(kind=ReasonKind.PULLING, text=f'looking for image {desired.spec.image}')
        case Create() | Note() | Start():
            return Reason(kind=ReasonKind.CREATING, text='being created and started')
        case Stop() | Remove():
            generation = step.instance.identity.generation
            return Reason(
                kind=ReasonKind.STOPPING, text=f'stopping generation {generation}, {step.reason}'
            )
