# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is known at the moment, and the graph that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
import threading

from roost_core.graph.attribution import Attributor, Place, Question
from roost_core.graph.build import build, LiveGraph, participants_of
from roost_core.graph.model import DependencyGraph
from roost_core.graph.snapshot import NetworkSnapshot
from roost_core.graph.topology import NO_TOPOLOGY, Topology
from roost_core.graph.view import DEFAULT, Switches, view
from roost_core.package import DeviceRuntime


class Observer:
    """Holds the newest of everything; all methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._topology = NO_TOPOLOGY
        self._snapshots: dict[str, NetworkSnapshot] = {}
        self._answers: dict[str, dict[str, Place | None]] = {}
        self._live: LiveGraph | None = None

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

    def seen(self, snapshot: NetworkSnapshot) -> bool:
        """Take in what a collector sees; tell whether it is new."""
        with self._lock:
            if self._snapshots.get(snapshot.network) == snapshot:
                return False
            self._snapshots[snapshot.network] = snapshot
            present = {
                prefix for each in self._snapshots.values() for prefix in participants_of(each)
            }
            self._answers = {
                prefix: answers for prefix, answers in self._answers.items() if prefix in present
            }
            self._live = None
            return True

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
                for snapshot in self._snapshots.values()
                for prefix, participant in participants_of(snapshot).items()
                if (snapshot.network, prefix) in talking
            ]
            return self._attributor().questions(participants)

    def graph(self, switches: Switches = DEFAULT) -> DependencyGraph:
        """Draw up the graph.

        Raises:
            UnknownRoot: no deployment has the name or id of the root.
        """
        with self._lock:
            live = self._live_graph()
        return view(live, switches)

    def _attributor(self) -> Attributor:
        return Attributor(self._topology, self._answers)

    def _live_graph(self) -> LiveGraph:
        if self._live is None:
            self._live = build(self._snapshots.values(), self._topology, self._attributor())
        return self._live


def _native(topology: Topology) -> set[tuple[str, Place]]:
    """List the devices and native executables, those of offline devices too."""
    return set(_native_places(topology))


def _native_places(topology: Topology) -> Iterable[tuple[str, Place]]:
    for deployment in topology.deployments:
        for executable in deployment.executables:
            if executable.runtime is DeviceRuntime.PREINSTALLED:
                place = Place(deployment.id, executable.component, executable.name)
                yield executable.device, place
