# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who is on a network that has a discovery server: host and process behind each participant.

On such a network nobody but the server is told of participants, and ROS passes on only their
names. This joins as a super client that has no endpoints, and takes down what the server tells.
"""

from __future__ import annotations

from collections.abc import Callable
import contextlib
import os
import socket
import threading
import time
import traceback

from roost_core.graph.snapshot import Participant
from roost_introspection import rtps
from roost_introspection.participants import participant_of

# As ROS nodes have it: so long after our last word the server forgets us.
_LEASE_SEC = 20
_UNKNOWN_PERIOD_SEC = 0.5  # until the server has answered
_PERIOD_SEC = 4.0
_LARGEST = 65536
_JOIN_SEC = 2.0


class ServerListener:
    """Keeps what a discovery server says of participants; has a thread of its own."""

    def __init__(
        self,
        server: str,
        *,
        on_change: Callable[[], None],
        complain: Callable[[str], None],
    ) -> None:
        """Join, and begin to listen; a server that is not there yet is waited for.

        Args:
            server: 'address:port', or 'UDPv6:[address]:port'.
            on_change: called on the listening thread after news; must not block.
            complain: told of what went wrong and ended nothing.

        Raises:
            OSError: no address of this machine leads to the server.
            ValueError: that is no address.
        """
        self._server = address_of(server)
        self._on_change = on_change
        self._complain = complain
        self._prefix = rtps.VENDOR + os.urandom(rtps.PREFIX_BYTES - len(rtps.VENDOR))
        family = socket.AF_INET6 if ':' in self._server[0] else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as way:
            way.connect(self._server)
            own = way.getsockname()[0]
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.bind((own, 0))
        self._address, self._port = self._socket.getsockname()[:2]
        self._lock = threading.Lock()
        self._known: dict[str, Participant] = {}
        self._closing = False
        self._begin_anew()
        self._thread = threading.Thread(target=self._run, name='discovery-server', daemon=True)
        self._thread.start()

    def participants(self) -> tuple[Participant, ...]:
        """List the participants that are there, other than the server and this one."""
        with self._lock:
            return tuple(self._known[prefix] for prefix in sorted(self._known))

    def close(self) -> None:
        """Leave; the server forgets us by itself."""
        self._closing = True
        with contextlib.suppress(OSError):
            self._socket.sendto(b'', (self._address, self._port))  # wakes the thread
        self._thread.join(_JOIN_SEC)
        self._socket.close()

    def _begin_anew(self) -> None:
        self._peer = b''
        self._next = 1
        self._ahead: set[int] = set()
        self._last = 0
        self._count = 0
        self._is_known = False
        self._heard_at = time.monotonic()

    def _run(self) -> None:
        announce_at = 0.0
        while not self._closing:
            try:
                now = time.monotonic()
                if now >= announce_at:
                    announce_at = now + (_PERIOD_SEC if self._is_known else _UNKNOWN_PERIOD_SEC)
                    self._announce(now)
                self._socket.settimeout(max(0.01, announce_at - now))
                datagram = self._socket.recv(_LARGEST)
                if datagram:
                    self._take(datagram)
            except TimeoutError:
                continue
            except rtps.NotRtps as error:
                self._complain(f'a datagram from a discovery server cannot be read: {error}')
            except OSError as error:  # the way there is gone; it is tried again
                if not self._closing:
                    self._complain(f'discovery server {self._server[0]}: {error}')
                    time.sleep(_UNKNOWN_PERIOD_SEC)
            except Exception:  # noqa: BLE001 - what one datagram says must not blind us
                self._complain(f'what a discovery server says is lost:\n{traceback.format_exc()}')

    def _announce(self, now: float) -> None:
        if self._peer and now - self._heard_at > _LEASE_SEC:
            # The server is gone, or came back and has forgotten us.
            self._begin_anew()
        self._send(
            rtps.announcement(self._prefix, self._address, self._port, lease_sec=_LEASE_SEC)
        )
        if self._peer:
            self._count += 1
            self._send(rtps.heartbeat(self._prefix, self._peer, self._count))

    def _send(self, datagram: bytes) -> None:
        self._socket.sendto(datagram, self._server)

    def _take(self, datagram: bytes) -> None:
        sender, said = rtps.read(datagram)
        if self._peer and sender != self._peer:
            return
        news = False
        for each in said:
            self._peer = sender
            self._heard_at = time.monotonic()
            match each:
                case rtps.Announced():
                    news |= self._note(each)
                    self._have(each.number, each.number + 1)
                case rtps.Skipped(first, end):
                    self._have(first, end)
                case rtps.Offered(first, last):
                    self._offered(first, last)
                case rtps.Wanted(base):
                    self._wanted(base)
        if news:
            self._on_change()

    def _note(self, announced: rtps.Announced) -> bool:
        """Take in a participant; tell whether that is new."""
        prefix = announced.gid_prefix
        properties = dict(announced.properties)
        ours = prefix == self._prefix.hex() or bytes.fromhex(prefix) == self._peer
        if ours or properties.get('PARTICIPANT_TYPE') == 'SERVER':
            return False
        participant = None if announced.gone else participant_of(prefix, properties)
        with self._lock:
            before = self._known.pop(prefix, None)
            if participant is not None:
                self._known[prefix] = participant
        return participant != before

    def _have(self, first: int, end: int) -> None:
        """Note that what has these numbers is here, or will not come."""
        if first <= self._next < end:
            self._next = end
        else:
            self._ahead.update(range(max(first, self._next), min(end, self._next + 1024)))
        while self._next in self._ahead:
            self._ahead.discard(self._next)
            self._next += 1

    def _offered(self, first: int, last: int) -> None:
        """Ask for what is missing of what the server has, and acknowledge the rest."""
        if last < self._next - 1:
            # It began to count anew: another server at the same place.
            self._next, self._ahead = 1, set()
            with self._lock:
                self._known.clear()
        self._next = max(self._next, first)
        while self._next in self._ahead:
            self._ahead.discard(self._next)
            self._next += 1
        missing = [
            number
            for number in range(self._next, min(last, self._next + 255) + 1)
            if number not in self._ahead
        ]
        self._count += 1
        self._send(
            rtps.acknowledgement(
                self._prefix, self._peer, self._count, base=self._next, missing=missing
            )
        )

    def _wanted(self, base: int) -> None:
        """Give our announcement to a server that has not got it reliably."""
        self._is_known = base > 1
        if not self._is_known:
            self._send(
                rtps.announcement(
                    self._prefix,
                    self._address,
                    self._port,
                    lease_sec=_LEASE_SEC,
                    reliable_to=self._peer,
                )
            )


def address_of(server: str) -> tuple[str, int]:
    """Read address and port of a discovery server as ROS_DISCOVERY_SERVER has it.

    Raises:
        ValueError: it has none.
    """
    address, _, port = server.rpartition(':')
    address = address.removeprefix('UDPv6:').removeprefix('UDPv4:').strip('[]')
    if not address or not port.isdecimal():
        raise ValueError(f"'{server}' is no address of a discovery server")
    return address, int(port)
