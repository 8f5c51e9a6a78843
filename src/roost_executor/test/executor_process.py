# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The executor as a real process, and a stand-in for the manager that drives it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import os
from pathlib import Path
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from roost_core.config import digest_of
from roost_core.desired import DesiredState, Removal
from roost_core.document import canonical_json
from roost_core.instance import DesiredInstance
from roost_core.names import DeviceName
from roost_core.report import DeviceReport, InstanceReport
from roost_core.secret import SealedSecret, SecretType
from roost_core.status import Status
from roost_executor.runtimes.process import ProcessRuntime
from roost_interfaces.msg import Envelope, Heartbeat, ReportRequest, Result
from roost_interfaces.srv import ReadConfig
from roost_wire import endpoints, qos
from roost_wire.envelope import open_report, seal_desired
from roost_wire.sealing import seal
from roost_wire.session import Session
from roost_wire.signing import SigningKey
from testbed.wait import eventually

ROVER = DeviceName('rover1')
DEADLINE_SEC = 30.0
RUN = 'import sys; from roost_executor.main import main; main()'


@dataclass
class Heard:
    """A report as it came, with the key that signed it."""

    report: DeviceReport
    key_id: str
    at: float


class Manager:
    """A node that signs desired states, and keeps what devices say."""

    def __init__(self, folder: Path, domain_id: int, name: str = 'home') -> None:
        self.key = SigningKey.load_or_create(folder / f'{name}.key')
        self.name = name
        self.revision = 0
        self.epoch = 1
        self.heard: list[Heard] = []
        self.beats: list[Heartbeat] = []
        self.reads = 0
        self._changed = threading.Condition()
        self.session = Session(
            endpoints.MANAGER, namespace=endpoints.NAMESPACE, domain_id=domain_id
        )
        node = self.session.node
        node.create_subscription(
            Envelope,
            endpoints.shared(endpoints.DEVICE_REPORTS),
            self._on_report,
            qos.REPORT_READER,
        )
        node.create_subscription(
            Heartbeat,
            endpoints.shared(endpoints.DEVICE_HEARTBEATS),
            self.beats.append,
            qos.HEARTBEAT,
        )
        self._desired = node.create_publisher(
            Envelope, endpoints.desired_state(ROVER), qos.LATCHED
        )
        self._requests = node.create_publisher(
            ReportRequest, endpoints.shared(endpoints.REPORT_REQUESTS), qos.REQUESTS
        )
        self.session.start()

    @property
    def last(self) -> DeviceReport:
        """The newest report."""
        return self.heard[-1].report

    def ask(
        self,
        *keep: DesiredInstance,
        remove: tuple[Removal, ...] = (),
        secrets: Mapping[str, object] | None = None,
        revision: int | None = None,
        device_key_id: str | None = None,
        alter: Callable[[Envelope], None] = lambda envelope: None,
    ) -> None:
        """Publish a desired state; the next revision unless told otherwise."""
        if revision is None:
            self.revision += 1
        if device_key_id is None:
            device_key_id = self.wait(lambda heard: heard.key_id, 'the key of the device')
        state = DesiredState(
            device=ROVER,
            manager_id=self.name,
            epoch=self.epoch,
            revision=self.revision if revision is None else revision,
            device_key_id=device_key_id,
            keep=keep,
            remove=remove,
            secrets=tuple(
                SealedSecret(
                    name=name,
                    version=1,
                    type=SecretType.OPAQUE,
                    sealed=base64.b64encode(seal(device_key_id, canonical_json(body))).decode(),
                )
                for name, body in (secrets or {}).items()
            ),
        )
        envelope = seal_desired(state, self.key)
        alter(envelope)
        self._desired.publish(envelope)

    def serve_config(self, packed: bytes) -> None:
        """Give a config to executors that ask for it."""
        digest = digest_of(packed)

        def read(request: ReadConfig.Request, response: ReadConfig.Response) -> Any:
            self.reads += 1
            response.result = Result(ok=request.digest == digest, message='there is none')
            response.data = packed[request.offset : request.offset + 1000]
            response.total_bytes = len(packed)
            return response

        name = endpoints.of_manager(endpoints.READ_CONFIG)
        self.session.node.create_service(ReadConfig, name, read)

    def wait(self, fits: Callable[[Heard], Any], what: str, *, after: int = 0) -> Any:
        """Return what `fits` says of the first report that fits, from that number on."""

        def found() -> Any:
            return next((it for each in self.heard[after:] if (it := fits(each))), None)

        with self._changed:
            self._changed.wait_for(found, DEADLINE_SEC)
            value = found()
            assert value, f'{what}: not heard; last was {self.heard[-1:]}'
            return value

    def wait_for(
        self,
        item: DesiredInstance,
        status: Status,
        fits: Callable[[InstanceReport], Any] = lambda report: True,
        *,
        after: int = 0,
    ) -> InstanceReport:
        """Return the first report of an instance that fits."""

        def found(heard: Heard) -> InstanceReport | None:
            for each in heard.report.instances:
                if each.slot == item.slot and each.status is status and fits(each):
                    return each
            return None

        report: InstanceReport = self.wait(found, f'{item.slot} {status}', after=after)
        return report

    def wait_removed(self, name: str) -> None:
        """Wait until the removal of a deployment is confirmed."""
        self.wait(
            lambda heard: any(
                each.done and each.deployment_id == f'{name}-1' for each in heard.report.removals
            ),
            f'the removal of {name}',
        )

    def request_report(self) -> None:
        """Ask for the last report again."""
        self._requests.publish(ReportRequest(device=ROVER))

    def close(self) -> None:
        """Leave."""
        self.session.close()

    def _on_report(self, envelope: Envelope) -> None:
        heard = Heard(open_report(envelope), envelope.key_id, time.monotonic())
        with self._changed:
            self.heard.append(heard)
            self._changed.notify_all()


class Executor:
    """The executor's process, which can be started again after its end."""

    def __init__(self, folder: Path, domain_id: int) -> None:
        self.state_dir = folder / 'state'
        self.log_path = folder / 'executor.log'
        self._domain_id = domain_id
        self.children: list[subprocess.Popen[bytes]] = []

    @property
    def log(self) -> str:
        """All output so far."""
        return self.log_path.read_text(errors='replace')

    @property
    def pid(self) -> int:
        """Process id of the newest."""
        return self.children[-1].pid

    def start(self, **parameters: str) -> subprocess.Popen[bytes]:
        """Start one more."""
        given = {
            'device': ROVER,
            'state_dir': str(self.state_dir),
            'runtimes': '[preinstalled]',
            'heartbeat_period_sec': '0.2',
            'restart_first_sec': '0.1',
            'restart_cap_sec': '0.3',
            **parameters,
        }
        arguments = [part for pair in given.items() for part in ('-p', ':='.join(pair)) if pair[1]]
        with self.log_path.open('ab') as output:
            child = subprocess.Popen(
                [sys.executable, '-u', '-c', RUN, '--ros-args', *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={
                    **os.environ,
                    'ROS_DOMAIN_ID': str(self._domain_id),
                    'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
                    'PYTHONPATH': os.pathsep.join(sys.path),
                },
            )
        self.children.append(child)
        return child

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal the newest, and return its exit code."""
        self.children[-1].send_signal(number)
        return self.children[-1].wait(DEADLINE_SEC)

    def close(self) -> None:
        """End everything, also what the executor started."""
        for child in self.children:
            child.kill()
            child.wait()
        if self.state_dir.exists():
            runtime = ProcessRuntime(self.state_dir)
            for instance in runtime.list():
                runtime.remove(instance.identity)

    def processes(self) -> dict[str, list[int]]:
        """List what runs of each deployment, by process id, from the processes themselves."""
        found: dict[str, list[int]] = {}
        runtime = ProcessRuntime(self.state_dir)
        for instance in runtime.list():
            if instance.pid:
                found.setdefault(instance.deployment_name, []).append(instance.pid)
        return found


def gone(pid: int) -> None:
    """Wait until a process is gone."""
    eventually(lambda: not Path(f'/proc/{pid}').exists(), DEADLINE_SEC, f'the end of {pid}')


def pids(mark: str) -> list[int]:
    """List the processes that have a mark among their arguments."""
    found = []
    for path in Path('/proc').glob('[0-9]*/cmdline'):
        try:
            words = path.read_bytes().split(b'\0')
        except OSError:
            continue
        if mark.encode() in words:
            found.append(int(path.parent.name))
    return found
