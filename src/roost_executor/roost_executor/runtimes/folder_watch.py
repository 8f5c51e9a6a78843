# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Being woken when files of a folder change: one thread and one inotify for all folders."""

from __future__ import annotations

from collections.abc import Callable
import ctypes
import logging
import os
from pathlib import Path
import selectors
from struct import Struct
import threading

logger = logging.getLogger(__name__)

# linux/inotify.h
IN_MODIFY, IN_MOVED_TO, IN_CREATE, IN_DELETE_SELF, IN_MOVE_SELF = 0x2, 0x80, 0x100, 0x400, 0x800
IN_Q_OVERFLOW = 0x4000
CHANGES = IN_MODIFY | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF
EVENT = Struct('iIII')
READ_BYTES = 65536

# Who writes thousands of lines a second wakes this thread no more often than this.
REST_SEC = 0.005

Wake = Callable[[], None]


class FolderWatch:
    """Wakes those who wait for changes. May be used from any thread; begins with the first."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._lock = threading.Lock()
        self._wakes: dict[int, list[Wake]] = {}
        self._inotify = -1
        self._end = -1
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name='folder-watch', daemon=True)

    def add(self, folder: Path, wake: Wake) -> int | None:
        """Have someone woken at each change; must return at once.

        Returns:
            what `remove` takes; None if the kernel does not tell of changes there.
        """
        with self._lock:
            if self._closing.is_set() or (self._inotify < 0 and not self._begin()):
                return None
            watch = int(self._libc.inotify_add_watch(self._inotify, os.fsencode(folder), CHANGES))
            if watch < 0:
                return None
            self._wakes.setdefault(watch, []).append(wake)
            return watch

    def remove(self, watch: int, wake: Wake) -> None:
        """Wake someone no more."""
        with self._lock:
            wakes = self._wakes.get(watch, [])
            if wake in wakes:
                wakes.remove(wake)
            if not wakes and self._wakes.pop(watch, None) is not None:
                self._libc.inotify_rm_watch(self._inotify, watch)

    def close(self) -> None:
        """End it; everyone is woken once more."""
        with self._lock:
            begun = self._inotify >= 0 and not self._closing.is_set()
            self._closing.set()
        if begun:
            os.eventfd_write(self._end, 1)
            self._thread.join()
            os.close(self._end)
            os.close(self._inotify)

    def _begin(self) -> bool:
        self._inotify = int(self._libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK))
        if self._inotify < 0:
            logger.warning('changes of files cannot be told: %s', os.strerror(ctypes.get_errno()))
            return False
        self._end = os.eventfd(0, os.EFD_CLOEXEC)
        self._thread.start()
        return True

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            for descriptor in (self._inotify, self._end):
                selector.register(descriptor, selectors.EVENT_READ)
            while not self._closing.is_set():
                selector.select()
                changed = self._changed()
                with self._lock:
                    wakes = [wake for watch in changed for wake in self._wakes.get(watch, ())]
                for wake in wakes:
                    wake()
                self._closing.wait(REST_SEC)
            with self._lock:
                wakes = [wake for each in self._wakes.values() for wake in each]
            for wake in wakes:
                wake()

    def _changed(self) -> set[int]:
        try:
            data = os.read(self._inotify, READ_BYTES)
        except BlockingIOError:
            return set()
        changed, at = set(), 0
        while at < len(data):
            watch, mask, _, length = EVENT.unpack_from(data, at)
            if mask & IN_Q_OVERFLOW:
                with self._lock:
                    return set(self._wakes)
            changed.add(watch)
            at += EVENT.size + length
        return changed
