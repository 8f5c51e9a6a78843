# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is known at the moment, and the graph that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import threading

from roost_core.graph.attribution import Attributor, Place, Question
from roost_core.graph.build import build, LiveGraph, participants_of
from roost_core.graph.findings import findings
from roost_core.graph.merging import merged
from roost_core.graph.model import DependencyGraph, Finding, WatchedNetwork
from roost_core.graph.needs import Answer, who_needs
from roost_core.graph.parties import listed, quoted
from roost_core.graph.settling import settle, Since
from roost_core.graph.snapshot import NetworkSnapshot
from roost_core.graph.topology import NO_TOPOLOGY, Topology, TopologyNetwork
from roost_core.graph.unseen import OnNetwork, overdue, unseen, unseen_anywhere
from roost_core.graph.unseen import Since as UnseenSince
from roost_core.graph.view import DEFAULT, Switches, view
from roost_core.names import is_device_name
from roost_core.package import DeviceRuntime

# How 'beside introspection' is told to people.
HERE = 'here'


@dataclass(frozen=True, slots=True)
class _Sight:
    """What one collector tells of a network; snapshot is None when it does not see it."""

    snapshot: NetworkSnapshot | None
    lack: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What came of looking for findings.

    Attributes:
        changed: something else is told than before.
        due_sec: after so many seconds there will be more to tell; None when there will not.
    """

    changed: bool
    due_sec: float | None


class Observer:
    """Holds the newest of everything; all methods may be called from any thread."""

    def __init__(self, *, settle_sec: float = 5.0, unseen_sec: float = 8.0) -> None:
        """Take two times.

        Args:
            settle_sec: for how long a finding must hold before it is told.
            unseen_sec: for how long nothing of a component must be seen on its network before its
                device should watch that itself.
        """
        self._settle_sec = settle_sec
        self._unseen_sec = unseen_sec
        self._lock = threading.Lock()
        self._topology = NO_TOPOLOGY
        # By network and device.
        self._sights: dict[tuple[str, str], _Sight] = {}
        self._answers: dict[str, dict[str, Place | None]] = {}
        self._merged: tuple[NetworkSnapshot, ...] = ()
        self._live: LiveGraph | None = None
        self._judged: LiveGraph | None = None
        self._found: tuple[Finding, ...] = ()
        self._since: Since = {}
        self._told: tuple[Finding, ...] = ()
        self._unseen_since: UnseenSince = {}
        # Devices that watched a network themselves, and have not been seen there since.
        self._silent: set[OnNetwork] = set()
        # Devices of which nobody sees anything on a network.
        self._lost: frozenset[OnNetwork] = frozenset()
        self._lost_since: UnseenSince = {}

    def deployed(self, topology: Topology) -> None:
        """Take in who runs what.

        Where other native executables run now, a process that was none of Roost's is asked about
        again.
        """
        with self._lock:
            before, after = _native(self._topology), _native(topology)
            changed = {device for device, _ in before ^ after}
            for answers in self._answers.values():
                for device in changed & answers.keys():
                    if answers[device] is None:
                        del answers[device]
            self._topology = topology
            self._live = None

    def seen(
        self,
        network: str,
        snapshot: NetworkSnapshot | None,
        lack: str = '',
        *,
        watched_from: str = '',
    ) -> bool:
        """Take in what a collector sees; tell whether it is new.

        Args:
            snapshot: None while it does not see the network.
            lack: why it does not, or not all of it.
            watched_from: device that it is on.
        """
        sight = _Sight(snapshot, lack)
        with self._lock:
            if self._sights.get((network, watched_from)) == sight:
                return False
            self._sights[network, watched_from] = sight
            self._look_anew()
            return True

    def gone(self, network: str, *, watched_from: str = '') -> None:
        """Forget what a collector saw of a network."""
        with self._lock:
            if self._sights.pop((network, watched_from), None) is not None:
                if watched_from:
                    self._silent.add((watched_from, network))
                self._look_anew()

    def answered(self, device: str, answers: Mapping[str, Place | None]) -> None:
        """Take in what an executor said, by GUID prefix."""
        with self._lock:
            for prefix, place in answers.items():
                self._answers.setdefault(prefix, {})[device] = place
            self._live = None

    def questions(self) -> dict[str, tuple[Question, ...]]:
        """List what executors should be asked, by device, about the nodes that they may run."""
        with self._lock:
            live = self._live_graph()
            talking = {
                (node.network, node.id.removeprefix(f'{node.network}/').partition('/')[0])
                for node in live.nodes.values()
                if not node.roost
            }
            participants = [
                participant
                for snapshot in self._merged
                for prefix, participant in participants_of(snapshot).items()
                if (snapshot.network, prefix) in talking
            ]
            return self._attributor().questions(participants)

    def settle(self, now: float) -> Judgement:
        """Tell from now on what is unseen, and what findings hold, for long enough.

        For one thread at a time: findings take long, and others do not wait for them.

        Args:
            now: of a clock that never goes back.
        """
        with self._lock:
            live = self._live_graph()
            lost_before, told_before = self._lost, self._told
            lost_sec = self._miss(live, now)
            networks = self._networks()
        if self._judged is not live or self._lost != lost_before:
            self._found = findings(live, networks)
            self._judged = live
        settled = settle(self._found, self._since, now=now, settle_sec=self._settle_sec)
        self._since = settled.since
        with self._lock:
            self._told = settled.told
        due = [sec for sec in (settled.due_sec, lost_sec) if sec is not None]
        return Judgement(
            changed=(lost_before, told_before) != (self._lost, settled.told),
            due_sec=min(due, default=None),
        )

    def to_be_watched(
        self, now: float
    ) -> tuple[dict[str, tuple[TopologyNetwork, ...]], float | None]:
        """List, by device, the networks that it should watch: nothing of it is seen from here.

        Args:
            now: of a clock that never goes back.

        Returns:
            They, and after how many seconds there will be more; None for no more.
        """
        with self._lock:
            here = {
                network: participants_of(sight.snapshot).keys()
                for (network, device), sight in self._sights.items()
                if not device and sight.snapshot is not None
            }
            late = overdue(
                unseen(self._live_graph(), here),
                self._unseen_since,
                now=now,
                settle_sec=self._unseen_sec,
            )
            self._unseen_since = late.since
            wanted = {
                device: tuple(each for each in self._topology.networks if each.name in names)
                for device, names in late.networks.items()
                if is_device_name(device)
            }
            return wanted, late.due_sec

    def graph(self, switches: Switches = DEFAULT) -> DependencyGraph:
        """Draw up the graph, with the findings that `settle` told last.

        Raises:
            UnknownRoot: nothing has the name or id of the root, or there is no such network.
        """
        with self._lock:
            live = self._live_graph()
            networks, told = self._networks(), self._told
        return view(live, switches, networks=networks, findings=told)

    def who_needs(self, what: str, network: str = '', depth: int = 0) -> Answer:
        """Find who would suffer if something stopped.

        Raises:
            UnknownThing: nothing has this name, or there is no such network.
        """
        with self._lock:
            live = self._live_graph()
        return who_needs(live, what, network=network, depth=depth)

    def _miss(self, live: LiveGraph, now: float) -> float | None:
        """Note of which devices nobody sees anything; tell when there may be more.

        What is not seen by who watches on the device itself is not there.
        """
        watching = {
            (device, network)
            for (network, device), sight in self._sights.items()
            if sight.snapshot is not None
        }
        self._silent -= watching
        self._silent -= {(node.attribution.device, node.network) for node in live.nodes.values()}
        late = overdue(
            unseen_anywhere(live, self._silent) - watching,
            self._lost_since,
            now=now,
            settle_sec=self._unseen_sec,
        )
        self._lost_since = late.since
        self._lost = frozenset(
            (device, network) for device, names in late.networks.items() for network in names
        )
        return late.due_sec

    def _look_anew(self) -> None:
        self._merged = merged(
            sight.snapshot for sight in self._sights.values() if sight.snapshot is not None
        )
        present = {prefix for each in self._merged for prefix in participants_of(each)}
        self._answers = {
            prefix: answers for prefix, answers in self._answers.items() if prefix in present
        }
        self._live = None

    def _attributor(self) -> Attributor:
        return Attributor(self._topology, self._answers)

    def _live_graph(self) -> LiveGraph:
        if self._live is None:
            self._live = build(self._merged, self._topology, self._attributor())
        return self._live

    def _networks(self) -> tuple[WatchedNetwork, ...]:
        """Tell how each network is watched, of those that are there or seen."""
        domains = {each.network: each.domain_id for each in self._merged}
        domains |= {each.name: each.domain_id for each in self._topology.networks}
        endpoints = {each.network: len(each.endpoints) for each in self._merged}
        return tuple(
            self._network(name, domains[name], endpoints.get(name, 0)) for name in sorted(domains)
        )

    def _network(self, name: str, domain_id: int, endpoints: int) -> WatchedNetwork:
        sights = {
            device or HERE: sight
            for (network, device), sight in sorted(self._sights.items())
            if network == name
        }
        seeing = {place: sight for place, sight in sights.items() if sight.snapshot is not None}
        lacks = [sight.lack for sight in (seeing or sights).values()]
        # Where one sees it wholly, it does not matter that another does not.
        messages = set() if '' in lacks else set(lacks)
        lost = sorted(device for device, network in self._lost if network == name)
        if lost and seeing:
            messages.add(f'what runs on {listed([quoted(each) for each in lost])} is not seen')
        return WatchedNetwork(
            name=name,
            domain_id=domain_id,
            watched_from=tuple(seeing),
            endpoints=endpoints,
            message='; '.join(sorted(messages)),
        )


def _native(topology: Topology) -> set[tuple[str, Place]]:
    """List the devices and native executables, those of offline devices too."""
    return set(_native_places(topology))


def _native_places(topology: Topology) -> Iterable[tuple[str, Place]]:
    for deployment in topology.deployments:
        for executable in deployment.executables:
            if executable.runtime is DeviceRuntime.PREINSTALLED:
                place = Place(deployment.id, executable.component, executable.name)
                yield executable.device, place
