# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Asking the nodes of Roost: one session, bounded calls, refusals as errors."""

from __future__ import annotations

from collections.abc import Iterator
import getpass
import os
import queue
import socket
import threading
from types import TracebackType
from typing import Any, Self
import uuid

from rclpy.client import Client

from roost_cli.exits import Refused, TookTooLong, Unreachable
from roost_cli.reach import is_of_device, no_answer, nobody_answers
from roost_interfaces import msg
from roost_wire import endpoints, qos
from roost_wire.calls import await_server, call, CallTimeout
from roost_wire.convert.basic import problem_of
from roost_wire.session import Session

PAGE = 500
ANSWER_SEC = 10.0
RESEND_AFTER_SEC = 0.5

# So long a device is looked for: it was there, or the manager would not have sent us.
FIND_DEVICE_SEC = 6.0


class Asking:
    """Join ROS and ask; every call ends within timeout_sec.

    Raises of all calls:
        Unreachable: nobody offers the service.
        TookTooLong: somebody does, and did not answer.
        Refused: the answer is no; it holds every reason.
    """

    def __init__(self, *, timeout_sec: float = ANSWER_SEC, domain_id: int | None = None) -> None:
        """Join the ROS domain; None takes ROS_DOMAIN_ID."""
        self._timeout_sec = timeout_sec
        self._domain_id = domain_id
        self._session = Session(
            f'cli_{os.getpid()}', namespace=endpoints.NAMESPACE, domain_id=domain_id
        )
        self._clients: dict[str, Client] = {}
        self._making = threading.Lock()
        self._asker = {'requested_by': f'{getpass.getuser()}@{socket.gethostname()}'}

    def __enter__(self) -> Self:
        self._session.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.close()

    def manager_key(self) -> str:
        """Give the key id of the manager that serves: what is sealed to it, only it can read."""
        heard: queue.SimpleQueue[str] = queue.SimpleQueue()
        topic = endpoints.shared(endpoints.MANAGER_BEACON)
        self._session.node.create_subscription(
            msg.ManagerBeacon,
            topic,
            lambda beacon: heard.put(beacon.key_id) if beacon.serving_sec >= 0.0 else None,
            qos.REPORT_READER,
        )
        try:
            return heard.get(timeout=self._timeout_sec)
        except queue.Empty:
            raise Unreachable(nobody_answers(topic, self._timeout_sec, self._domain_id)) from None

    def signed(self) -> dict[str, str]:
        """Give the fields of a request that may be repeated, and says who asks."""
        return {**self._asker, 'request_id': uuid.uuid4().hex}

    def ask(self, kind: Any, name: str, request: Any) -> Any:
        """Call a service of the manager."""
        return accepted(self.call(kind, endpoints.of_manager(name), request))

    def call(
        self,
        kind: Any,
        name: str,
        request: Any,
        *,
        timeout_sec: float = 0.0,
        resend_after_sec: float = RESEND_AFTER_SEC,
    ) -> Any:
        """Call a service and give the answer, be it a yes or a no; from any thread.

        Args:
            timeout_sec: for an answer that may be long in coming; 0 for as long as usual.
            resend_after_sec: when to ask again, because the answer may be lost.
        """
        with self._making:
            if name not in self._clients:
                self._clients[name] = self._session.node.create_client(kind, name)
            client = self._clients[name]
        timeout_sec = timeout_sec or self._timeout_sec
        find_sec = self._timeout_sec
        if is_of_device(name):
            find_sec = min(find_sec, FIND_DEVICE_SEC)
        try:
            await_server(client, find_sec)
        except CallTimeout as error:
            raise Unreachable(nobody_answers(name, find_sec, self._domain_id)) from error
        try:
            return call(
                client, request, timeout_sec=timeout_sec, resend_after_sec=resend_after_sec
            )
        except CallTimeout as error:
            raise TookTooLong(no_answer(name, timeout_sec)) from error

    def pages(self, kind: Any, name: str, request: Any) -> Iterator[Any]:
        """Call a service of the manager that lists, page by page."""
        request.limit = PAGE
        while True:
            page = self.ask(kind, name, request)
            yield page
            if not page.continue_token:
                return
            request.continue_token = page.continue_token


def accepted(answer: Any) -> Any:
    """Give an answer back if it is a yes.

    Raises:
        Refused: it is a no.
    """
    refusal = refusal_of(answer)
    if refusal is not None:
        raise refusal
    return answer


def refusal_of(answer: Any) -> Refused | None:
    """Give what an answer refuses; None for a yes."""
    result = answer.result
    if result.ok:
        return None
    problems = tuple(problem_of(problem) for problem in result.problems)
    return Refused(result.code, result.message, problems)
