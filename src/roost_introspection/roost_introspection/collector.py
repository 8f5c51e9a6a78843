# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Sees one network as ROS does. The only user of the graph calls of rclpy.

Endpoints are asked for by topic: only there do they have a GUID, and of two nodes of one name a
query by name gives the endpoints of both, or of either. But rmw goes through all endpoints to
answer for one topic. So the cheap questions, which nodes are there and what has each, tell which
topics have changed, and only these are asked for; of the others a few with each look, in turn.

Anybody on a network can announce a node by a name that rclpy refuses, or cannot decode, and then
what it asks fails for all that is answered with it. Each answer is therefore missed by itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
import time

from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, LivelinessPolicy, ReliabilityPolicy
from rclpy.topic_endpoint_info import TopicEndpointInfo

from roost_core.graph.dds_names import DdsEndpoint, every_node_has, tells_of_ros
from roost_core.graph.snapshot import GID_PREFIX_DIGITS, Qos
from roost_introspection.graph_events import GraphEvents
from roost_introspection.joining import join, leave, NetworkAddress

_GID_BYTES = 16
# On it, participants tell which endpoints are of which of their nodes; each of ROS has a writer.
_PARTICIPANTS_TOPIC = 'ros_discovery_info'

# How long one look goes on with what every node has, which no arrow waits for, ...
_BACKGROUND_SEC = 0.1
# ... and with asking again for what nothing speaks against: of nodes of one name, rmw tells what
# one of them has, so where there are such a change may go unnoticed.
_RECHECK_SEC = 0.01
_RECHECK_TWINS_SEC = 0.1

_RELIABILITIES = {
    ReliabilityPolicy.RELIABLE: 'reliable',
    ReliabilityPolicy.BEST_EFFORT: 'best effort',
}
_DURABILITIES = {
    DurabilityPolicy.VOLATILE: 'volatile',
    DurabilityPolicy.TRANSIENT_LOCAL: 'transient local',
}
_LIVELINESSES = {
    LivelinessPolicy.AUTOMATIC: 'automatic',
    LivelinessPolicy.MANUAL_BY_TOPIC: 'manual by topic',
}
# What rmw says for 'no limit': the greatest number of nanoseconds, or of seconds.
_NO_LIMIT_SEC = 2.0**31 - 1

# Every node has a publisher on it, unless it was told to have none.
_OF_ALL_NODES = ('rt/parameter_events', True)

# A node went meanwhile, or has a name that no node of ROS can have.
_NO_SUCH_NODE = rclpy_implementation.RCLError

NOTHING: Mapping[str, DdsEndpoint] = {}

# A DDS topic, and whether its writers are meant or its readers.
_Side = tuple[str, bool]
# What is known of who has a side: node names, each with how many nodes have it.
_Owners = tuple[tuple[str, str, int], ...]


@dataclass(slots=True)
class _Known:
    """What was last answered for a side."""

    owners: _Owners
    endpoints: tuple[DdsEndpoint, ...]
    complete: bool


@dataclass(slots=True)
class _Budget:
    """A time that ends."""

    sec: float
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.sec

    @property
    def left(self) -> bool:
        return time.monotonic() < self._end


class Collector:
    """Sees a network through a node of its own; for one thread at a time.

    Attributes:
        known: what the last look gave.
        settled: it is whole, as far as this can tell.
        deaf: why on_change is never called; empty when it is.
    """

    def __init__(
        self,
        address: NetworkAddress,
        *,
        name: str,
        namespace: str,
        on_change: Callable[[], None],
    ) -> None:
        """Join the network.

        Args:
            name, namespace: of the node.
            on_change: called after each change of the graph, on a thread that must not be blocked.

        Raises:
            OSError: the network cannot be joined.
        """
        self._node = join(address, name=name, namespace=namespace)
        self.known: dict[str, DdsEndpoint] = {}
        self.settled = False
        self.deaf = ''
        self._sides: dict[_Side, _Known] = {}
        self._beneath: Mapping[_Side, Collection[DdsEndpoint]] = {}
        self._participants: frozenset[str] = frozenset()
        self._homes: dict[tuple[str, str], str] = {}
        self._homes_of: object = None
        self._events: GraphEvents | None = None
        try:
            self._events = GraphEvents(self._node, on_change)
        except OSError as error:
            self.deaf = f'changes are seen late: {error}'

    def look(self, by_dds: Mapping[str, DdsEndpoint] = NOTHING) -> dict[str, DdsEndpoint]:
        """Give, by GUID, the endpoints that say something of ROS, each with its node.

        Args:
            by_dds: what another discovery knows, which knows no nodes; by GUID.
        """
        self._forget_who_left()
        self._beneath = _by_side(by_dds.values())
        sides, legible = self._all_sides()
        for side in self._sides.keys() - sides.keys():
            del self._sides[side]
        doubtful = (
            {
                (by_dds.get(gid) or self.known[gid]).topic
                for gid in by_dds.keys() ^ self.known.keys()
            }
            if by_dds
            else set()
        )
        self._find_homes(sides)
        twins = any(count > 1 for owners in sides.values() for *_, count in owners)
        background: list[_Side] = []
        unlikely: list[_Side] = []
        for side, owners in sides.items():
            topic, writers = side
            known = self._sides.get(side)
            fresh = known is not None and known.complete and known.owners == owners
            if fresh and topic not in doubtful:
                continue
            if self._infer(side, owners, self._beneath.get(side, ())):
                continue
            if every_node_has(topic):
                (background if owners else unlikely).append(side)
            elif owners or known is not None or twins or topic in doubtful:
                self._ask(side, owners)
            else:
                (unlikely if sides[topic, not writers] else background).append(side)
        budget = _Budget(_BACKGROUND_SEC)
        while background and budget.left:
            side = background.pop()
            self._ask(side, sides[side])
        self.settled = (
            legible and not background and all(each.complete for each in self._sides.values())
        )
        budget = _Budget(_RECHECK_TWINS_SEC if twins else _RECHECK_SEC)
        for side in [*unlikely, *self._sides]:
            if not budget.left:
                break
            self._ask(side, sides[side])
        self.known = {each.gid: each for known in self._sides.values() for each in known.endpoints}
        return self.known

    def close(self) -> None:
        """Leave the network."""
        if self._events is not None and not self._events.close():
            return  # what still uses the node must find it
        leave(self._node)

    def _all_sides(self) -> tuple[dict[_Side, _Owners], bool]:
        """Ask, cheaply, which topics there are, and which nodes have them; both sides of each.

        Returns:
            They, and whether all that was answered could be read.
        """
        owners: dict[_Side, list[tuple[str, str, int]]] = defaultdict(list)
        nodes, legible = self._all_nodes()
        for (name, namespace), count in sorted(nodes.items()):
            for topic, writers in _sides_of(self._node, name, namespace):
                owners[topic, writers].append((namespace, name, count))
        topics = {topic for topic, _ in owners}
        try:
            listed = self._node.get_topic_names_and_types(no_demangle=True)
            topics |= {topic for topic, _ in listed if tells_of_ros(topic)}
        except UnicodeDecodeError:
            topics |= {topic for topic, _ in self._sides.keys() | self._beneath.keys()}
            legible = False
        sides = {
            side: tuple(owners.get(side, ()))
            for topic in sorted(topics)
            for side in ((topic, True), (topic, False))
        }
        return sides, legible

    def _all_nodes(self) -> tuple[Counter[tuple[str, str]], bool]:
        """Count nodes by name and namespace; tell whether the list of them could be read.

        If not, those are given of which an endpoint was seen.
        """
        try:
            return Counter(self._node.get_node_names_and_namespaces()), True
        except UnicodeDecodeError:
            named = (each for each in self.known.values() if each.node_told)
            return Counter({(each.node_name, each.node_namespace) for each in named}), False

    def _forget_who_left(self) -> None:
        """Drop what belongs to participants that were there at the last look and are no more."""
        try:
            writers = self._node.get_publishers_info_by_topic(_PARTICIPANTS_TOPIC, no_mangle=True)
        except UnicodeDecodeError:
            return
        there = frozenset(_gid(info)[:GID_PREFIX_DIGITS] for info in writers)
        left = self._participants - there
        self._participants = there
        if not left:
            return
        for side, known in list(self._sides.items()):
            if any(each.gid[:GID_PREFIX_DIGITS] in left for each in known.endpoints):
                del self._sides[side]

    def _find_homes(self, sides: Mapping[_Side, _Owners]) -> None:
        """Find the participant of each node: all are known when one topic of all is."""
        if self._homes_of != (self._participants, sides.get(_OF_ALL_NODES)):
            self._homes_of = (self._participants, sides.get(_OF_ALL_NODES))
            self._homes = {}
            if _OF_ALL_NODES in sides:
                self._ask(_OF_ALL_NODES, sides[_OF_ALL_NODES])
                for each in self._sides[_OF_ALL_NODES].endpoints:
                    node = (each.node_namespace, each.node_name)
                    self._homes[node] = each.gid[:GID_PREFIX_DIGITS]

    def _infer(self, side: _Side, owners: _Owners, endpoints: Collection[DdsEndpoint]) -> bool:
        """Tell the nodes of endpoints that DDS knows, if there is no doubt; tell whether so.

        There is none when each owner is alone in its participant, and has an endpoint there.
        """
        nodes = {}
        for namespace, name, count in owners:
            home = self._homes.get((namespace, name), '')
            if not home or count > 1 or home in nodes:
                return False
            nodes[home] = (namespace, name)
        homes = {each.gid[:GID_PREFIX_DIGITS] for each in endpoints}
        if not owners or homes != nodes.keys():
            return False
        found = []
        for each in endpoints:
            namespace, name = nodes[each.gid[:GID_PREFIX_DIGITS]]
            found.append(replace(each, node_namespace=namespace, node_name=name))
        self._sides.pop(side, None)
        self._sides[side] = _Known(owners, tuple(found), complete=True)
        return True

    def _ask(self, side: _Side, owners: _Owners) -> None:
        topic, writers = side
        by_topic = (
            self._node.get_publishers_info_by_topic
            if writers
            else self._node.get_subscriptions_info_by_topic
        )
        try:
            infos = by_topic(topic, no_mangle=True)
        except UnicodeDecodeError:
            self._sides[side] = _Known(owners, self._unread(side), complete=False)
            return
        endpoints = tuple(_dds_endpoint(topic, info, writer=writers) for info in infos)
        told = {(each.node_namespace, each.node_name) for each in endpoints}
        complete = told.issuperset((namespace, name) for namespace, name, _ in owners) and all(
            each.node_told or each.gid[:GID_PREFIX_DIGITS] not in self._participants
            for each in endpoints
        )
        # Asked last, asked again last.
        self._sides.pop(side, None)
        self._sides[side] = _Known(owners, endpoints, complete)

    def _unread(self, side: _Side) -> tuple[DdsEndpoint, ...]:
        """Give what is known of a side of which the answer cannot be read.

        An endpoint keeps its node, or is of the only one of its participant.
        """
        known = self._sides.pop(side, None)
        before = {each.gid: each for each in known.endpoints} if known is not None else {}
        beneath = self._beneath.get(side)
        if beneath is None:
            return tuple(before.values())
        nodes: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for node, home in self._homes.items():
            nodes[home].add(node)
        found = []
        for each in beneath:
            only = nodes.get(each.gid[:GID_PREFIX_DIGITS], set())
            if each.gid in before and before[each.gid].node_told:
                found.append(before[each.gid])
            elif len(only) == 1:
                ((namespace, name),) = only
                found.append(replace(each, node_namespace=namespace, node_name=name))
            else:
                found.append(each)
        return tuple(found)


def _sides_of(node: Node, name: str, namespace: str) -> list[_Side]:
    """Ask which topics a node has that say something of ROS; none, if that cannot be told."""
    found = []
    for writers, by_node in (
        (True, node.get_publisher_names_and_types_by_node),
        (False, node.get_subscriber_names_and_types_by_node),
    ):
        try:
            topics = by_node(name, namespace, no_demangle=True)
        except (_NO_SUCH_NODE, UnicodeDecodeError):
            continue  # its endpoints are found by topic
        found += [(topic, writers) for topic, _ in topics if tells_of_ros(topic)]
    return found


def _by_side(endpoints: Iterable[DdsEndpoint]) -> dict[_Side, list[DdsEndpoint]]:
    found: dict[_Side, list[DdsEndpoint]] = defaultdict(list)
    for each in endpoints:
        found[each.topic, each.writer].append(each)
    return found


def _gid(info: TopicEndpointInfo) -> str:
    return bytes(info.endpoint_gid[:_GID_BYTES]).hex()


def _dds_endpoint(topic: str, info: TopicEndpointInfo, *, writer: bool) -> DdsEndpoint:
    profile = info.qos_profile
    return DdsEndpoint(
        topic=topic,
        type=info.topic_type,
        writer=writer,
        node_name=info.node_name,
        node_namespace=info.node_namespace,
        gid=_gid(info),
        qos=Qos(
            _RELIABILITIES.get(profile.reliability, ''),
            _DURABILITIES.get(profile.durability, ''),
            _limit(profile.deadline.nanoseconds),
            _LIVELINESSES.get(profile.liveliness, ''),
            _limit(profile.liveliness_lease_duration.nanoseconds),
        ),
    )


def _limit(nanoseconds: int) -> float:
    seconds = nanoseconds / 1e9
    return seconds if 0 < seconds < _NO_LIMIT_SEC else 0.0
