# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Make the device match what is asked of it: one thread decides, pools of threads carry out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
import threading
import time

from roost_core import reconcile
from roost_core.desired import DesiredState
from roost_core.instance import Identity, Slot
from roost_core.names import DeploymentId
from roost_core.observed import InstanceState, ObservedInstance
from roost_core.package import DeviceRuntime
from roost_core.reconcile import Circumstances, Create, SlotView, Step
from roost_core.restart import BackOff
from roost_core.situation import Activity
from roost_core.status import Reason
from roost_executor.describing import Describing
from roost_executor.fetching import NeedsPull
from roost_executor.hands import DO_SEC, Hands, Limits, Listener
from roost_executor.histories import Histories
from roost_executor.looking import Sight
from roost_executor.loop import Loop
from roost_executor.memory import Memory
from roost_executor.observe import Picture
from roost_executor.place import Place
from roost_executor.places import Places
from roost_executor.preparation import Preparation
from roost_executor.probes import Followed, Probes
from roost_executor.pulls import Pull
from roost_executor.runtimes.contract import (
    Changed,
    Gone,
    Resync,
    Runtime,
    RuntimeEvent,
    RuntimeFault,
    Unreachable,
)
from roost_executor.steps import Done, Job, Outcome
from roost_executor.telling import Situation
from roost_executor.watches import Watches

# How long word of what was done may take, before it is simply done again: that is free.
HEAR_SEC = 5.0

# The clock was set back, if it shows so much less than before.
SET_BACK_SEC = 1.0


class Supervisor:
    """Keep every slot as it is desired.

    Everything that is decided is decided on one thread, from the newest desired state and the
    picture; tasks that others post wake it, and so does the time at which something is due. At
    most one job is under way for a slot; a newer intent ends it between two steps.
    """

    def __init__(
        self,
        runtimes: Mapping[DeviceRuntime, Runtime],
        *,
        histories: Histories,
        boot_id: str,
        show: Callable[[Situation], None],
        complain: Callable[[str, str], None],
        reached: Callable[[DeviceRuntime, bool], None],
        back_off: BackOff,
        limits: Limits,
        boot_order_sec: float = 30.0,
        preparation: Preparation | None = None,
        overhear: Callable[[DeviceRuntime, RuntimeEvent], None] = lambda kind, event: None,
        taken_in: Callable[[DeviceRuntime, Identity], None] = lambda kind, identity: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare; `start` begins.

        Args:
            show: takes what there is to report whenever anything was decided; must return soon.
            complain: takes a topic and what an operator should know of it.
            reached: called when a runtime came (True) or went; must return soon.
            boot_order_sec: how long what starts again after a reboot waits for its turn, at most.
            preparation: what is done before an instance is created; None: only what is usual.
            overhear: takes what runtimes tell; must return soon.
            taken_in: waits until what an instance wrote is kept, before it is removed.
            clock: Unix seconds.
        """
        self._runtimes = dict(runtimes)
        self._histories = histories
        self._boot_id = boot_id
        self._show = show
        self._reached = reached
        self._back_off = back_off
        self._clock = clock
        self._loop = Loop(
            'supervisor', decide=self._decide, patience=self._patience, complain=complain
        )
        self._hands = Hands(
            self._runtimes,
            limits,
            preparation=preparation or Preparation(),
            post=self._loop.post,
            kept=histories.kept,
            taken_in=taken_in,
            tell=Listener(
                doing=self._on_doing,
                fetched=lambda job, digest: self._memory.note_image(
                    job, self._place(job.slot), digest
                ),
                noted=lambda job: self._memory.note_start(job, self._place(job.slot)),
                preparing=self._on_preparing,
                did=self._on_did,
                progressed=self._on_progress,
                pulled=self._on_pulled,
                read=self._on_read,
            ),
        )
        self._probes = Probes(
            stuck=lambda whom: self._loop.post(lambda: self._on_stuck(whom)), most=limits.probes
        )
        self._memory = Memory(histories, self._around)
        self._order_until = time.monotonic() + boot_order_sec
        self._watches = Watches(self._runtimes, overhear, self._hear)
        self._picture = Picture(self._runtimes)
        self._desired: DesiredState | None = None
        self._is_removed: Callable[[Slot], bool] = lambda _: False
        self._places = Places(self._picture)
        self._describing = Describing(self._runtimes, self._picture, self._places)
        self._due: dict[Slot, float] = {}
        self._touched: dict[Slot, None] = {}
        self._changed = False
        self._now = clock()
        self._closing = False
        self._idle = threading.Event()

    def start(self) -> None:
        """Begin to watch the runtimes and to decide."""
        self._loop.start()
        self._watches.start()

    def ask(self, desired: DesiredState) -> None:
        """Take a newer desired state; callable from any thread."""
        self._loop.post(lambda: self._on_asked(desired))

    def retry(self, *codes: str) -> None:
        """Try again at once what failed with one of these codes; callable from any thread."""
        self._loop.post(lambda: self._on_retry(codes))

    def look(self, deployment_id: DeploymentId) -> tuple[Sight, ...]:
        """Tell what of a deployment runs, and why the rest does not; not for its own thread.

        Raises:
            TimeoutError: there is too much to do.
        """
        seen: Future[tuple[Sight, ...]] = Future()
        sights = self._describing.sights
        self._loop.post(lambda: seen.set_result(sights(deployment_id, self._around())))
        return seen.result(DO_SEC)

    def close(self, timeout_sec: float) -> None:
        """Begin nothing new, and let steps under way end, at most so long; what runs goes on."""
        deadline = time.monotonic() + timeout_sec
        self._probes.close()
        self._loop.post(self._on_close)
        self._idle.wait(timeout_sec)
        self._watches.close(deadline)
        self._loop.close(max(0.1, deadline - time.monotonic()))

    def _hear(self, kind: DeviceRuntime, event: RuntimeEvent) -> None:
        self._loop.post(lambda: self._on_told(kind, event))

    # Everything from here on happens on the supervisor's own thread.

    def _on_asked(self, desired: DesiredState) -> None:
        self._changed = True
        former = self._desired.keep if self._desired is not None else ()
        keep = {item.slot: item for item in desired.keep}
        self._is_removed = is_removed = desired.named_for_removal()
        self._desired = desired
        for slot in {*keep, *(item.slot for item in former), *self._places}:
            wish = keep.get(slot)
            place = self._place(slot)
            removing = wish is None and is_removed(slot)
            if wish == place.desired and removing == place.removing:
                continue  # not replaced: the former one remembers its identity
            self._touched[slot] = None
            useless = place.ask(wish, self._memory.of(wish), removing=removing)
            if useless and place.pull is not None:
                self._hands.leave(place.pull, slot)
                place.pull = None
                place.activity = None

    def _on_told(self, kind: DeviceRuntime, event: RuntimeEvent) -> None:
        self._changed = True
        slots = self._picture.tell(kind, event)
        whole = isinstance(event, Resync | Unreachable)
        for slot in {*slots, *self._places} if whole else slots:
            place = self._place(slot)
            place.hear(event, self._picture.of(slot))
            self._note(place)
            self._touched[slot] = None
        if whole:
            self._reached(kind, isinstance(event, Resync))
        match event:
            case Changed(instance) if instance.state is not InstanceState.RUNNING:
                self._probes.leave(instance.identity.slot)
            case Gone(identity) if self._place(identity.slot).intent.identity != identity:
                self._histories.forget(identity)
            case Resync() if self._picture.complete and self._desired is not None:
                self._histories.keep_only(
                    {item.identity for item in self._desired.keep}
                    | {instance.identity for instance in self._picture}
                )

    def _note(self, place: Place) -> None:
        """Note in the history what is seen: at every word, lest a short run be overlooked."""
        if place.desired is None:
            return
        gone = (
            place.job is None
            and self._picture.usable(place.desired.spec.runtime)
            and place.is_settled(self._clock())
        )
        current = place.view(self._picture.of(place.slot)).current
        self._memory.note_sight(place, current, gone=gone)

    def _around(self) -> Circumstances:
        return Circumstances(
            now=self._clock(),
            boot_id=self._boot_id,
            back_off=self._back_off,
            order_left_sec=max(0.0, self._order_until - time.monotonic()),
        )

    def _on_doing(self, job: Job, step: Step) -> None:
        self._place(job.slot).begin(step)
        self._touched[job.slot] = None

    def _on_stuck(self, whom: Followed) -> None:
        place = self._place(whom.desired.slot)
        if self._probes.follows(whom) and place.intent.identity == whom.desired.identity:
            self._memory.note_stuck(place, whom.verdict)
            self._touched[place.slot] = None

    def _on_preparing(self, job: Job, reason: Reason) -> None:
        self._place(job.slot).activity = Activity(reason=reason)
        self._touched[job.slot] = None

    def _on_retry(self, codes: tuple[str, ...]) -> None:
        for slot, place in self._places.items():
            if place.failure is not None and place.failure.code in codes:
                place.failure = None
                self._touched[slot] = None

    def _on_did(self, job: Job, outcome: Outcome) -> None:
        place = self._place(job.slot)
        place.job = place.activity = None
        place.heard_by = self._clock() + HEAR_SEC
        self._touched[job.slot] = None
        wanted = job.intent == place.intent
        match outcome:
            case Done() if wanted:
                place.failure = None
            case NeedsPull(reference, secret) if wanted and not self._closing:
                assert place.desired is not None
                kind = place.desired.spec.runtime
                pull = self._hands.pull(kind, reference, job.slot, secret=secret)
                place.waits_for_pull(pull)
            case RuntimeFault() if wanted:
                place.expect_nothing()
                place.fail(outcome, self._clock())

    def _on_progress(self, pull: Pull) -> None:
        for slot in pull.waiting:
            self._place(slot).waits_for_pull(pull)
            self._touched[slot] = None

    def _on_pulled(self, pull: Pull, end: str | RuntimeFault) -> None:
        for slot in pull.waiting:
            place = self._place(slot)
            place.note_pull(pull, end, self._clock())
            self._touched[slot] = None

    def _on_read(self, ended: ObservedInstance, text: str) -> None:
        place = self._places.get(ended.identity.slot)
        if place is not None and place.note_output(ended, text):
            self._touched[place.slot] = None

    def _on_close(self) -> None:
        self._closing = True
        self._hands.end_pulls()
        for slot, place in self._places.items():
            if place.job is not None:
                place.job.cancellation.request()
            self._touched[slot] = None
        self._changed = True

    def _place(self, slot: Slot) -> Place:
        place = self._places.get(slot)
        if place is None:
            place = self._places.at(slot)
            place.removing = self._is_removed(slot)
        return place

    def _patience(self) -> float | None:
        return max(0.0, min(self._due.values()) - self._clock()) if self._due else None

    def _mind_the_clock(self) -> None:
        """Move what lies ahead, because the clock was set back, to now: waiting must end."""
        now = self._clock()
        if now < self._now - SET_BACK_SEC:
            for slot, place in self._places.items():
                place.rebase(now, hear_sec=HEAR_SEC)
                self._touched[slot] = None
        self._now = now

    def _decide(self) -> None:
        self._mind_the_clock()
        for slot, at in self._due.items():
            if at <= self._now:
                self._touched[slot] = None
        touched, self._touched = self._touched, {}
        touched.update(dict.fromkeys(self._places.whose_turn_it_may_be(touched)))
        around = self._around()
        for slot in touched:
            place = self._places.get(slot)
            if place is not None:
                self._loop.guarded(
                    f"deciding about '{slot}'", partial(self._decide_about, place, around)
                )
        if (touched or self._changed) and self._picture.complete:
            self._changed = False
            self._show(self._describing.situation(self._desired, self._histories))
        if self._closing and not any(place.job for place in self._places.values()):
            self._idle.set()

    def _decide_about(self, place: Place, around: Circumstances) -> None:
        self._due.pop(place.slot, None)
        self._note(place)
        view = self._places.view(place, around)
        if place.job is not None:
            if place.job.intent != place.intent:
                place.job.cancellation.request()
        elif place.pull is None and not self._closing:
            plan = reconcile.plan(view, around)
            if plan.look_again_at is not None:
                self._due[place.slot] = plan.look_again_at
            if plan.steps:
                self._act(place, plan.steps)
            elif plan == reconcile.KEEP and _runs(view) and view.failure is not None:
                place.failure = None  # what failed came to be all the same
            else:
                ended = place.whose_output_to_read(view.current)
                if ended is not None:
                    self._hands.read_output(self._picture.kind_of(ended.identity), ended)
        self._follow(place, view)
        if place.desired is not None:
            place.report = self._describing.report(place, view, around)
        elif place.job is None and not view.observed:
            if place.is_settled(around.now):
                self._places.drop(place.slot)
            else:
                self._due[place.slot] = place.heard_by

    def _follow(self, place: Place, view: SlotView) -> None:
        """Have asked whether it is alive, what runs and is to run."""
        desired = place.desired
        if desired is not None and desired.spec.liveness_probe is not None and _runs(view):
            if desired.run and place.job is None and not self._closing:
                self._probes.follow(desired, self._runtimes[desired.spec.runtime])
        else:
            self._probes.leave(place.slot)

    def _act(self, place: Place, steps: tuple[Step, ...]) -> None:
        if not place.is_settled(self._clock()):
            self._due[place.slot] = place.heard_by
            return
        pairs = [(self._picture.kind_for(step), step) for step in steps]
        if not all(kind in self._runtimes and self._picture.usable(kind) for kind, _ in pairs):
            return
        for kind, step in pairs:
            if isinstance(step, Create):
                self._histories.note_use(kind)
        place.job = job = Job(
            slot=place.slot,
            steps=tuple((self._runtimes[kind], step) for kind, step in pairs),
            intent=place.intent,
            image=place.image,
        )
        self._hands.carry_out(job)


def _runs(view: SlotView) -> bool:
    """Tell whether what is desired runs."""
    return view.current is not None and view.current.state is InstanceState.RUNNING
