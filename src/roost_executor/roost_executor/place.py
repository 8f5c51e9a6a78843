# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""One slot as the supervisor keeps it: what is asked for, what happened, what is being done."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from roost_core import error_codes, restart
from roost_core.error_codes import ErrorKind
from roost_core.instance import DesiredInstance, Identity, Slot
from roost_core.observed import InstanceState, ObservedInstance
from roost_core.reconcile import (
    Circumstances,
    Create,
    Failure,
    Fetch,
    Remove,
    SlotView,
    Start,
    Step,
    Stop,
)
from roost_core.report import InstanceReport
from roost_core.restart import History, NEVER_STARTED
from roost_core.situation import Activity
from roost_core.status import Reason, ReasonKind
from roost_executor.fetching import Known
from roost_executor.pulls import Pull
from roost_executor.runtimes.contract import (
    Changed,
    FinalFault,
    Gone,
    Resync,
    RuntimeEvent,
    RuntimeFault,
)
from roost_executor.steps import Job, reason_of

IMAGE_CODES = frozenset(
    {
        error_codes.IMAGE_NOT_FOUND,
        error_codes.REGISTRY_DENIED,
        error_codes.REGISTRY_UNREACHABLE,
    }
)


class Intent(NamedTuple):
    """What is asked for in a slot."""

    identity: Identity | None
    removing: bool
    run: bool = False
    restarts: int = 0


@dataclass(slots=True, eq=False)
class Place:
    """State of one slot. Only the supervisor's own thread touches it.

    Attributes:
        removing: it, or its deployment, is named for removal.
        pull: that it waits for.
        digest: of the image that was pulled for the desired instance.
        unpinned: why the very image that it is to have cannot be had.
        creating, starting: instances of which nothing was heard since they were told to be
            created, to start.
        ending: those that were told to end, and when the run began that is to end, Unix seconds.
        going: instances that were removed, and whose end was not heard yet.
        heard_by: when waiting for word of these is given up, Unix seconds.
        output: last line that the desired instance wrote before it ended at output_of.
        report: what is said of it, once it was decided about.
    """

    slot: Slot
    desired: DesiredInstance | None = None
    removing: bool = False
    history: History = NEVER_STARTED
    failure: Failure | None = None
    job: Job | None = None
    pull: Pull | None = None
    digest: str = ''
    unpinned: str = ''
    activity: Activity | None = None
    creating: set[Identity] = field(default_factory=set)
    starting: set[Identity] = field(default_factory=set)
    ending: dict[Identity, float | None] = field(default_factory=dict)
    going: set[Identity] = field(default_factory=set)
    heard_by: float = 0.0
    output: str = ''
    output_of: float | None = None
    report: InstanceReport | None = None

    @property
    def intent(self) -> Intent:
        """What is asked for here; work for another intent is of no use any more."""
        desired = self.desired
        if desired is None:
            return Intent(None, self.removing)
        return Intent(desired.identity, self.removing, desired.run, desired.restarts)

    def rebase(self, now: float, *, hear_sec: float) -> None:
        """Move what lies ahead to now: the clock was set back, and waiting must end."""
        self.history = restart.rebase(self.history, now=now)
        self.heard_by = min(self.heard_by, now + hear_sec)
        if self.failure is not None:
            self.failure = replace(self.failure, at=min(self.failure.at, now))

    def ask(self, desired: DesiredInstance | None, history: History, *, removing: bool) -> bool:
        """Take a newer wish; tell whether the image of the former one is of no use for it.

        Args:
            history: of what is desired, unless that is what was desired before.
        """
        former = self.intent
        self.desired, self.removing = desired, removing
        intent = self.intent
        if intent == former:
            return False
        self.failure = None
        if (intent.identity, intent.removing) != (former.identity, former.removing):
            self.history = history
            self.digest = self.unpinned = ''
            self.output, self.output_of = '', None
        elif intent.run:
            return False
        if self.pull is None and self.job is None:
            self.activity = None
        return True

    @property
    def doing(self) -> Activity | None:
        """What is being done here, or was and is not heard of yet."""
        if self.activity is None and self.starting:
            return Activity(reason=Reason(kind=ReasonKind.CREATING, text='being started'))
        return self.activity

    def view(self, observed: tuple[ObservedInstance, ...]) -> SlotView:
        """Join what is known here."""
        return SlotView(
            slot=self.slot,
            desired=self.desired,
            removing=self.removing,
            observed=observed,
            history=self.history,
            failure=self.failure,
        )

    def fail(self, fault: RuntimeFault, now: float) -> None:
        """Note that a step failed."""
        entry = error_codes.explain(fault.code)
        reason = fault.reason
        if self.unpinned and fault.code in IMAGE_CODES:
            reason = replace(reason, text=f'{reason.text}; {self.unpinned}')
        self.failure = Failure(
            reason=reason,
            code=fault.code,
            final=isinstance(fault, FinalFault)
            or (entry is not None and entry.kind is ErrorKind.UNSUPPORTED),
            attempts=self.failure.attempts + 1 if self.failure is not None else 1,
            at=now,
        )
        if fault.code in IMAGE_CODES:
            self.digest = self.unpinned = ''

    def note_pull(self, pull: Pull, end: str | RuntimeFault, now: float) -> None:
        """Note the end of the pull that it waited for: a digest, or why there is none.

        Where the very image that is to run cannot be had, its name is all there is left.
        """
        self.pull = self.activity = None
        if not isinstance(end, RuntimeFault):
            self.digest = end
            self.failure = None  # a reason not to have the image is over
            return
        digest = self.desired.image_digest if self.desired is not None else ''
        if digest and '@' in pull.reference and pull.reference.endswith(digest):
            self.unpinned = (
                f'the very image that ran before, {digest}, cannot be had either: {end.text}'
            )
        else:
            self.fail(end, now)

    @property
    def image(self) -> Known:
        """What is known of the image of the desired instance."""
        return Known(
            pulled=self.digest,
            fetched=self.history.image_digest,
            unpinned=self.unpinned,
            ran=self.history.started,
        )

    def whose_output_to_read(self, current: ObservedInstance | None) -> ObservedInstance | None:
        """Give the desired instance if it ended badly, and nobody has read yet what it said."""
        if current is None or current.state is not InstanceState.ENDED or current.exit_code == 0:
            return None
        if current.by_hand or self.output_of == current.ended_at:
            return None
        self.output, self.output_of = '', current.ended_at
        return current

    def note_output(self, ended: ObservedInstance, text: str) -> bool:
        """Note what an instance said last; tell whether that is still of interest."""
        wanted = self.intent.identity == ended.identity and self.output_of == ended.ended_at
        if wanted:
            self.output = text
        return wanted

    def begin(self, step: Step) -> None:
        """Note that a step is begun, of which word will come."""
        if not (isinstance(step, Fetch) and self.digest):  # what was just pulled is there
            self.activity = Activity(reason=reason_of(step))
        match step:
            case Create(desired=desired):
                self.creating.add(desired.identity)
            case Start(desired=desired):
                self.starting.add(desired.identity)
            case Stop(instance=instance):
                self.ending[instance.identity] = instance.started_at
            case Remove(instance=instance):
                self.going.add(instance.identity)

    def hear(self, event: RuntimeEvent, observed: tuple[ObservedInstance, ...]) -> None:
        """Note that word came, and what there is now."""
        match event:
            case Changed(instance):
                self.creating.discard(instance.identity)
                is_former = self._is_former_run(instance)
                if instance.state is InstanceState.ENDED or instance.identity in self.starting:
                    self.ending.pop(instance.identity, None)
                if instance.state is not InstanceState.CREATED and not is_former:
                    self.starting.discard(instance.identity)
            case Gone(identity):
                self.ending.pop(identity, None)
                for awaited in (self.creating, self.starting, self.going):
                    awaited.discard(identity)
            case Resync():
                # What was created or started since the list was made is still to be heard of.
                states = {each.identity: each.state for each in observed}
                former = {each.identity for each in observed if self._is_former_run(each)}
                self.creating -= states.keys()
                self.going &= states.keys()
                self.ending = {
                    each: began
                    for each, began in self.ending.items()
                    if states.get(each) is InstanceState.RUNNING and each in former
                }
                self.starting = {
                    each
                    for each in self.starting
                    if states.get(each, InstanceState.CREATED) is InstanceState.CREATED
                    or each in former
                }
                if self.failure is not None and (
                    self.failure.code == error_codes.ENGINE_UNREACHABLE
                ):
                    self.failure = None

    def _is_former_run(self, instance: ObservedInstance) -> bool:
        """Tell whether it is the run that was told to end: no word of a start after that."""
        began = self.ending.get(instance.identity)
        return (
            began is not None and instance.started_at is not None and instance.started_at <= began
        )

    def expect_nothing(self) -> None:
        """Wait for word no more."""
        for awaited in (self.creating, self.starting, self.ending, self.going):
            awaited.clear()

    def is_settled(self, now: float) -> bool:
        """Tell whether the picture shows what was done here, or does not for too long."""
        if self.job is None and now >= self.heard_by:
            self.expect_nothing()
        return not (self.creating or self.starting or self.ending or self.going)

    def recall(
        self, current: ObservedInstance | None, around: Circumstances, *, gone: bool
    ) -> History:
        """Give the history with what is seen now.

        Args:
            gone: the desired instance certainly does not exist.
        """
        history = self.history
        if self.desired is not None:
            ending = self.desired.identity in self.ending
            history = restart.heed(history, self.desired, current, stopping=ending)
            if ending and current is not None and current.state is InstanceState.RUNNING:
                return history  # it was stopped: its end is about to be heard
        if current is not None:
            return restart.absorb(
                history,
                current,
                boot_id=around.boot_id,
                now=around.now,
                back_off=around.back_off,
            )
        if gone:
            return restart.lost(history, now=around.now, back_off=around.back_off)
        return history

    def waits_for_pull(self, pull: Pull) -> None:
        """Say that it waits for an image, and how far that is."""
        self.pull = pull
        self.activity = Activity(
            reason=Reason(
                kind=ReasonKind.PULLING,
                text=f'pulling {pull.reference}',
                progress=pull.percent,
            )
        )
