# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Asks executors which executables processes belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
import time

from rclpy.client import Client
from rclpy.node import Node
from rclpy.task import Future

from roost_core.graph.attribution import Place, Question
from roost_core.names import DeviceName, is_device_name
from roost_interfaces import srv
from roost_wire import endpoints

# One request asks about no more processes than this.
_BATCH = 512


@dataclass(slots=True)
class _Asked:
    """A request that has not been answered."""

    future: Future
    until: float


class Identification:
    """Asks each executor at most one thing at a time. For the spinning thread only.

    What is not answered in time is forgotten, and asked again when it is asked for again.
    """

    def __init__(
        self,
        node: Node,
        *,
        namespace: str,
        timeout_sec: float,
        on_answer: Callable[[str, Mapping[str, Place | None]], None],
    ) -> None:
        """Take on_answer for what a device's executor said, by GUID prefix."""
        self._node = node
        self._namespace = namespace
        self._timeout_sec = timeout_sec
        self._on_answer = on_answer
        self._clients: dict[str, Client] = {}
        self._asked: dict[str, _Asked] = {}

    def ask(self, questions: Mapping[str, Sequence[Question]]) -> None:
        """Ask, by device, unless the device was asked and still has time."""
        for device in self._clients.keys() - questions.keys() - self._asked.keys():
            self._node.destroy_client(self._clients.pop(device))
        for device, of_device in questions.items():
            if is_device_name(device):
                self._ask_device(device, of_device)

    def _ask_device(self, device: str, questions: Sequence[Question]) -> None:
        client = self._clients.get(device)
        if client is None:
            name = endpoints.of_executor(DeviceName(device), 'identify_processes', self._namespace)
            client = self._node.create_client(srv.IdentifyProcesses, name)
            self._clients[device] = client
        waiting = self._asked.get(device)
        if waiting is not None:
            if time.monotonic() < waiting.until:
                return
            client.remove_pending_request(waiting.future)
            del self._asked[device]
        if not client.service_is_ready():
            return
        low = questions[0].low_16_bits
        batch = [each for each in questions if each.low_16_bits is low][:_BATCH]
        request = srv.IdentifyProcesses.Request(
            pids=[each.process_id for each in batch], low_16_bits=low
        )
        future = client.call_async(request)
        self._asked[device] = _Asked(future, time.monotonic() + self._timeout_sec)
        future.add_done_callback(lambda done: self._answered(device, batch, done))

    def _answered(self, device: str, batch: Sequence[Question], future: Future) -> None:
        waiting = self._asked.get(device)
        if waiting is None or waiting.future is not future or future.cancelled():
            return
        del self._asked[device]
        response = future.result()
        if not response.result.ok:
            self._node.get_logger().warning(
                f"the executor of '{device}' does not identify processes:"
                f' {response.result.message}',
                throttle_duration_sec=60.0,
            )
            return
        told = {
            each.pid: Place(each.deployment_id, each.component, each.executable)
            for each in response.processes
            if each.found
        }
        self._on_answer(device, {each.gid_prefix: told.get(each.process_id) for each in batch})
