# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Changes of native processes: told by who makes them, and by the kernel when one ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
import logging
import os
import queue
import selectors
import threading

from roost_core.instance import Identity
from roost_core.observed import InstanceState, ObservedInstance
from roost_executor.runtimes.contract import Changed, Gone, Resync, RuntimeEvent
from roost_executor.runtimes.process_folder import Folder
from roost_executor.runtimes.shim import kernel

logger = logging.getLogger(__name__)


class ProcessWatch:
    """A thread that waits for the ends of shims, those of an earlier executor too."""

    def __init__(
        self,
        on_event: Callable[[RuntimeEvent], None],
        *,
        listing: Callable[[], tuple[ObservedInstance, ...]],
        folder_of: Callable[[Identity], Folder],
        on_close: Callable[[ProcessWatch], None],
    ) -> None:
        self._on_event = on_event
        self._listing = listing
        self._folder_of = folder_of
        self._on_close = on_close
        self._news: queue.SimpleQueue[tuple[Identity, ObservedInstance | None]]
        self._news = queue.SimpleQueue()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._closing = threading.Event()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._told: dict[Identity, ObservedInstance] = {}
        self._thread = threading.Thread(target=self._loop, name='process-watch', daemon=True)
        self._thread.start()

    def notify(self, identity: Identity, created: ObservedInstance | None = None) -> None:
        """Have an instance looked at that was created, started or removed."""
        self._news.put((identity, created))
        os.eventfd_write(self._wake, 1)

    def close(self) -> None:
        """End it; see the contract."""
        self._on_close(self)
        self._closing.set()
        os.eventfd_write(self._wake, 1)
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            os.close(key.fd)
        self._selector.close()

    def _loop(self) -> None:
        instances = self._listing()
        for instance in instances:
            self._told[instance.identity] = instance
            self._wait_for_end(instance)
        self._tell(Resync(instances))
        while not self._closing.is_set():
            for key, _ in self._selector.select():
                if key.fd == self._wake:
                    self._take_news()
                else:
                    self._selector.unregister(key.fd)
                    os.close(key.fd)
                    self._look(key.data)

    def _take_news(self) -> None:
        os.eventfd_read(self._wake)
        while not self._news.empty():
            identity, created = self._news.get()
            if created is not None and identity not in self._told:
                self._changed(created)
            self._look(identity)

    def _look(self, identity: Identity) -> None:
        try:
            self._compare(identity)
        except Exception:  # one that cannot be looked at must not end the watch of all others
            logger.exception('what is kept of a process cannot be read')

    def _compare(self, identity: Identity) -> None:
        instance = self._folder_of(identity).observe()
        told = self._told.get(identity)
        if instance is None:
            if self._told.pop(identity, None) is not None:
                self._tell(Gone(identity))
            return
        if instance.instance_id and (told is None or told.instance_id != instance.instance_id):
            # Told even if it has ended since: every run counts.
            self._changed(_as_it_ran(instance))
            self._wait_for_end(instance)
        if instance != self._told.get(identity):
            self._changed(instance)

    def _wait_for_end(self, instance: ObservedInstance) -> None:
        if instance.state is not InstanceState.RUNNING:
            return
        run = self._folder_of(instance.identity).run()
        shim = None if run is None else kernel.open_process(run.shim_pid, run.shim_start)
        if shim is None:
            self.notify(instance.identity)  # it has ended since
        else:
            self._selector.register(shim, selectors.EVENT_READ, instance.identity)

    def _changed(self, instance: ObservedInstance) -> None:
        self._told[instance.identity] = instance
        self._tell(Changed(instance))

    def _tell(self, event: RuntimeEvent) -> None:
        if self._closing.is_set():
            return
        try:
            self._on_event(event)
        except Exception:
            logger.exception('a change of an instance could not be passed on')


def _as_it_ran(instance: ObservedInstance) -> ObservedInstance:
    """Give a process that may have ended as it was before."""
    return replace(
        instance,
        state=InstanceState.RUNNING,
        exit_code=None,
        by_hand=False,
        command_missing=False,
        ended_at=None,
        pid=int(instance.instance_id.partition('@')[0]),
    )
