# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Watches one network, from its first day to its last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import threading
import time

from roost_core.graph.snapshot import NetworkSnapshot
from roost_introspection.eyes import Eyes
from roost_introspection.joining import NetworkAddress
from roost_introspection.watcher import Watcher

# A network that cannot be joined is tried again after so long, then after twice that, up to this.
_FIRST_RETRY_SEC = 0.5
_LONGEST_RETRY_SEC = 30.0
# So many looks in a row that fail, and the collector is made anew.
_FAILURES = 3
# Without events nothing tells of a change, and looks come at this period.
_DEAF_RESYNC_SEC = 1.0

# Takes the network, what is seen of it, None for nothing, and why that is nothing or not all;
# called on the watching thread.
Tell = Callable[[str, NetworkSnapshot | None, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How networks are watched.

    Attributes:
        node, namespace: of the nodes by which they are joined.
        watched_from: device that this is on; empty beside introspection.
        static_peers: further addresses at which members are looked for.
        debounce_sec: pause between a sign of a change and a look.
        resync_sec: period of looks without any sign.
    """

    node: str
    namespace: str
    watched_from: str = ''
    static_peers: tuple[str, ...] = ()
    debounce_sec: float = 0.06
    resync_sec: float = 10.0


class NetworkWatch:
    """Watches a network on a thread of its own; whatever goes wrong there disturbs no other."""

    def __init__(
        self, name: str, manner: Manner, *, tell: Tell, complain: Callable[[str], None]
    ) -> None:
        """Begin; nothing is seen before `follow` says where the network is.

        Args:
            tell: called when there is something new, on the thread of this network.
            complain: told of what went wrong.
        """
        self.name = name
        self._manner = manner
        self._tell = tell
        self._complain = complain
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._ended = False
        self._wanted: NetworkAddress | None = None
        self._unreachable = ''
        self._eyes: Eyes | None = None
        self._failures = 0
        self._retry_sec = _FIRST_RETRY_SEC
        self._retry_at = 0.0
        self._told: tuple[NetworkSnapshot | None, str] | None = None
        self._watcher = Watcher(
            self._look,
            debounce_sec=manner.debounce_sec,
            resync_sec=manner.resync_sec,
            complain=lambda text: complain(f"network '{name}': {text}"),
            name=f'network {name}',
            at_end=self._close_eyes,
        )
        self._watcher.start()

    def follow(self, address: NetworkAddress | None, unreachable: str = '') -> None:
        """Watch the network where it is now; callable from any thread, returns at once.

        Args:
            address: None when that is not known.
            unreachable: why not.
        """
        with self._lock:
            if (self._wanted, self._unreachable) == (address, unreachable):
                return
            self._wanted, self._unreachable = address, unreachable
            self._retry_sec, self._retry_at = _FIRST_RETRY_SEC, 0.0
        self._watcher.wake()

    def end(self) -> None:
        """End soon; nothing is told from now on."""
        with self._telling:
            self._ended = True
        self._watcher.end()

    def close(self) -> None:
        """End, and wait for it."""
        self._watcher.close()

    def _look(self) -> bool:
        """Look, tell what is new; tell whether all is settled."""
        with self._lock:
            wanted, unreachable = self._wanted, self._unreachable
        if self._eyes is not None and self._eyes.address != wanted:
            self._close_eyes()
        if wanted is None:
            self._say(None, unreachable)
            return True
        if self._eyes is None and not self._open(wanted):
            return False
        assert self._eyes is not None
        try:
            snapshot, settled = self._eyes.look(self.name, self._manner.watched_from)
        except Exception as error:
            self._failures += 1
            if self._failures >= _FAILURES:
                self._give_up(wanted, f'it was lost: {error!r}')
            raise
        self._failures = 0
        self._say(snapshot, self._eyes.lack)
        return settled

    def _open(self, address: NetworkAddress) -> bool:
        """Join the network, unless that is to wait; tell whether it was joined."""
        if time.monotonic() < self._retry_at:
            return False
        try:
            self._eyes = Eyes(
                address,
                node=self._manner.node,
                namespace=self._manner.namespace,
                static_peers=self._manner.static_peers,
                on_change=self._watcher.wake,
                complain=lambda text: self._complain(f"network '{self.name}': {text}"),
            )
        except OSError as error:
            self._give_up(address, str(error))
            return False
        resync_sec = self._manner.resync_sec
        self._watcher.resync_sec = (
            min(resync_sec, _DEAF_RESYNC_SEC) if self._eyes.deaf else resync_sec
        )
        self._failures = 0
        return True

    def _give_up(self, address: NetworkAddress, why: str) -> None:
        """Leave, until it is time to try again."""
        self._close_eyes()
        self._complain(f"network '{self.name}' is not watched: {why}")
        self._say(None, why)
        with self._lock:
            self._retry_at = time.monotonic() + self._retry_sec
            self._retry_sec = min(2 * self._retry_sec, _LONGEST_RETRY_SEC)

    def _close_eyes(self) -> None:
        eyes, self._eyes = self._eyes, None
        if eyes is not None:
            eyes.close()

    def _say(self, snapshot: NetworkSnapshot | None, lack: str) -> None:
        with self._telling:
            if not self._ended and (snapshot, lack) != self._told:
                self._told = (snapshot, lack)
                self._tell(self.name, snapshot, lack)
