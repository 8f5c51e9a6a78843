# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Bounded calls of services from a thread that does not spin."""

from __future__ import annotations

import math
import threading
import time
from typing import Any

from rclpy.action import ActionClient
from rclpy.client import Client
from rclpy.task import Future

_LOOK_SEC = 0.005


class CallTimeout(TimeoutError):
    """A call was not answered in time; the text says which and what to check."""


def await_server(client: Client | ActionClient, timeout_sec: float) -> None:
    """Wait until the server of a service or an action is there.

    rclpy can only be asked, not told, whether a server is there, hence the short looks.

    Raises:
        CallTimeout: it did not appear.
    """
    ready = client.service_is_ready if isinstance(client, Client) else client.server_is_ready
    name = client.service_name if isinstance(client, Client) else client._action_name
    deadline = time.monotonic() + timeout_sec
    pause = threading.Event()
    while not ready():
        if time.monotonic() > deadline:
            raise CallTimeout(f"nobody offers '{name}' (waited {timeout_sec:g} s)")
        pause.wait(_LOOK_SEC)


def await_future(future: Future, timeout_sec: float, what: str) -> Any:
    """Wait for a future that the spinning thread completes.

    Raises:
        CallTimeout: it was not completed in time.
    """
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    if not done.wait(timeout_sec):
        future.cancel()
        raise CallTimeout(f'{what} (waited {timeout_sec:g} s)')
    return future.result()


def call(
    client: Client,
    request: Any,
    *,
    timeout_sec: float,
    resend_after_sec: float | None = 0.5,
    resend_at_most_every_sec: float = 2.0,
) -> Any:
    """Call a service and wait for the answer, at most timeout_sec over all tries.

    Until it is answered the same request is sent again, by whichever try the answer comes:
    a reply is lost when the server finds the client's reader only after it answered, which happens
    most to a client that has just started; and after a server was killed, requests go to the dead
    one too until its lease ends. Sending again is for questions, and for requests with a
    request_id; a request whose request_id is empty is sent once.

    Args:
        resend_after_sec: first wait before it is sent again; each further one is twice as long.
            None sends once: for what may not be done twice.
        resend_at_most_every_sec: longest wait between two tries.

    Raises:
        CallTimeout: no server, or no answer.
    """
    deadline = time.monotonic() + timeout_sec
    await_server(client, timeout_sec)
    repeatable = resend_after_sec is not None and getattr(request, 'request_id', 'question') != ''
    patience = min(resend_after_sec or 0.0, resend_at_most_every_sec) if repeatable else math.inf
    answered = threading.Event()
    answers: list[Future] = []
    asked: list[Future] = []

    def take(future: Future) -> None:
        if not future.cancelled():
            answers.append(future)
            answered.set()

    try:
        while (left := deadline - time.monotonic()) > 0.0 or not asked:
            future = client.call_async(request)
            future.add_done_callback(take)
            asked.append(future)
            if answered.wait(max(0.05, min(patience, left))):
                return answers[0].result()
            patience = min(2.0 * patience, resend_at_most_every_sec)
    finally:
        for future in asked:
            if not future.done():
                client.remove_pending_request(future)
                future.cancel()
    raise CallTimeout(f"no answer from '{client.service_name}' (waited {timeout_sec:g} s)")
