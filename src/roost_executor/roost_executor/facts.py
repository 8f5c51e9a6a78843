# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What the device is, as far as it can be found out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
import logging
from pathlib import Path
import platform
import socket
import threading

import psutil

from roost_core.package import Architecture, DeviceRuntime
from roost_core.policy import DevicePolicy
from roost_core.report import Address, DeviceFacts
from roost_executor import durable
from roost_executor.host_ids import host_ids
from roost_executor.runtimes.contract import Runtime, RuntimeFacts, RuntimeFault

logger = logging.getLogger(__name__)

_ARCHITECTURES = {
    'x86_64': Architecture.AMD64,
    'amd64': Architecture.AMD64,
    'aarch64': Architecture.ARM64V8,
    'arm64': Architecture.ARM64V8,
    'armv7l': Architecture.ARM32V7,
    'armv8l': Architecture.ARM32V7,
}

# What the free space must change by, relative, to be worth telling.
_DISK_STEP = 0.01


MOST_HOST_IDS = 16

# An address of nobody, kept for documentation (RFC 5737).
SOMEWHERE = '192.0.2.1'

# Interfaces that lead to containers and virtual machines of this device.
_BRIDGES = ('br-', 'cni', 'docker', 'veth', 'virbr')


class UnknownArchitecture(Exception):
    """The processor is of none of the kinds that a package can name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """Facts that are told to the executor, or do not change while it runs."""

    ros_distro: str = ''
    executor_version: str = ''
    labels: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    address: str = ''
    policy: DevicePolicy | None = None


class FactFinder:
    """Know the facts, and look again now and then; what hardly changed is told as it was."""

    def __init__(
        self,
        configured: Configured,
        runtimes: Mapping[DeviceRuntime, Runtime],
        state_dir: Path,
    ) -> None:
        """Find what can be found without asking a runtime.

        What ever answered here is offered from the start: an engine may come up later than we do.

        Raises:
            UnknownArchitecture: packages have no word for this computer.
        """
        self._configured = configured
        self._runtimes = runtimes
        self._state_dir = state_dir
        self._memory = state_dir / 'runtimes'
        self._remembered = _recall(self._memory)
        self._lock = threading.Lock()
        self._answering: set[DeviceRuntime] = set()
        self._known_host_ids: dict[str, None] = {}
        self._look = threading.Event()
        self._facts = DeviceFacts(
            architecture=architecture(platform.machine()),
            runtimes=tuple(sorted(self._remembered & runtimes.keys())),
            ros_distro=configured.ros_distro,
            hostname=socket.gethostname(),
            addresses=(found := addresses()),
            address=configured.address or own_address(found),
            disk_free_bytes=self._disk_free(0, ()),
            executor_version=configured.executor_version,
            host_ids=self._host_ids(),
            labels=configured.labels,
            variables=configured.variables,
            policy=configured.policy,
        )

    @property
    def facts(self) -> DeviceFacts:
        """The facts as they are known."""
        return self._facts

    def note(self, kind: DeviceRuntime, *, answers: bool) -> DeviceFacts:
        """Note that a runtime answers, or does not any more; one that ever did is offered.

        That of folders is none that a component could ask for.
        """
        with self._lock:
            if kind is DeviceRuntime.DIRECTORY:
                return self._facts
            if answers:
                self._answering.add(kind)
                offered = sorted({*self._facts.runtimes, kind})
                self._facts = replace(self._facts, runtimes=tuple(offered))
            else:
                self._answering.discard(kind)
            self._look.set()
            return self._facts

    def start(self, on_facts: Callable[[DeviceFacts], None], *, period_sec: float) -> None:
        """Look again so often, and when a runtime came or went, from a thread of its own."""
        threading.Thread(
            target=self._run, args=(on_facts, period_sec), name='facts', daemon=True
        ).start()

    def find(self) -> DeviceFacts:
        """Look again; takes as long as an engine takes to answer."""
        with self._lock:
            asked = [
                runtime for kind, runtime in self._runtimes.items() if kind in self._answering
            ]
        answers = [answer for answer in map(_ask, asked) if answer is not None]
        self._remember()
        with self._lock:
            self._facts = replace(
                self._facts,
                hostname=socket.gethostname(),
                addresses=(found := addresses()),
                address=self._configured.address or own_address(found),
                disk_free_bytes=self._disk_free(self._facts.disk_free_bytes, answers),
                engine_version=' '.join(answer.version for answer in answers if answer.version),
                host_ids=self._host_ids(),
            )
            return self._facts

    def _run(self, on_facts: Callable[[DeviceFacts], None], period_sec: float) -> None:
        while True:
            self._look.wait(period_sec)
            self._look.clear()
            try:
                on_facts(self.find())
            except Exception:
                logger.exception('the facts of the device cannot be found out')

    def _remember(self) -> None:
        offered = self._remembered | set(self._facts.runtimes)
        if offered == self._remembered:
            return
        try:
            durable.replace(self._memory, '\n'.join(sorted(offered)).encode())
        except OSError as error:
            logger.warning("cannot write '%s' (%s)", self._memory, error.strerror)
        else:
            self._remembered = offered

    def _disk_free(self, former: int, answers: Iterable[RuntimeFacts]) -> int:
        places = [answer.disk_free_bytes for answer in answers]
        free = psutil.disk_usage(str(self._state_dir)).free
        return settled(former, min(free, *(place for place in places if place is not None), free))

    def _host_ids(self) -> tuple[str, ...]:
        """Give all ids since the executor started: a process keeps that of its own start."""
        self._known_host_ids.update(dict.fromkeys(host_ids()))
        return tuple(self._known_host_ids)[-MOST_HOST_IDS:]


def _recall(path: Path) -> frozenset[DeviceRuntime]:
    try:
        words = path.read_text(encoding='ascii', errors='replace').split()
    except FileNotFoundError:
        return frozenset()
    return frozenset(kind for kind in DeviceRuntime if kind in words)


def _ask(runtime: Runtime) -> RuntimeFacts | None:
    try:
        return runtime.facts()
    except RuntimeFault:
        return None


def architecture(machine: str) -> Architecture:
    """Give the architecture in the words of a package.

    Raises:
        UnknownArchitecture: packages have no word for it.
    """
    try:
        return _ARCHITECTURES[machine.lower()]
    except KeyError:
        known = ', '.join(sorted(Architecture))
        raise UnknownArchitecture(
            f"this computer is a '{machine}'; packages can be made for {known}"
        ) from None


def addresses() -> tuple[Address, ...]:
    """List the addresses by which others may reach this device."""
    found = set()
    for interface, entries in psutil.net_if_addrs().items():
        for entry in entries:
            if entry.family not in (socket.AF_INET, socket.AF_INET6):
                continue
            address = ip_address(entry.address.partition('%')[0])
            if not address.is_loopback and not address.is_link_local:
                found.add((interface, str(address)))
    return tuple(Address(interface=name, address=text) for name, text in sorted(found))


def own_address(known: Sequence[Address]) -> str:
    """Choose the address under which others likely reach this device; empty when there is none.

    That is the one from which it speaks to the world, else the first that is not local; IPv4 where
    there is any, because discovery servers are named by it.
    """
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.connect((SOMEWHERE, 9))  # sends nothing: the kernel chooses a route
            source: str = asking.getsockname()[0]
    except OSError:
        source = ''
    if source and not ip_address(source).is_loopback and not ip_address(source).is_link_local:
        return source
    usual = sorted(
        known, key=lambda each: (each.interface.startswith(_BRIDGES), ':' in each.address)
    )
    return usual[0].address if usual else ''


def settled(former: int, present: int) -> int:
    """Give a size that changes only when it changes by about one percent."""
    return former if abs(present - former) <= _DISK_STEP * former else present
