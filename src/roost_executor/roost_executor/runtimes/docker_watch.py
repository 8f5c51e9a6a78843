# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The engine's events as changes of instances."""

from __future__ import annotations

from collections.abc import Callable, Mapping
import contextlib
from dataclasses import dataclass, replace
import json
import logging
import threading
import time
from typing import Any

from roost_core.observed import InstanceState, ObservedInstance
from roost_executor.cancellation import Cancellation
from roost_executor.runtimes import docker_container as container
from roost_executor.runtimes import docker_faults as faults
from roost_executor.runtimes.contract import (
    Changed,
    Gone,
    Orphans,
    Resync,
    RuntimeEvent,
    RuntimeFault,
    Unreachable,
)
from roost_executor.runtimes.docker_endings import OwnEndings, TakenAlong
from roost_executor.runtimes.docker_engine import Engine, Stream

logger = logging.getLogger(__name__)

ACTIONS = ('create', 'start', 'oom', 'kill', 'die', 'stop', 'destroy')

# Signals that ask a program to end: INT, QUIT, TERM.
ASKING_SIGNALS = frozenset({'2', '3', '15'})

# A program that ends so soon after it was asked to, ends because of it.
ASKED_WITHIN_SEC = 60.0

RETRY_FIRST_SEC = 0.1
RETRY_CAP_SEC = 2.0


@dataclass(slots=True)
class _Life:
    """What one container went through since its last start.

    Attributes:
        asked_at: when somebody else asked it to end.
    """

    seen: ObservedInstance
    oom_killed: bool = False
    asked_at: float | None = None


class DockerWatch:
    """A thread that follows the event stream of one engine, and opens it again when it ends."""

    def __init__(
        self,
        engine: Engine,
        on_event: Callable[[RuntimeEvent], None],
        *,
        maker: container.Maker,
        listing: Callable[[], tuple[ObservedInstance, ...]],
        orphans: Callable[[], tuple[ObservedInstance, ...]],
        own: OwnEndings,
        taken: TakenAlong,
        quiet_sec: float,
    ) -> None:
        self._engine = engine
        self._on_event = on_event
        self._maker = maker
        self._listing = listing
        self._orphans = orphans
        self._own = own
        self._taken = taken
        self._quiet_sec = quiet_sec
        self._lives: dict[str, _Life] = {}
        self._since_ns = time.time_ns()
        self._gap = True
        self._told_unreachable = False
        self._going_down = False
        self._closing = Cancellation()
        self._thread = threading.Thread(target=self._run, name='docker-watch', daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it; see the contract."""
        self._closing.request()
        self._thread.join()

    def _run(self) -> None:
        retry_sec = RETRY_FIRST_SEC
        while not self._closing.requested:
            stream = self._engine.stream(quiet_sec=self._quiet_sec)
            with contextlib.closing(stream), self._closing.interrupting(stream.cut):
                try:
                    self._open(stream)
                    if self._gap:
                        self._resync()
                except (*faults.ENGINE_ERRORS, RuntimeFault) as error:
                    self._lost(error)
                    self._closing.wait(retry_sec)
                    retry_sec = min(2.0 * retry_sec, RETRY_CAP_SEC)
                else:
                    retry_sec = RETRY_FIRST_SEC
                    self._follow(stream)

    def _open(self, stream: Stream) -> None:
        """Open a stream from where the last one ended, so that nothing falls between them."""
        seconds, rest = divmod(self._since_ns, 1_000_000_000)
        filters = {
            'type': ['container'],
            'label': [container.DEVICE_KEY],
            'event': list(ACTIONS),
        }
        since = f'{seconds}.{rest:09}'
        path = self._engine.path('/events', {'since': since, 'filters': json.dumps(filters)})
        stream.open('GET', path, {})

    def _resync(self) -> None:
        lived_on = self._engine.live_restore()
        instances = self._listing()
        if not lived_on:
            for each in instances:
                self._note_taken_along(each)
            instances = tuple(self._taken.veiled(each) for each in instances)
        self._lives = {each.instance_id: _Life(seen=each) for each in instances}
        self._gap = self._told_unreachable = self._going_down = False
        self._tell(Resync(instances))
        orphans = self._orphans()
        if orphans:
            self._tell(Orphans(orphans))

    def _note_taken_along(self, instance: ObservedInstance) -> None:
        """Note an instance that ran when the engine was last heard, and has ended since."""
        life = self._lives.get(instance.instance_id)
        ran = life is not None and life.seen.state is InstanceState.RUNNING
        if ran and instance.state is InstanceState.ENDED:
            self._taken.add(instance.instance_id)

    def _lost(self, error: Exception) -> None:
        """Tell, once, that the engine is away."""
        self._gap = True
        self._engine.forget()
        if not self._told_unreachable and not self._closing.requested:
            self._told_unreachable = True
            fault = error if isinstance(error, RuntimeFault) else faults.unreachable(error)
            self._tell(Unreachable(fault))

    def _follow(self, stream: Stream) -> None:
        """Follow a stream to its end; one that was only quiet leaves no gap."""
        try:
            for event in stream:
                self._handle(event)
                if self._going_down:  # to be told when the engine is back, or was never away
                    break
        except faults.ENGINE_ERRORS as error:
            if faults.timed_out(error):
                return
        except RuntimeFault as fault:
            logger.warning('what the container engine has cannot be listed: %s', fault)
        except (KeyError, ValueError):
            logger.exception('an event of the container engine cannot be read')
        self._gap = True

    def _handle(self, event: Mapping[str, Any]) -> None:
        self._since_ns = event['timeNano'] + 1
        at = event['timeNano'] / 1e9
        container_id, marks = event['Actor']['ID'], event['Actor']['Attributes']
        if self._maker.made_before(marks):
            self._tell(Orphans(self._orphans()))
        if not self._maker.made(marks):
            return
        fresh = container.named(container_id, marks['name'], marks)
        if fresh is None:
            return
        name = fresh.identity.token
        life = self._lives.setdefault(container_id, _Life(seen=fresh))
        match event['Action']:
            case 'create':
                self._changed(life, fresh)
            case 'start':
                self._taken.discard(container_id)
                life.oom_killed, life.asked_at = False, None
                self._changed(life, replace(fresh, state=InstanceState.RUNNING, started_at=at))
            case 'oom':
                life.oom_killed = True
                if life.seen.state is InstanceState.ENDED:
                    self._changed(life, replace(life.seen, oom_killed=True))
            case 'kill':
                if marks.get('signal') in ASKING_SIGNALS and not self._own.covers(name, at):
                    life.asked_at = at
            case 'die':
                self._died(life, int(marks['exitCode']), at)
            case 'stop':
                # The engine's stop: ours is made of signals, so that this is never ours.
                if life.seen.state is InstanceState.ENDED and not life.seen.by_hand:
                    self._stopped(life, life.seen)
            case 'destroy':
                del self._lives[container_id]
                self._own.forget(name)
                self._taken.discard(container_id)
                self._tell(Gone(fresh.identity))

    def _died(self, life: _Life, exit_code: int, at: float) -> None:
        end = container.ended(life.seen, exit_code, at, oom_killed=life.oom_killed)
        if life.asked_at is not None and at - life.asked_at <= ASKED_WITHIN_SEC:
            self._stopped(life, end)
        else:
            self._taken.discard(end.instance_id)
            self._changed(life, end)

    def _stopped(self, life: _Life, end: ObservedInstance) -> None:
        """Tell of an end that somebody else asked for: a person, or the engine shutting down."""
        if not self._going_down and not self._engine.takes_connections():
            self._going_down = True
            # First, lest what ended is started again: that would hold the engine up.
            self._lost(ConnectionError('it shuts down'))
        if self._going_down or end.instance_id in self._taken:
            self._taken.add(end.instance_id)
            self._changed(life, self._taken.veiled(end))
        else:
            self._changed(life, replace(end, by_hand=True))

    def _changed(self, life: _Life, instance: ObservedInstance) -> None:
        life.seen = instance
        self._tell(Changed(instance))

    def _tell(self, event: RuntimeEvent) -> None:
        if self._closing.requested:
            return
        try:
            self._on_event(event)
        except Exception:
            logger.exception('a change of an instance could not be passed on')
