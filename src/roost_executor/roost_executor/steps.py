# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Carrying out the steps of one slot, in order, in a thread of a pool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
import logging

from roost_core import error_codes
from roost_core.instance import DesiredInstance, Slot
from roost_core.package import ImagePullPolicy
from roost_core.reconcile import Create, Fetch, Remove, Start, Step, Stop
from roost_core.status import Reason, ReasonKind
from roost_executor.cancellation import Cancellation
from roost_executor.pulls import defect
from roost_executor.runtimes.contract import Cancelled, Runtime, RuntimeFault

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """All steps were carried out."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A newer intent ended it between two steps."""


@dataclass(frozen=True, slots=True)
class NeedsPull:
    """The image must be pulled first; nothing after that was done."""

    reference: str
    secret: str = ''


Outcome = Done | Broken | NeedsPull | RuntimeFault


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """Steps to carry out for a slot, each with the runtime that it is for.

    Attributes:
        intent: what they are to achieve, to tell whether it is still asked for.
        digest: of the image, if it was fetched for this very instance.
        restarts: the instance ran before, so that its image is not pulled without need.
    """

    slot: Slot
    steps: tuple[tuple[Runtime, Step], ...]
    intent: object
    digest: str = ''
    restarts: bool = False
    cancellation: Cancellation = field(default_factory=Cancellation)

    @property
    def waits(self) -> bool:
        """Tell whether it may take as long as a program takes to end."""
        return any(isinstance(step, Stop) for _, step in self.steps)

    @property
    def creates(self) -> DesiredInstance | None:
        """The instance that is created, if any."""
        return next((step.desired for _, step in self.steps if isinstance(step, Create)), None)

    @property
    def fetches(self) -> DesiredInstance | None:
        """The instance whose image is looked for, if any."""
        return next((step.desired for _, step in self.steps if isinstance(step, Fetch)), None)

    def carry_out(
        self,
        *,
        doing: Callable[[Step], None],
        find: Callable[[DesiredInstance], str | None],
        prepare: Callable[[DesiredInstance], None],
    ) -> Outcome:
        """Carry out the steps until one fails.

        Args:
            doing: called before each step.
            find: gives the digest of the image of an instance, if it is here.
            prepare: sees to what an instance needs before it is created, and before a former
                one is stopped for it.
        """
        digest = self.digest
        try:
            if self.creates is not None:
                prepare(self.creates)
            for runtime, step in self.steps:
                if self.cancellation.requested:
                    return Broken()
                doing(step)
                match step:
                    case Fetch(desired=desired):
                        found = digest or self._fetch(desired, find)
                        if not found:
                            return NeedsPull(desired.spec.image, desired.spec.pull_secret)
                        digest = found
                    case Create(desired=desired):
                        runtime.create(desired, image_digest=digest)
                    case Start(desired=desired):
                        runtime.start(desired.identity)
                    case Stop(instance=instance, timeout_sec=timeout_sec):
                        runtime.stop(instance.identity, timeout_sec=timeout_sec)
                    case Remove(instance=instance):
                        runtime.remove(instance.identity)
        except Cancelled:
            return Broken()
        except RuntimeFault as fault:
            return fault
        except Exception as error:
            logger.exception("a step for '%s' failed in an unforeseen way", self.slot)
            return defect(f'a step for {self.slot}', error)
        return Done()

    def _fetch(
        self, desired: DesiredInstance, find: Callable[[DesiredInstance], str | None]
    ) -> str | None:
        """Look for the image; None when it must be pulled."""
        image = desired.spec.image
        policy = desired.spec.image_pull_policy
        if policy is ImagePullPolicy.ALWAYS and not self.restarts:
            return None
        digest = find(desired)
        if digest is None and policy is ImagePullPolicy.NEVER:
            raise RuntimeFault(
                ReasonKind.IMAGE_NOT_FOUND,
                error_codes.IMAGE_NOT_FOUND,
                f'image {image} is not on the device, and its imagePullPolicy is Never: '
                'bring it there, or let it be pulled',
            )
        return digest


def reason_of(step: Step) -> Reason:
    """Say in plain words what is being done."""
    match step:
        case Fetch(desired=desired):
            return Reason(kind=ReasonKind.PULLING, text=f'looking for image {desired.spec.image}')
        case Create() | Start():
            return Reason(kind=ReasonKind.CREATING, text='being created and started')
        case Stop() | Remove():
            generation = step.instance.identity.generation
            return Reason(
                kind=ReasonKind.STOPPING, text=f'stopping generation {generation}, {step.reason}'
            )
