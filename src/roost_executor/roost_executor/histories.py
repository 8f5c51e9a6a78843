# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The durable memory of instances: what happened to them, and which runtimes ever had any.

It is written behind the work, by a thread of its own, all changes of the meantime at once: what a
power cut takes is seen again in the runtime (`restart.absorb` notes the same thing once only).
What must not be lost is waited for with `kept`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
import threading

from roost_core.document import (
    canonical_json,
    from_document,
    MalformedDocument,
    parse_json,
    to_document,
)
from roost_core.instance import Identity
from roost_core.package import DeviceRuntime
from roost_core.restart import History, NEVER_STARTED
from roost_executor import durable

SCHEMA = 1
RETRY_SEC = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    schema: int = SCHEMA
    used: tuple[DeviceRuntime, ...] = ()
    histories: Mapping[str, History] = field(default_factory=dict)


class Histories:
    """Histories by identity, kept in one file; may be used from any thread.

    Only `kept`, `flush` and `close` wait for the disk.
    """

    def __init__(
        self,
        path: Path,
        *,
        complain: Callable[[str, str], None],
        settle: Callable[[str], None],
    ) -> None:
        """Read the file. One that cannot be read is set aside, and nothing is remembered.

        Args:
            complain: takes a topic and what is wrong, as `Notices.put` does.
            settle: takes a topic of which nothing is wrong any more, as `Notices.settle` does.
        """
        self._path = path
        self._complain = complain
        self._settle = settle
        memory = self._read()
        self._histories = dict(memory.histories)
        self._used = set(memory.used)
        self._changed = threading.Condition()
        self._changes = 0
        self._written = 0
        self._refuses = False
        self._closing = False
        self._thread = threading.Thread(target=self._run, name='histories', daemon=True)
        self._thread.start()

    def get(self, identity: Identity) -> History:
        """Give what is remembered of an instance."""
        return self._histories.get(identity.token, NEVER_STARTED)

    def put(self, identity: Identity, history: History) -> None:
        """Remember; what equals the present memory is not written."""
        with self._changed:
            if self._histories.get(identity.token) != history:
                self._histories[identity.token] = history
                self._note_change()

    def forget(self, identity: Identity) -> None:
        """Forget an instance."""
        with self._changed:
            if self._histories.pop(identity.token, None) is not None:
                self._note_change()

    def keep_only(self, identities: Iterable[Identity]) -> None:
        """Forget all instances but these."""
        tokens = {identity.token for identity in identities}
        with self._changed:
            forgotten = self._histories.keys() - tokens
            for token in forgotten:
                del self._histories[token]
            if forgotten:
                self._note_change()

    def used(self, kind: DeviceRuntime) -> bool:
        """Tell whether a runtime ever was to have an instance here."""
        return kind in self._used

    def note_use(self, kind: DeviceRuntime) -> None:
        """Remember that a runtime is about to have an instance."""
        with self._changed:
            if kind not in self._used:
                self._used.add(kind)
                self._note_change()

    def kept(self, timeout_sec: float = 5.0) -> bool:
        """Wait until all is written, or the disk does not take it; tell whether it is."""
        with self._changed:
            wanted = self._changes
            self._changed.wait_for(lambda: self._written >= wanted or self._refuses, timeout_sec)
            return self._written >= wanted

    def flush(self, timeout_sec: float = 5.0) -> bool:
        """Wait until all is written; tell whether it is."""
        with self._changed:
            wanted = self._changes
            return self._changed.wait_for(lambda: self._written >= wanted, timeout_sec)

    def close(self, timeout_sec: float = 5.0) -> None:
        """Write what is left, at most so long, and end."""
        self.flush(timeout_sec)
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout_sec)

    def _note_change(self) -> None:
        self._changes += 1
        self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._changes > self._written)
                if self._closing:
                    return
                changes = self._changes
                memory = _Memory(used=tuple(sorted(self._used)), histories=dict(self._histories))
            try:
                durable.replace(self._path, canonical_json(to_document(memory)))
            except OSError as error:
                self._complain(
                    'histories',
                    f"cannot write '{self._path}' ({error.strerror}): restart counts and what was "
                    'stopped by hand are forgotten when the device or its executor restarts',
                )
                with self._changed:
                    self._refuses = True
                    self._changed.notify_all()
                    self._changed.wait_for(lambda: self._closing, RETRY_SEC)
                continue
            if self._refuses:
                self._settle('histories')
            with self._changed:
                self._refuses = False
                self._written = changes
                self._changed.notify_all()

    def _read(self) -> _Memory:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return _Memory()
        try:
            return from_document(_Memory, parse_json(content))
        except MalformedDocument as error:
            aside = durable.set_aside(self._path)
            self._complain(
                'histories',
                f"the memory of restarts could not be read and was set aside as '{aside}' "
                f'({error}): restart counts begin anew',
            )
            return _Memory(used=tuple(DeviceRuntime))
