# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The connection to a container engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
import contextlib
import json
from math import ceil
import threading
from typing import Any

import docker
from docker.errors import create_api_error_from_http_exception
from docker.types import CancellableStream
import requests

from roost_executor.runtimes.docker_faults import ENGINE_ERRORS

# The newest API that this code was written for. Older and newer engines are spoken to in theirs.
API_VERSION = '1.41'

# Connections that are kept: workers, pulls and the event stream.
CONNECTIONS = 32

# An engine that shuts down does not take new connections, or takes them and does not answer.
ALIVE_SEC = 1.0


class Stream:
    """An answer of the engine that goes on: one JSON object after the other."""

    def __init__(self, response: requests.Response) -> None:
        self._response = response
        self._interrupt: CancellableStream[Any] = CancellableStream(iter(()), response)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Give the objects as they come; end with the stream.

        Raises what ENGINE_ERRORS names: the connection broke, or nothing came in time.
        """
        try:
            for line in self._response.iter_lines(chunk_size=None):
                if line:
                    yield json.loads(line)
        except (AttributeError, ValueError) as error:  # closed by another thread, or cut in a line
            raise ConnectionError('the stream was cut') from error
        finally:
            self._response.close()

    def close(self) -> None:
        """End the stream, from any thread, also one that is being read."""
        # Raised when it has ended, or ends just now.
        with contextlib.suppress(AttributeError, OSError, ValueError):
            self._interrupt.close()


class Engine:
    """One engine, found anew when it comes back, maybe as another version.

    Its calls may be made from any thread. They raise what ENGINE_ERRORS names.
    """

    def __init__(self, url: str, *, call_timeout_sec: float) -> None:
        self.url = url
        self._timeout_sec = call_timeout_sec
        self._lock = threading.Lock()
        self._api: docker.APIClient | None = None

    @property
    def api(self) -> docker.APIClient:
        """The SDK's client, made when the engine is first reached."""
        with self._lock:
            if self._api is None:
                self._api = self._connect()
            return self._api

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        answer_sec: float | None = None,
        stream: bool = False,
    ) -> requests.Response:
        """Make a call of the engine's API.

        Args:
            answer_sec: for its answer; for the next piece of it, if it is a stream.
        """
        api = self.api
        response = api.request(
            method,
            f'{api.base_url}/v{api.api_version}{path}',
            params=dict(params or {}),
            headers=dict(headers or {}),
            json=body,
            stream=stream,
            timeout=(self._timeout_sec, self._timeout_sec if answer_sec is None else answer_sec),
        )
        try:
            response.raise_for_status()
        except requests.HTTPError as error:
            with response:
                raise create_api_error_from_http_exception(error) from error
        return response

    def takes_connections(self) -> bool:
        """Tell whether the engine answers on a new connection: one that shuts down does not."""
        try:
            self._client(ALIVE_SEC, self.api.api_version).ping()
        except ENGINE_ERRORS:
            return False
        return True

    def live_restore(self) -> bool:
        """Tell whether containers go on running without the engine."""
        return bool(self.api.info().get('LiveRestoreEnabled'))

    def forget(self) -> None:
        """Find the engine anew at the next call."""
        with self._lock:
            self._api = None

    def close(self) -> None:
        """Close the connections that are not in use."""
        with self._lock:
            if self._api is not None:
                self._api.close()
            self._api = None

    def _connect(self) -> docker.APIClient:
        probe = self._client(self._timeout_sec, API_VERSION)
        try:
            version = probe.version(api_version=False)
        finally:
            probe.close()
        oldest, newest = version.get('MinAPIVersion', '1.24'), version['ApiVersion']
        wanted = min(max(API_VERSION, oldest, key=_number), newest, key=_number)
        return self._client(self._timeout_sec, wanted)

    def _client(self, timeout_sec: float, version: str) -> docker.APIClient:
        return docker.APIClient(
            base_url=self.url,
            version=version,
            timeout=ceil(timeout_sec),
            max_pool_size=CONNECTIONS,
        )


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split('.'))
