# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Bounded calls of services from a thread that does not spin."""

from __future__ import annotations

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
    client: Client, request: Any, *, timeout_sec: float, first_patience_sec: float = 0.5
) -> Any:
    """Call a service and wait for the answer, at most timeout_sec over all tries.

    A reply is lost when the server finds the client's reader only after it answered, which
    happens most to a client that has just started: so the first try is short, and each further
    one twice as long. A request that changes something therefore carries a request_id, and the
    same request is simply sent again.

    Raises:
        CallTimeout: no server, or no answer.
    """
    deadline = time.monotonic() + timeout_sec
    await_server(client, timeout_sec)
    patience = first_patience_sec
    while True:
        left = deadline - time.monotonic()
        future = client.call_async(request)
        try:
            return await_future(
                future, max(0.05, min(patience, left)), f"no answer from '{client.service_name}'"
            )
        except CallTimeout:
            client.remove_pending_request(future)
            if patience >= left:
                raise CallTimeout(
                    f"no answer from '{client.service_name}' (waited {timeout_sec:g} s)"
                ) from None
            patience *= 2
