# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A manager that asks one device for what a test wants."""

from __future__ import annotations

from collections.abc import Callable
import os
from typing import Any

from contract.peer import Peer
from contract.wire import (
    BEST_EFFORT,
    Body,
    Key,
    LATCHED,
    LATCHED_OF_MANY,
    RELIABLE,
    schema,
    seal,
    unseal,
)
from roost_interfaces.msg import Envelope, Heartbeat, ReportRequest
from testbed.wait import eventually


class FakeManager:
    """Hear one device, and sign what it is to keep and to remove."""

    def __init__(self, peer: Peer, device: str) -> None:
        """Listen; nothing is asked for yet."""
        self.key = Key()
        self.epoch = 1
        self.revision = 0
        self.device = device
        self._schema = schema('report')
        self.envelopes = peer.listen(Envelope, '/roost/device_reports', LATCHED_OF_MANY)
        self.beats = peer.listen(Heartbeat, '/roost/device_heartbeats', BEST_EFFORT)
        self._node = node = peer.node
        self._desired = node.create_publisher(
            Envelope, f'/roost/devices/{device}/desired_state', LATCHED
        )
        self._requests = node.create_publisher(ReportRequest, '/roost/report_requests', RELIABLE)

    def body(self, **content: Any) -> Body:
        """Make the next desired state."""
        self.revision += 1
        return {
            'schema': 1,
            'device': self.device,
            'manager_id': 'fake',
            'epoch': self.epoch,
            'revision': self.revision,
            'device_key_id': self.device_key,
            **content,
        }

    def ask(self, **content: Any) -> None:
        """Publish the next desired state."""
        self.publish(seal(self.body(**content), self.key))

    def publish(self, envelope: Envelope) -> None:
        """Publish an envelope as it is."""
        self._desired.publish(envelope)

    def retire(self) -> None:
        """Ask for nothing any more: who comes late does not hear the last desired state."""
        self._node.destroy_publisher(self._desired)

    def ask_again(self) -> None:
        """Ask the device to publish its last report once more."""
        self._requests.publish(ReportRequest(device=self.device))

    @property
    def reports(self) -> list[Body]:
        """Every report so far; each was checked."""
        return [unseal(each, self._schema) for each in list(self.envelopes)]

    @property
    def device_key(self) -> str:
        """Key that the newest report was signed with."""
        key_id: str = self.envelopes[-1].key_id
        return key_id

    def wait_report(
        self, condition: Callable[[Body], Any] = lambda body: True, what: str = 'a report'
    ) -> Body:
        """Wait until the newest report is as it should be."""

        def newest() -> Body | None:
            bodies = [unseal(each, self._schema) for each in self.envelopes[-1:]]
            assert bodies, 'there is none'
            assert condition(bodies[0]), bodies[0]
            return bodies[0]

        report = eventually(newest, 30, what)
        assert report is not None
        return report

    def wait_running(self, deployment: str = 'lamp') -> int:
        """Wait until the instance of a deployment runs, and give its pid."""
        report = self.wait_report(
            lambda body: instance(body, deployment)['status'] == 'Running', f'{deployment} runs'
        )
        return pid_of(instance(report, deployment))

    def wait_notice(self, text: str) -> Body:
        """Wait for a notice."""
        return self.wait_report(
            lambda body: any(text in notice for notice in body.get('notices', [])), text
        )


def process(
    *command: str, deployment: str = 'lamp', generation: int = 1, restart: str = 'always'
) -> Body:
    """Ask for a native process."""
    return {
        'slot': {'deployment_id': deployment, 'component': 'light', 'executable': 'bulb'},
        'deployment_name': deployment,
        'generation': generation,
        'restart': restart,
        'spec': {
            'runtime': 'preinstalled',
            'command': list(command),
            'environment': {'COLOUR': 'red'},
            'stop_timeout_sec': 2.0,
        },
    }


def removal(deployment: str = 'lamp') -> Body:
    """Ask for a removal."""
    return {'deployment_id': deployment, 'deployment_name': deployment}


def instance(report: Body, deployment: str = 'lamp') -> Body:
    """Find what a report says of the instance of a deployment."""
    found = [
        each for each in report.get('instances', []) if each['slot']['deployment_id'] == deployment
    ]
    assert len(found) == 1, report
    return dict(found[0])


def pid_of(told: Body) -> int:
    """Read the pid out of 'pid@start time'."""
    return int(told['instance_id'].partition('@')[0])


def lives(pid: int) -> bool:
    """Tell whether a process exists and has not ended."""
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as file:
            return file.read().rpartition(')')[2].split()[0] != 'Z'
    except (FileNotFoundError, ProcessLookupError):  # it ended before, or while it was read
        return False


def children_of(pid: int) -> list[str]:
    """List the processes that a process has started."""
    with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as file:
        return file.read().split()


def environment_of(pid: int) -> list[str]:
    """Read the environment that a process was started with."""
    with open(f'/proc/{pid}/environ', 'rb') as file:
        return os.fsdecode(file.read()).split('\0')
