# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The introspection node: wiring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
import time

from roost_core.graph.attribution import Place
from roost_core.graph.model import DependencyGraph
from roost_core.graph.snapshot import NetworkSnapshot
from roost_core.graph.topology import TopologyNetwork
from roost_interfaces import msg
from roost_introspection import settings
from roost_introspection.network_watch import Manner
from roost_introspection.networks import Networks
from roost_introspection.observer import Observer
from roost_introspection.painter import Painter
from roost_introspection.render import Renderer
from roost_introspection.ros_api.device_watches import DeviceWatches
from roost_introspection.ros_api.graph_service import GraphService
from roost_introspection.ros_api.identification import Identification
from roost_introspection.ros_api.needs_service import NeedsService
from roost_introspection.ros_api.publications import Publications
from roost_introspection.watcher import Watcher
from roost_wire import endpoints, qos
from roost_wire.convert.topology import topology_of
from roost_wire.deferred import DeferredServices
from roost_wire.session import Session

# What is watched as long as no manager says what networks there are.
_OWN_NETWORK = 'default'
# What no arrow waits for is done so long after a sign of a change; more changes may follow.
_JUDGE_PAUSE_SEC = 0.3


class Introspection:
    """Wire introspection to ROS.

    Each network is watched on a thread of its own, the graph is drawn on another and judged on
    one more, pictures are made by workers, everything else happens on the spinning thread.
    """

    def __init__(self, session: Session) -> None:
        """Join the network and begin to watch."""
        self._session = session
        self._node = session.node
        self._log = self._node.get_logger()
        self.settings = settings.declare(self._node)
        namespace = self._node.get_namespace().rstrip('/')
        self._observer = Observer(
            settle_sec=self.settings.findings_settle_sec, unseen_sec=self.settings.unseen_sec
        )
        self._drawer = Watcher(
            self._draw,
            debounce_sec=0.0,
            resync_sec=self.settings.resync_sec,
            complain=self._complain,
            name='drawer',
        )
        self._judge = Watcher(
            self._judge_graph,
            debounce_sec=_JUDGE_PAUSE_SEC,
            resync_sec=self.settings.resync_sec,
            complain=self._complain,
            name='judge',
        )
        self._networks = Networks(
            Manner(
                node=f'{endpoints.INTROSPECTION}_collector',
                namespace=namespace,
                static_peers=self.settings.static_peers,
                debounce_sec=self.settings.debounce_sec,
                resync_sec=self.settings.resync_sec,
            ),
            tell=self._on_sight,
            complain=self._complain,
        )
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
        services = DeferredServices(session)
        GraphService(
            services,
            self._publications,
            clock=self._node.get_clock(),
            graph=self._observer.graph,
            renderer=self._renderer,
            workers=self._workers,
        )
        NeedsService(services, who_needs=self._observer.who_needs, workers=self._workers)
        self._identification = Identification(
            self._node,
            namespace=namespace,
            timeout_sec=self.settings.identify_timeout_sec,
            on_answer=self._on_answer,
        )
        self._devices = DeviceWatches(
            self._node,
            namespace=namespace,
            on_sight=self._on_device_sight,
            on_gone=self._on_device_gone,
        )
        self._node.create_subscription(
            msg.Topology,
            endpoints.of_manager('topology', namespace),
            self._on_topology,
            qos.LATCHED,
        )
        self._alone = self._node.create_timer(
            max(self.settings.manager_wait_sec, 0.001), self._on_no_manager
        )

    def start(self) -> None:
        """Draw for the first time."""
        self._drawer.start()
        self._judge.start()

    def close(self) -> None:
        """End all threads; the node still spins."""
        self._renderer.close()
        self._session.do(self._networks.close)
        self._drawer.close()
        self._judge.close()
        self._workers.shutdown(cancel_futures=True)

    def _watch(self, networks: Iterable[TopologyNetwork]) -> None:
        new, gone = self._networks.follow(networks)
        for network in new:
            through = network.discovery_server or network.discovery_range
            self._log.info(
                f"watching network '{network.name}', ROS domain {network.domain_id}, {through}"
            )
        for name in gone:
            self._log.info(f"no longer watching network '{name}'")
            self._observer.gone(name)
            self._publications.snapshots.forget(name)

    def _complain(self, text: str) -> None:
        self._log.warning(text, throttle_duration_sec=10.0)

    def _on_no_manager(self) -> None:
        """Watch this node's own domain, until there is a manager to say what else there is."""
        self._alone.cancel()
        self._watch(
            (
                TopologyNetwork(
                    name=_OWN_NETWORK,
                    domain_id=self._session.context.get_domain_id(),
                    discovery_range=settings.inherited_range(),
                ),
            )
        )

    def _on_topology(self, message: msg.Topology) -> None:
        self._alone.cancel()
        topology = topology_of(message)
        self._observer.deployed(topology)
        self._watch(topology.networks)
        self._wake()

    def _on_sight(self, network: str, snapshot: NetworkSnapshot | None, lack: str) -> None:
        if not self._observer.seen(network, snapshot, lack):
            return
        if snapshot is not None:
            self._publications.snapshots.note(snapshot)
        self._wake()

    def _on_device_sight(self, device: str, snapshot: NetworkSnapshot) -> None:
        if self._observer.seen(snapshot.network, snapshot, watched_from=device):
            self._wake()

    def _on_device_gone(self, device: str, network: str) -> None:
        self._observer.gone(network, watched_from=device)
        self._wake()

    def _on_answer(self, device: str, answers: Mapping[str, Place | None]) -> None:
        self._observer.answered(device, answers)
        self._wake()

    def _wake(self) -> None:
        self._drawer.wake()
        self._judge.wake()

    def _draw(self) -> bool:
        """Publish the graph if it is new, ask what is not known; tell whether all is."""
        graph = self._observer.graph()
        if graph != self._published:
            self._published = graph
            self._publications.graph(graph)
            self._painter.show(graph)
        questions = self._observer.questions()
        self._session.post(lambda: self._identification.ask(questions))
        return not questions

    def _judge_graph(self) -> bool | float:
        """Find what is odd, and what devices should watch; tell when to do so again."""
        now = time.monotonic()
        judgement = self._observer.settle(now)
        if judgement.changed:
            self._drawer.wake()
        self._publications.snapshots.publish()
        to_watch, unseen_sec = self._observer.to_be_watched(now)
        self._session.post(lambda: self._devices.want(to_watch))
        due = [sec for sec in (judgement.due_sec, unseen_sec) if sec is not None]
        return min(due) if due else True


def run(args: list[str]) -> int:
    """Run the node until it is asked to end; return its exit code."""
    session = Session(
        endpoints.INTROSPECTION, namespace=endpoints.NAMESPACE, args=args, heed_signals=True
    )
    introspection = Introspection(session)
    introspection.start()
    return session.run(goodbye=introspection.close)
