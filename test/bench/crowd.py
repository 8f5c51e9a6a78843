# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Simulated devices, all in one process: each says at once that it runs what it is asked to."""

from __future__ import annotations

import json
from typing import Any

from rclpy.node import Node

from contract.wire import BEST_EFFORT, Key, LATCHED, RELIABLE, seal
from roost_interfaces.msg import Envelope, Heartbeat, ReportRequest

BEAT_SEC = 1.0


class Member:
    """One of them."""

    def __init__(self, node: Node, name: str) -> None:
        self._name = name
        self._key = Key()
        self._sequence = 0
        self._order = (0, 0)
        self._reports = node.create_publisher(Envelope, '/roost/device_reports', LATCHED)
        self._beats = node.create_publisher(Heartbeat, '/roost/device_heartbeats', BEST_EFFORT)
        node.create_subscription(
            Envelope, f'/roost/devices/{name}/desired_state', self._obey, LATCHED
        )
        self._report()

    def _report(self, **content: Any) -> None:
        self._sequence += 1
        facts = {'architecture': 'amd64', 'runtimes': ['docker'], 'hostname': self._name}
        body = {
            'schema': 1,
            'device': self._name,
            'incarnation': 1,
            'sequence': self._sequence,
            'facts': facts,
            **content,
        }
        self._last = seal(body, self._key)
        self.tell()

    def tell(self) -> None:
        """Say again what was said last."""
        self._reports.publish(self._last)

    def _obey(self, envelope: Envelope) -> None:
        order = (envelope.epoch, envelope.revision)
        if order <= self._order:
            return
        self._order = order
        body = json.loads(bytes(envelope.body))
        self._report(
            applied=self._order,
            instances=[
                {
                    'slot': each['slot'],
                    'deployment_name': each['deployment_name'],
                    'generation': each['generation'],
                    'status': 'Running',
                    'started': True,
                }
                for each in body.get('keep', [])
            ],
            removals=[
                {'deployment_id': each['deployment_id'], 'done': True}
                for each in body.get('remove', [])
            ],
        )

    def beat(self) -> None:
        """Give a sign of life."""
        beat = Heartbeat(
            device=self._name, key_id=self._key.id, incarnation=1, sequence=self._sequence
        )
        self._beats.publish(beat)


_members: dict[str, Member] = {}


def gather(node: Node, names: list[str]) -> None:
    """Have devices of these names, for as long as the process lives."""
    for name in names:
        _members[name] = Member(node, name)
    node.create_subscription(ReportRequest, '/roost/report_requests', _on_request, RELIABLE)
    node.create_timer(BEAT_SEC, _beat)


def _on_request(request: ReportRequest) -> None:
    if request.device in _members:
        _members[request.device].tell()


def _beat() -> None:
    for member in _members.values():
        member.beat()
