# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Taking in what instances write: a thread for each that runs, which mostly waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import logging
import threading
import time

from roost_core.instance import Identity, Slot
from roost_core.observed import InstanceState, ObservedInstance
from roost_core.package import DeviceRuntime
from roost_executor.archive.archive import Archive, ArchiveFull
from roost_executor.runtimes.contract import (
    Changed,
    Gone,
    Output,
    OutputReader,
    Resync,
    Runtime,
    RuntimeEvent,
    RuntimeFault,
)
from roost_executor.runtimes.output_entries import note

logger = logging.getLogger(__name__)

# Between two looks at the same output: many lines then come together.
REST_SEC = 0.005

# After a block, so much longer than it took: who floods the device gets a third of a core. Nobody
# else is taken in for so much of that: many who flood it get little more.
REST_FACTOR = 2.0
SHARED_REST_SEC = 0.02

# How long a removal waits for the rest of the output.
REST_OF_OUTPUT_SEC = 5.0

# Instances that had ended before they were first seen, read at a time.
CATCHING_UP = 4

RETRY_FIRST_SEC, RETRY_CAP_SEC = 0.5, 30.0

FULL = 'log-archive'


@dataclass(slots=True, eq=False)
class _Tap:
    """The output of one instance being taken in.

    Attributes:
        told: how often something was told of it: it is looked at once more after each.
        broke: reading ended by a fault, and gave nothing since.
        news: it was told something.
    """

    identity: Identity
    runtime: Runtime
    ended: bool
    told: int = 1
    gone: bool = False
    broke: bool = False
    reader: OutputReader | None = None
    news: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)


class Ingest:
    """Has all that instances write kept in the archive. May be used from any thread."""

    def __init__(
        self,
        archive: Archive,
        runtimes: Mapping[DeviceRuntime, Runtime],
        *,
        complain: Callable[[str, str], None],
        settle: Callable[[str], None],
    ) -> None:
        """Wait to be told of instances.

        Args:
            complain: takes a topic and what an operator should know of it.
            settle: takes it back.
        """
        self._archive = archive
        self._runtimes = {
            kind: runtime
            for kind, runtime in runtimes.items()
            if kind is not DeviceRuntime.DIRECTORY  # folders write nothing
        }
        self._complain = complain
        self._settle = settle
        self._lock = threading.Lock()
        self._taps: dict[Identity, _Tap] = {}
        self._turn = threading.Lock()
        self._catching_up = threading.BoundedSemaphore(CATCHING_UP)
        self._closing = threading.Event()
        self._is_full = False

    def hear(self, kind: DeviceRuntime, event: RuntimeEvent) -> None:
        """Take in what a runtime tells; returns at once."""
        if kind not in self._runtimes:
            return
        match event:
            case Changed(instance):
                self._look_at(kind, instance)
            case Resync(instances):
                for instance in instances:
                    self._look_at(kind, instance)
            case Gone(identity):
                with self._lock:
                    tap = self._taps.get(identity)
                    if tap is not None:
                        tap.gone = True
                        tap.news.set()
                if tap is None:
                    self._archive.forget(identity)

    def finish(self, kind: DeviceRuntime, identity: Identity) -> None:
        """Wait until all that an instance which has ended wrote is kept, at most some seconds."""
        if kind in self._runtimes:
            self._tap(kind, identity, ended=True).done.wait(REST_OF_OUTPUT_SEC)

    def reads(self, slot: Slot) -> bool:
        """Tell whether an instance of an executable is read."""
        with self._lock:
            return any(identity.slot == slot for identity in self._taps)

    def close(self, timeout_sec: float) -> None:
        """End; what is kept then is whole, and the rest will be read another time."""
        deadline = time.monotonic() + timeout_sec
        self._closing.set()
        with self._lock:
            taps = tuple(self._taps.values())
            for tap in taps:
                tap.news.set()
                if tap.reader is not None:
                    tap.reader.close()
        for tap in taps:
            tap.done.wait(max(0.0, deadline - time.monotonic()))

    def _look_at(self, kind: DeviceRuntime, instance: ObservedInstance) -> None:
        if instance.state is not InstanceState.CREATED:
            self._tap(kind, instance.identity, ended=instance.state is InstanceState.ENDED)

    def _tap(self, kind: DeviceRuntime, identity: Identity, *, ended: bool) -> _Tap:
        with self._lock:
            tap = self._taps.get(identity)
            if tap is not None:
                tap.told += 1
                tap.gone = False  # made anew
                tap.news.set()
                return tap
            tap = _Tap(identity, self._runtimes[kind], ended)
            if self._closing.is_set():
                tap.done.set()
                return tap
            self._taps[identity] = tap
        threading.Thread(
            target=self._run, args=(tap,), name=f'logs {identity.token[-8:]}', daemon=True
        ).start()
        return tap

    def _run(self, tap: _Tap) -> None:
        try:
            if tap.ended:
                with self._catching_up:
                    self._follow(tap)
            else:
                self._follow(tap)
        except Exception:
            logger.exception("the output of '%s' cannot be taken in", tap.identity.slot)
            with self._lock:
                self._taps.pop(tap.identity, None)
        finally:
            tap.done.set()

    def _follow(self, tap: _Tap) -> None:
        """Read until there is nothing more to come, and nothing was told meanwhile."""
        retry_sec = RETRY_FIRST_SEC
        while True:
            with self._lock:
                told = tap.told
                tap.news.clear()
            try:
                self._read(tap)
                retry_sec = RETRY_FIRST_SEC
                failed = False
                if not tap.gone:
                    tap.broke = False
            except (RuntimeFault, ArchiveFull) as fault:
                logger.debug("the output of '%s' waits: %s", tap.identity.slot, fault)
                failed = tap.broke = True
            with self._lock:
                if self._closing.is_set() or tap.gone or (tap.told == told and not failed):
                    del self._taps[tap.identity]
                    break
            if failed:
                tap.news.wait(retry_sec)
                retry_sec = min(2.0 * retry_sec, RETRY_CAP_SEC)
        if tap.gone:
            if tap.broke:
                self._note_cut_off(tap)
            self._archive.forget(tap.identity)
        elif not self._closing.is_set():
            self._archive.rest(tap.identity.slot)

    def _read(self, tap: _Tap) -> None:
        position = self._archive.position(tap.identity)
        reader = tap.runtime.logs(tap.identity, after=position)
        with self._lock:
            tap.reader = reader
            if self._closing.is_set():
                reader.close()
        try:
            began = time.thread_time()
            while (output := reader.read()) is not None:
                with self._turn:
                    self._keep(tap, output)
                    tap.broke = False
                    rest_sec = REST_FACTOR * (time.thread_time() - began)
                    time.sleep(min(rest_sec, SHARED_REST_SEC))
                self._closing.wait(max(rest_sec - SHARED_REST_SEC, REST_SEC))
                began = time.thread_time()
        finally:
            with self._lock:
                tap.reader = None
            reader.close()
            reader.read()  # lets go of what it holds

    def _note_cut_off(self, tap: _Tap) -> None:
        """Say that an instance went while its output could not be taken in."""
        text = 'output may be missing: the instance was removed before all of it was taken in'
        try:
            position = self._archive.position(tap.identity)
            self._keep(tap, Output(note(text), position))
        except ArchiveFull as full:
            logger.warning("of '%s' %s, and that is not kept: %s", tap.identity.slot, text, full)

    def _keep(self, tap: _Tap, output: Output) -> None:
        try:
            self._archive.keep(tap.identity, output)
        except ArchiveFull as full:
            self._is_full = True
            self._complain(
                FULL,
                f'output of executables is not kept at present ({full}): free space where the'
                ' executor keeps its state',
            )
            raise
        if self._is_full:
            self._is_full = False
            self._settle(FULL)
