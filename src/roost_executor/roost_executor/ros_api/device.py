# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The executor's topics and services: the only place that knows messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
import time
from typing import Protocol

from rclpy.duration import Duration
from rclpy.node import Node

from roost_core.instance import Identity
from roost_core.names import DeviceName
from roost_core.report import DeviceReport
from roost_executor.checkpoint import SealedState
from roost_executor.configs import ConfigUnavailable
from roost_interfaces.msg import Envelope, Heartbeat, ProcessIdentity, ReportRequest, Result
from roost_interfaces.srv import IdentifyProcesses, ReadConfig
from roost_wire import endpoints, qos
from roost_wire.calls import call, CallTimeout
from roost_wire.envelope import EnvelopeRefused, seal_report
from roost_wire.signing import SigningKey

MOST_PIDS = 100_000

READ_TIMEOUT_SEC = 10.0
LOOK_SEC = 0.01


class ProcessFinder(Protocol):
    """Tells which instances processes belong to."""

    def identify(self, pids: Iterable[int], *, bits: int = 32) -> Mapping[int, Identity]:
        """Give the instance of each process that belongs to one."""


class RosApi:
    """Speak and listen for one device. Its callbacks run on the spinning thread."""

    def __init__(
        self,
        node: Node,
        *,
        device: DeviceName,
        key: SigningKey,
        namespace: str,
    ) -> None:
        """Create what is spoken on; `listen` and `serve` create the rest."""
        self._started_at = time.monotonic()
        self._node = node
        self._device = device
        self._key = key
        self._namespace = namespace
        self._reports = node.create_publisher(
            Envelope, endpoints.shared(endpoints.DEVICE_REPORTS, namespace), qos.REPORT_WRITER
        )
        self._configs = node.create_client(
            ReadConfig, endpoints.of_manager(endpoints.READ_CONFIG, namespace)
        )
        self._heartbeats = node.create_publisher(
            Heartbeat, endpoints.shared(endpoints.DEVICE_HEARTBEATS, namespace), qos.HEARTBEAT
        )

    def publish_report(self, report: DeviceReport) -> None:
        """Sign a report and publish it; callable from any thread."""
        self._reports.publish(seal_report(report, self._key))

    def await_listeners(self, timeout_sec: float) -> None:
        """Wait until somebody listens to reports, at most so long."""
        deadline = time.monotonic() + timeout_sec
        while not self._reports.get_subscription_count() and time.monotonic() < deadline:
            time.sleep(LOOK_SEC)

    def await_heard(self, timeout_sec: float) -> None:
        """Wait until all who listen have the last report, at most so long."""
        self._reports.wait_for_all_acked(Duration(nanoseconds=int(timeout_sec * 1e9)))

    @property
    def uptime_sec(self) -> float:
        """Seconds since the executor started, by a clock that nobody sets."""
        return time.monotonic() - self._started_at

    def publish_heartbeat(self, incarnation: int, sequence: int, applied: tuple[int, int]) -> None:
        """Publish a sign of life."""
        epoch, revision = applied
        self._heartbeats.publish(
            Heartbeat(
                device=self._device,
                key_id=self._key.key_id,
                incarnation=incarnation,
                sequence=sequence,
                epoch=epoch,
                revision=revision,
                uptime_sec=self.uptime_sec,
            )
        )

    def read_config(self, digest: str, offset: int) -> tuple[bytes, int]:
        """Ask the manager for a part of a config; not for the spinning thread.

        Returns:
            Bytes from the offset on, and the size of the whole.

        Raises:
            ConfigUnavailable: the manager does not answer, or does not have it.
        """
        request = ReadConfig.Request(digest=digest, offset=offset)
        try:
            answer = call(self._configs, request, timeout_sec=READ_TIMEOUT_SEC)
        except CallTimeout as error:
            raise ConfigUnavailable(f'the manager does not answer, {error}') from error
        if not answer.result.ok:
            raise ConfigUnavailable(answer.result.message)
        return bytes(answer.data), answer.total_bytes

    def listen(
        self,
        *,
        on_desired: Callable[[SealedState], None],
        on_refused: Callable[[str], None],
        on_report_request: Callable[[], None],
    ) -> None:
        """Listen for desired states and for requests to report again."""

        def take_desired(envelope: Envelope) -> None:
            try:
                sealed = _sealed_of(envelope)
            except EnvelopeRefused as refusal:
                on_refused(str(refusal))
                return
            on_desired(sealed)

        def take_request(request: ReportRequest) -> None:
            if request.device == self._device:
                on_report_request()

        self._node.create_subscription(
            Envelope,
            endpoints.desired_state(self._device, self._namespace),
            take_desired,
            qos.LATCHED,
        )
        self._node.create_subscription(
            ReportRequest,
            endpoints.shared(endpoints.REPORT_REQUESTS, self._namespace),
            take_request,
            qos.REQUESTS,
        )

    def serve(self, finder: ProcessFinder | None) -> None:
        """Answer which executables processes belong to."""

        def identify(
            request: IdentifyProcesses.Request, response: IdentifyProcesses.Response
        ) -> IdentifyProcesses.Response:
            pids = list(request.pids)
            if len(pids) > MOST_PIDS:
                response.result = Result(
                    code=Result.CODE_TOO_LARGE,
                    message=f'{len(pids)} processes asked for, at most {MOST_PIDS} are allowed',
                )
                return response
            bits = 16 if request.low_16_bits else 32
            found = finder.identify(pids, bits=bits) if finder is not None else {}
            response.processes = [_process(pid, found.get(pid)) for pid in pids]
            response.result = Result(ok=True)
            return response

        self._node.create_service(IdentifyProcesses, '~/identify_processes', identify)


def _sealed_of(envelope: Envelope) -> SealedState:
    try:
        text = bytes(envelope.body).decode()
    except UnicodeDecodeError as error:
        raise EnvelopeRefused('its body is not UTF-8') from error
    return SealedState(
        device=envelope.device,
        manager_id=envelope.manager_id,
        epoch=envelope.epoch,
        revision=envelope.revision,
        protocol=envelope.protocol,
        key_id=envelope.key_id,
        signature_hex=bytes(envelope.signature).hex(),
        text=text,
    )


def _process(pid: int, owner: Identity | None) -> ProcessIdentity:
    if owner is None:
        return ProcessIdentity(pid=pid)
    return ProcessIdentity(
        pid=pid,
        found=True,
        deployment_id=owner.slot.deployment_id,
        component=owner.slot.component,
        executable=owner.slot.executable,
    )
