# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The deployment manager node: wiring."""

from __future__ import annotations

import time

from roost_core.names import DeviceName
from roost_core.network import RosNetwork
from roost_interfaces import msg
from roost_manager import reports, settings
from roost_manager.fleet import Rules
from roost_manager.manager import Clock, Manager
from roost_manager.ros_api.actions import Actions, Asks
from roost_manager.ros_api.announcer import Announcer
from roost_manager.ros_api.beacon import Beacon
from roost_manager.ros_api.requests import Requests
from roost_manager.ros_api.services import RosApi
from roost_manager.ros_api.tickets import Tickets
from roost_manager.ros_api.views import Views
from roost_manager.secrets import Secrets
from roost_manager.store import Limits, Store, StoreUnavailable
from roost_manager.work import UnitOfWork
from roost_wire import endpoints, qos
from roost_wire.envelope import EnvelopeRefused, open_report
from roost_wire.session import Session
from roost_wire.signing import SigningKey

TICK_SEC = 0.25
# All devices hear each request for a report, and anybody can send heartbeats.
MOST_ASKED_PER_TICK = 100
PRUNE_SEC = 3600.0
DAY_SEC = 24 * 3600.0
ANSWERS_KEPT_SEC = DAY_SEC

EXIT_REFUSED = 3
EXIT_UNUSABLE = 4


class DeploymentManager:
    """Wire the manager to ROS. All of it happens on the spinning thread."""

    def __init__(self, session: Session) -> None:
        """Open the store and begin to listen for another manager.

        Raises:
            StoreUnavailable, OSError, ValueError: it cannot start; the text says why.
        """
        self._session = session
        self._node = session.node
        self._log = self._node.get_logger()
        self.settings = settings.declare(self._node, domain_id=session.context.get_domain_id())
        self._key = key = SigningKey.load_or_create(self.settings.state_dir / 'manager.key')
        self._store = Store(self.settings.database_url)
        self._namespace = self._node.get_namespace().rstrip('/')
        self._announcer = Announcer(self._node, self._store, key, self._namespace)
        self._clock = Clock(wall=time.time, monotonic=time.monotonic)
        self._beacon = Beacon(
            self._node,
            namespace=self._namespace,
            manager_id=self._store.manager_id,
            key_id=key.key_id,
            monotonic=time.monotonic,
            period_sec=self.settings.heartbeat_period_sec,
            give_way=self._give_way,
        )
        self._probe = self._node.create_timer(
            max(0.001, self.settings.second_manager_probe_sec), self._begin
        )

    def _give_way(self, other: str) -> None:
        self._probe.cancel()
        self._log.fatal(
            f'another deployment manager is in charge of {self._namespace}: {other}. This one'
            ' does not serve. Stop the other one first, or use another ROS domain or namespace'
        )
        self._session.stop(EXIT_REFUSED)

    def _begin(self) -> None:
        """Nobody else serves here: serve, or end and say why that cannot be."""
        self._probe.cancel()
        try:
            self._serve()
        except (StoreUnavailable, ValueError) as error:
            self._log.fatal(f'cannot serve: {error}')
            self._session.stop(EXIT_UNUSABLE)

    def _serve(self) -> None:
        """Load the fleet and open the doors."""
        rules = Rules(
            offline_after_sec=self.settings.offline_after_sec,
            removal_deadline_sec=self.settings.removal_deadline_sec,
            proving_sec=self.settings.update_proving_sec,
            update_timeout_sec=self.settings.update_timeout_sec,
            network=self._built_in_network(),
            discovery_range=self.settings.discovery_range,
            control_domain_id=self._session.context.get_domain_id(),
            server_image=self.settings.discovery_server_image,
        )
        self._manager = Manager(self._store, rules, self._clock, self._announcer.tell)
        secrets = Secrets(self._manager.fleet, self._key)
        self._announcer.attach(self._manager, secrets)
        self._manager.evaluate_all()
        requests = Requests(self._manager, self._log)
        views = Views(self._manager)
        tickets = Tickets(
            self._manager,
            self._key,
            namespace=self._namespace,
            valid_sec=self.settings.ticket_sec,
        )
        api = RosApi(self._node, self._manager, requests, views, secrets=secrets, tickets=tickets)
        actions = Actions(
            self._node,
            self._manager,
            views,
            Asks(
                create=api.create,
                deprovision=api.deprovision,
                update=api.update,
                cancel_update=api.cancel_update,
            ),
        )
        self._announcer.on_change(actions.changed)
        self._on_prune()
        self._listen()
        self._beacon.serve(self._store.epoch)
        self._log.info(
            f"serving {self._namespace} as manager '{self._store.manager_id}',"
            f' {len(self._manager.fleet.deployments)} deployments,'
            f' {len(self._manager.fleet.devices)} devices known,'
            f" database '{self.settings.database_url}'"
        )

    def _built_in_network(self) -> RosNetwork | None:
        if not self.settings.default_network:
            return None
        return RosNetwork(
            name=self.settings.default_network,
            domain_id=self.settings.default_domain_id,
            discovery_range=self.settings.discovery_range,
        )

    def _listen(self) -> None:
        self._asked: set[str] = set()
        topic = self._topic
        self._node.create_subscription(
            msg.Envelope, topic(endpoints.DEVICE_REPORTS), self._on_report, qos.REPORT_READER
        )
        self._node.create_subscription(
            msg.Heartbeat, topic(endpoints.DEVICE_HEARTBEATS), self._on_heartbeat, qos.HEARTBEAT
        )
        self._report_requests = self._node.create_publisher(
            msg.ReportRequest, topic(endpoints.REPORT_REQUESTS), qos.REQUESTS
        )
        self._node.create_timer(TICK_SEC, self._on_tick)
        self._node.create_timer(PRUNE_SEC, self._on_prune)

    def _topic(self, name: str) -> str:
        return endpoints.shared(name, self._namespace)

    def _on_report(self, envelope: msg.Envelope) -> None:
        try:
            report = open_report(envelope)
        except EnvelopeRefused as refusal:
            self._log.warning(
                f"ignored a report that claims to be from '{envelope.device:.80}': {refusal}",
                throttle_duration_sec=10.0,
            )
            return
        work = self._manager.begin()
        reports.take_report(
            work,
            self._manager.fleet,
            report,
            key_id=envelope.key_id,
            monotonic=self._clock.monotonic(),
        )
        self._finish(work)

    def _on_heartbeat(self, beat: msg.Heartbeat) -> None:
        work = self._manager.begin()
        wanted = reports.take_heartbeat(
            work,
            self._manager.fleet,
            DeviceName(beat.device),
            beat.key_id,
            (beat.incarnation, beat.sequence),
            uptime_sec=beat.uptime_sec,
            monotonic=self._clock.monotonic(),
        )
        self._finish(work)
        if wanted and beat.device not in self._asked and len(self._asked) < MOST_ASKED_PER_TICK:
            self._asked.add(beat.device)
            self._report_requests.publish(msg.ReportRequest(device=beat.device))

    def _on_tick(self) -> None:
        self._asked.clear()  # who was not asked is when it is heard next
        work = self._manager.begin()
        reports.tick(work, self._manager.fleet, monotonic=self._clock.monotonic())
        self._finish(work)

    def _finish(self, work: UnitOfWork) -> None:
        try:
            self._manager.finish(work)
        except StoreUnavailable as fault:
            self._log.error(
                f'what devices say is not taken in, until this is mended: {fault}',
                throttle_duration_sec=10.0,
            )

    def _on_prune(self) -> None:
        now = self._clock.wall()
        try:
            self._store.prune(
                Limits(
                    events_before=now - self.settings.events_kept_days * DAY_SEC,
                    events_kept=self.settings.events_kept,
                    answers_before=now - ANSWERS_KEPT_SEC,
                    stopped_before=now - self.settings.stopped_kept_days * DAY_SEC,
                    stopped_kept=self.settings.stopped_kept,
                    needed=self._manager.fleet.stopped_needed(),
                    held=self._manager.fleet.configs_held(),
                )
            )
        except StoreUnavailable as fault:
            self._log.error(f'what is old is not removed: {fault}')

    def close(self) -> None:
        """Close the store, after the node stopped spinning."""
        self._store.close()


def run(args: list[str]) -> int:
    """Run the node until it is asked to end; return its exit code."""
    session = Session(
        endpoints.MANAGER, namespace=endpoints.NAMESPACE, args=args, heed_signals=True
    )
    try:
        manager = DeploymentManager(session)
    except (StoreUnavailable, OSError, ValueError) as error:
        session.node.get_logger().fatal(f'cannot start: {error}')
        session.close()
        return EXIT_UNUSABLE
    try:
        return session.run()
    finally:
        manager.close()
