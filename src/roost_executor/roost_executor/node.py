# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The device executor node: wiring."""

from __future__ import annotations

from importlib import metadata
import logging
import os
from pathlib import Path

from rclpy.exceptions import ParameterException
from rclpy.impl.rcutils_logger import RcutilsLogger
from rclpy.logging import get_logger
from rclpy.node import Node

from roost_core import error_codes
from roost_core.desired import DesiredState
from roost_core.package import DeviceRuntime
from roost_executor import offering, settings
from roost_executor.archive.keeper import LogKeeper
from roost_executor.checkpoint import Checkpoint
from roost_executor.doorkeeper import Doorkeeper
from roost_executor.facts import Configured, FactFinder, UnknownArchitecture
from roost_executor.histories import Histories
from roost_executor.intake import Intake
from roost_executor.notices import Notices
from roost_executor.preparation import Preparation
from roost_executor.reporter import Reporter
from roost_executor.resources import Resources, rules_of
from roost_executor.ros_api.device import RosApi
from roost_executor.ros_api.log_lines import LogLines
from roost_executor.ros_api.logs import LogReading
from roost_executor.ros_api.shells import ShellServices
from roost_executor.ros_api.watching import collector_command, WatchService
from roost_executor.runtimes.process import ProcessRuntime
from roost_executor.shells.sessions import Sessions
from roost_executor.state_dir import read_boot_id, StateDir, StateDirTaken
from roost_executor.supervisor import Supervisor
from roost_executor.trust import Trust
from roost_executor.watching import NetworkWatching
from roost_wire import endpoints
from roost_wire.deferred import DeferredServices
from roost_wire.session import Session
from roost_wire.signing import fingerprint, SigningKey

EXIT_REFUSED = 3
EXIT_UNUSABLE = 4

# What makes a start impossible, each with a text that says why.
UNUSABLE = (StateDirTaken, UnknownArchitecture, ParameterException, OSError, ValueError)

SETTLE_SEC = 2.0
LAST_WORD_SEC = 0.5
SESSIONS_SEC = 3.0


class DeviceExecutor:
    """Wire the supervisor to ROS, to the runtimes, and to what is durable."""

    def __init__(self, session: Session) -> None:
        """Take the state folder, go on with what was asked for last, and begin to listen.

        Raises:
            what UNUSABLE names.
        """
        node = session.node
        self._session = session
        self._log = node.get_logger()
        self.settings = given = settings.declare(node)
        self._state = StateDir(given.state_dir)
        key = SigningKey.load_or_create(given.state_dir / 'device.key')
        rules = rules_of(given.policy_file, manager_key=given.manager_key)
        self._namespace = _root_of(node, given)
        self._api = RosApi(node, device=given.device, key=key, namespace=self._namespace)
        self._resources = Resources(
            given.state_dir,
            unseal=key.unseal,
            read=self._api.read_config,
            mounted=self._mounted,
        )
        self._runtimes = offering.runtimes(
            given.runtimes,
            docker_host=given.docker_host,
            state_dir=given.state_dir,
            device=given.device,
            device_key=key.key_id,
            secrets=self._resources.secrets.environment,
            is_removed=self._resources.is_removed,
        )
        self._facts = FactFinder(
            Configured(
                ros_distro=os.environ.get('ROS_DISTRO', ''),
                executor_version=metadata.version('roost_executor'),
                labels=given.labels,
                variables=given.variables,
                address=given.address,
                policy=rules,
            ),
            self._runtimes,
            given.state_dir,
        )
        self._incarnation = self._state.begin_incarnation()
        self._reporter = Reporter(
            device=given.device,
            incarnation=self._incarnation,
            facts=self._facts.facts,
            publish=self._api.publish_report,
        )
        notices = Notices(self._log.warning, self._reporter.show_notices)
        self._histories = Histories(
            given.state_dir / 'histories.json', complain=notices.put, settle=notices.settle
        )
        self._logs = LogKeeper(
            given.state_dir / 'logs',
            self._runtimes,
            boot_id=read_boot_id(),
            retention=given.retention,
            complain=notices.put,
            settle=notices.settle,
        )
        self._supervisor = Supervisor(
            self._runtimes,
            histories=self._histories,
            boot_id=read_boot_id(),
            show=self._reporter.show,
            complain=notices.put,
            reached=self._on_reached,
            back_off=given.back_off,
            limits=given.limits,
            boot_order_sec=given.boot_order_sec,
            preparation=Preparation(
                rules=rules,
                secrets=self._resources.secrets,
                configs=self._resources.configs,
                state_dir=given.state_dir,
            ),
            overhear=self._logs.hear,
            taken_in=self._logs.finish,
        )
        trust = Trust(
            given.state_dir / 'manager.key',
            device=given.device,
            device_key_id=key.key_id,
            notices=notices,
            pinned=given.manager_key or rules.manager_key,
        )
        self._doorkeeper = Doorkeeper(
            device=given.device,
            device_key_id=key.key_id,
            incarnation=self._incarnation,
            manager_key=lambda: trust.key_id,
            uptime_sec=lambda: self._api.uptime_sec,
        )
        command = collector_command(given.device, self._namespace)
        self._watching = NetworkWatching(command, notices.put) if command else None
        self._sessions = Sessions(self._supervisor.look, given.shells, complain=notices.put)
        self._intake = Intake(
            trust,
            Checkpoint(given.state_dir / 'checkpoint.json'),
            notices,
            ask=self._ask,
            release=self._reporter.release,
            claimed=self._on_claimed,
        )
        self._claimed = False
        self._begin(node)
        self._log.info(
            f"executor of '{given.device}' (key {fingerprint(key.key_id)}), incarnation"
            f" {self._incarnation}, state in '{given.state_dir}', runtimes:"
            f' {", ".join(sorted(self._runtimes.keys() & set(settings.OFFERABLE))) or "none"}'
        )

    def _begin(self, node: Node) -> None:
        self._intake.resume()
        docker = self._runtimes.get(DeviceRuntime.DOCKER)
        if end_left := getattr(docker, 'end_left_programs', None):
            end_left()
        self._supervisor.start()
        self._facts.start(self._reporter.show_facts, period_sec=self.settings.facts_period_sec)
        native = self._runtimes.get(DeviceRuntime.PREINSTALLED)
        self._api.serve(native if isinstance(native, ProcessRuntime) else None)
        WatchService(node, self._watching, device=self.settings.device, namespace=self._namespace)
        ShellServices(DeferredServices(self._session), self._sessions, self._doorkeeper)
        LogReading(DeferredServices(self._session), self._logs, self._doorkeeper)
        LogLines(self._session, self._logs, self._doorkeeper)
        self._api.listen(
            on_desired=self._intake.take,
            on_refused=self._intake.refuse,
            on_report_request=self._reporter.repeat,
        )
        node.create_timer(self.settings.heartbeat_period_sec, self._on_heartbeat)
        self._on_heartbeat()

    def _ask(self, state: DesiredState) -> None:
        """Have the device made to match."""
        has_news = self._resources.learn(state)
        self._logs.learn(state)
        self._supervisor.ask(state)
        if has_news:
            self._supervisor.retry(error_codes.SECRET_MISSING)

    def _mounted(self, folder: Path) -> bool:
        """Tell whether a container has a folder mounted; without an engine there is none."""
        mounts = getattr(self._runtimes.get(DeviceRuntime.DOCKER), 'mounts', None)
        return mounts is not None and bool(mounts(folder))

    def _on_heartbeat(self) -> None:
        self._intake.retry()
        self._resources.tidy()
        self._logs.tidy()
        reporter = self._reporter
        self._api.publish_heartbeat(self._incarnation, reporter.sequence, reporter.applied)

    def _on_reached(self, kind: DeviceRuntime, answers: bool) -> None:
        if kind in settings.OFFERABLE:
            self._log.info(f'runtime {kind} {"answers" if answers else "does not answer"}')
        self._reporter.show_facts(self._facts.note(kind, answers=answers))

    def _on_claimed(self, why: str) -> None:
        self._claimed = True
        self._log.fatal(f'{why}. What runs here goes on')
        self._session.stop(EXIT_REFUSED)

    def leave(self) -> None:
        """Finish what is under way, say goodbye, and leave everything running but sessions."""
        if self._watching is not None:
            self._watching.close()
        self._sessions.begin_leaving()
        self._supervisor.close(SETTLE_SEC)
        if self._claimed:  # by its reports, the manager learns of the second machine
            self._api.await_listeners(self.settings.leave_timeout_sec)
        else:
            self._reporter.leave(LAST_WORD_SEC)
        self._api.await_heard(self.settings.leave_timeout_sec)
        self._sessions.leave(SESSIONS_SEC)
        self._histories.close(LAST_WORD_SEC)
        self._logs.close(SETTLE_SEC)


class _ToNodeLog(logging.Handler):
    """Pass on what modules without ROS log."""

    def __init__(self, log: RcutilsLogger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Log a record with the logger of the node."""
        write = {
            logging.DEBUG: self._log.debug,
            logging.INFO: self._log.info,
            logging.WARNING: self._log.warning,
        }.get(record.levelno, self._log.error)
        write(self.format(record))


def run(args: list[str]) -> int:
    """Run the node until it is asked to end; return its exit code."""
    try:
        session = Session(
            endpoints.EXECUTOR, namespace=_namespace_of, args=args, heed_signals=True
        )
    except (ValueError, ParameterException) as error:
        get_logger(endpoints.EXECUTOR).fatal(f'cannot start: {error}')
        return EXIT_UNUSABLE
    log = session.node.get_logger()
    told = logging.getLogger('roost_executor')
    told.setLevel(logging.INFO)
    told.addHandler(_ToNodeLog(log))
    try:
        executor = DeviceExecutor(session)
    except UNUSABLE as error:
        log.fatal(f'cannot start: {error}')
        session.close()
        return EXIT_REFUSED if isinstance(error, StateDirTaken) else EXIT_UNUSABLE
    return session.run(goodbye=executor.leave)


def _namespace_of(node: Node) -> str:
    return endpoints.device_namespace(settings.declare_device(node))


def _root_of(node: Node, given: settings.Settings) -> str:
    """Give the namespace that all of Roost is in."""
    namespace: str = node.get_namespace()
    root = namespace.removesuffix(endpoints.device_namespace(given.device, ''))
    if root == namespace:
        raise ValueError(
            f"the namespace of the executor of '{given.device}' must end with"
            f" '{endpoints.device_namespace(given.device, '')}', it is '{namespace}'"
        )
    return root
