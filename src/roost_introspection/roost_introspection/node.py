# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The introspection node: wiring."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from roost_core.graph.attribution import Place
from roost_core.graph.dds_names import ros_endpoints
from roost_core.graph.model import DependencyGraph
from roost_core.graph.snapshot import NetworkSnapshot
from roost_interfaces import msg
from roost_introspection import settings
from roost_introspection.collector import Collector, open_collector
from roost_introspection.observer import Observer
from roost_introspection.painter import Painter
from roost_introspection.participants import ParticipantWatch
from roost_introspection.render import Renderer
from roost_introspection.ros_api.graph_service import GraphService
from roost_introspection.ros_api.identification import Identification
from roost_introspection.ros_api.publications import Publications
from roost_introspection.watcher import Watcher
from roost_wire import endpoints, qos
from roost_wire.convert.topology import topology_of
from roost_wire.session import Session

# Without a watch beneath ROS nothing tells of a change, and looks come at this period.
_BLIND_RESYNC_SEC = 1.0


class Introspection:
    """Wire introspection to ROS.

    The graph is drawn on the watcher's thread, pictures are made by workers, everything else
    happens on the spinning thread.
    """

    def __init__(self, session: Session) -> None:
        """Join the network and begin to watch."""
        self._session = session
        self._node = session.node
        self._log = self._node.get_logger()
        domain_id = session.context.get_domain_id()
        self.settings = settings.declare(self._node, domain_id=domain_id)
        namespace = self._node.get_namespace().rstrip('/')
        self._observer = Observer()
        self._collector = self._open_collector(domain_id, namespace)
        self._watcher = Watcher(
            self._look,
            debounce_sec=self.settings.debounce_sec,
            resync_sec=self.settings.resync_sec,
            complain=self._complain,
        )
        self._participants = self._watch_participants()
        self._publications = Publications(self._node)
        self._published: DependencyGraph | None = None
        self._renderer = Renderer(timeout_sec=self.settings.render_timeout_sec)
        self._workers = ThreadPoolExecutor(2, thread_name_prefix='render')
        self._painter = Painter(
            self._renderer,
            self._workers,
            publish=self._publications.dot,
            complain=self._complain,
        )
        GraphService(
            session,
            self._publications,
            graph=self._observer.graph,
            renderer=self._renderer,
            workers=self._workers,
        )
        self._identification = Identification(
            self._node,
            namespace=namespace,
            timeout_sec=self.settings.identify_timeout_sec,
            on_answer=self._on_answer,
        )
        self._node.create_subscription(
            msg.Topology,
            endpoints.of_manager('topology', namespace),
            self._on_topology,
            qos.LATCHED,
        )

    def start(self) -> None:
        """Look for the first time."""
        self._watcher.start()
        self._log.info(
            f"watching network '{self.settings.default_network}', ROS domain"
            f' {self.settings.default_domain_id}, range {self.settings.discovery_range}'
        )

    def close(self) -> None:
        """End all threads; the node still spins."""
        self._renderer.close()
        self._watcher.close()
        if self._participants is not None:
            self._participants.close()
        self._workers.shutdown(cancel_futures=True)
        self._collector.close()

    def _open_collector(self, domain_id: int, namespace: str) -> Collector:
        same_domain = self.settings.default_domain_id == domain_id
        if same_domain and self.settings.discovery_range == settings.inherited_range():
            return Collector(self._node)
        return open_collector(
            name=f'{endpoints.INTROSPECTION}_collector',
            namespace=namespace,
            domain_id=self.settings.default_domain_id,
            discovery_range=self.settings.discovery_range,
        )

    def _watch_participants(self) -> ParticipantWatch | None:
        try:
            return ParticipantWatch(
                self.settings.default_domain_id,
                discovery_range=self.settings.discovery_range,
                static_peers=self.settings.static_peers,
                on_change=self._watcher.wake,
                complain=self._complain,
            )
        except OSError as error:
            self._log.error(
                f'{error}. Processes are known by GUID prefix only, and changes are seen later'
            )
            self._watcher.resync_sec = min(self.settings.resync_sec, _BLIND_RESYNC_SEC)
            return None

    def _complain(self, text: str) -> None:
        self._log.warning(text, throttle_duration_sec=10.0)

    def _on_topology(self, message: msg.Topology) -> None:
        self._observer.deployed(topology_of(message))
        self._watcher.wake()

    def _on_answer(self, device: str, answers: Mapping[str, Place | None]) -> None:
        self._observer.answered(device, answers)
        self._watcher.wake()

    def _look(self) -> bool:
        """Look, publish what is new, ask what is not known; tell whether all is settled."""
        by_ros = self._collector.look()
        by_dds = self._participants.endpoints() if self._participants else by_ros
        # Either may be ahead of the other; only ROS knows nodes.
        found = ros_endpoints((by_dds | by_ros).values())
        prefixes = {endpoint.gid_prefix for endpoint in found}
        participants = self._participants.participants() if self._participants else ()
        snapshot = NetworkSnapshot(
            network=self.settings.default_network,
            domain_id=self.settings.default_domain_id,
            endpoints=found,
            participants=tuple(each for each in participants if each.gid_prefix in prefixes),
        )
        if self._observer.seen(snapshot):
            self._publications.snapshot(snapshot)
        graph = self._observer.graph()
        if graph != self._published:
            self._published = graph
            self._publications.graph(graph)
            self._painter.show(graph)
        questions = self._observer.questions()
        self._session.post(lambda: self._identification.ask(questions))
        named = all(endpoint.node_name for endpoint in found)
        return named and by_ros.keys() == by_dds.keys() and not questions


def run(args: list[str]) -> int:
    """Run the node until it is asked to end; return its exit code."""
    session = Session(
        endpoints.INTROSPECTION, namespace=endpoints.NAMESPACE, args=args, heed_signals=True
    )
    introspection = Introspection(session)
    introspection.start()
    return session.run(goodbye=introspection.close)
