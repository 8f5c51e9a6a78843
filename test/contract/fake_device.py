# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A device that says what a test has it say."""

from __future__ import annotations

from typing import Any

from contract.peer import Peer
from contract.wire import (
    BEST_EFFORT,
    Body,
    Key,
    LATCHED,
    RELIABLE,
    schema,
    seal,
    unseal,
)
from roost_interfaces.msg import Envelope, Heartbeat, ReportRequest
from testbed.wait import eventually

FACTS = {'architecture': 'amd64', 'runtimes': ['preinstalled'], 'hostname': 'fake'}


class FakeDevice:
    """Report, send heartbeats, and hear what the manager wants of it."""

    def __init__(
        self, peer: Peer, name: str, *, key: Key | None = None, incarnation: int = 1
    ) -> None:
        """Be silent at first; without a key, make one."""
        self.peer = peer
        self.name = name
        self.key = key or Key()
        self.incarnation = incarnation
        self.sequence = 0
        self.asked: list[str] = []
        node = peer.node
        self._schema = schema('desired_state')
        self._desired = peer.listen(Envelope, f'/roost/devices/{name}/desired_state', LATCHED)
        self._reports = node.create_publisher(Envelope, '/roost/device_reports', LATCHED)
        self._beats = node.create_publisher(Heartbeat, '/roost/device_heartbeats', BEST_EFFORT)
        node.create_subscription(
            ReportRequest, '/roost/report_requests', self._on_request, RELIABLE
        )
        self._last: Envelope | None = None
        self._beating = node.create_timer(0.1, self.beat, autostart=False)

    def _on_request(self, request: ReportRequest) -> None:
        if request.device == self.name:
            self.asked.append(request.device)
            if self._last is not None:
                self._reports.publish(self._last)

    def body(self, **content: Any) -> Body:
        """Make the next report."""
        self.sequence += 1
        return {
            'schema': 1,
            'device': self.name,
            'incarnation': self.incarnation,
            'sequence': self.sequence,
            'facts': FACTS,
            **content,
        }

    def report(self, **content: Any) -> None:
        """Publish the next report."""
        self.publish(seal(self.body(**content), self.key))

    def publish(self, envelope: Envelope) -> None:
        """Publish an envelope as it is, as the newest report."""
        self._last = envelope
        self._reports.publish(envelope)

    def inject(self, envelope: Envelope) -> None:
        """Publish an envelope as it is, and be asked for the report before it."""
        self._reports.publish(envelope)

    def beat(self) -> None:
        """Send a sign of life."""
        self._beats.publish(
            Heartbeat(
                device=self.name,
                key_id=self.key.id,
                incarnation=self.incarnation,
                sequence=self.sequence,
            )
        )

    def keep_beating(self) -> None:
        """Send signs of life until `fall_silent`."""
        self._beating.reset()

    def fall_silent(self) -> None:
        """Send no more signs of life."""
        self._beating.cancel()

    @property
    def desired(self) -> Body | None:
        """What the manager wants now; every envelope of it was checked."""
        bodies = [unseal(each, self._schema) for each in list(self._desired)]
        return bodies[-1] if bodies else None

    @property
    def manager_keys(self) -> set[str]:
        """Keys that desired states were signed with."""
        return {each.key_id for each in list(self._desired)}

    def wait_desired(
        self, condition: Any = lambda body: True, what: str = 'desired state'
    ) -> Body:
        """Wait for a desired state."""

        def wanted() -> Body | None:
            body = self.desired
            return body if body is not None and condition(body) else None

        found = eventually(wanted, 30, what)
        assert found is not None
        return found
