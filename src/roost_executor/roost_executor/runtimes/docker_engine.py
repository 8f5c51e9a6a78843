# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The connection to a container engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
import contextlib
import http
import http.client
import json
from math import ceil
import select
import socket
import threading
import time
from typing import Any
import urllib.parse

import docker
from docker.errors import APIError, create_api_error_from_http_exception
import requests

from roost_executor.runtimes.docker_faults import ENGINE_ERRORS

# The newest API that this code was written for. Older and newer engines are spoken to in theirs.
API_VERSION = '1.41'

# Connections that are kept: workers, pulls and the event stream.
CONNECTIONS = 32

# An engine that shuts down does not take new connections, or takes them and does not answer.
ALIVE_SEC = 1.0


# Of what is read at once, bytes.
CHUNK = 65536


class _Plain(http.client.HTTPConnection):
    """A connection whose answers come as they are: taking chunks apart costs more than a line."""

    _http_vsn = 10
    _http_vsn_str = 'HTTP/1.0'


class Stream:
    """An answer of the engine that goes on: one JSON object after the other, or bytes.

    It has a connection of its own, which can be cut from any thread at any time, also while the
    engine has not even begun to answer: a pull does so only when the registry has.
    """

    def __init__(self, path: str, *, quiet_sec: float, raw: bool = False) -> None:
        self._path = path
        self._quiet_sec = quiet_sec
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connection = (_Plain if raw else http.client.HTTPConnection)('localhost')
        self._connection.sock = self._socket
        self._answer: http.client.HTTPResponse | None = None
        self._is_cut = False

    def open(
        self, method: str, url: str, headers: Mapping[str, str], *, body: object = None
    ) -> None:
        """Ask for it, and wait until the engine begins to answer.

        Raises what ENGINE_ERRORS names.
        """
        with _cuts_are_errors():
            self._socket.settimeout(self._quiet_sec)
            self._socket.connect(self._path)
            if self._is_cut:
                raise ConnectionError('the stream was cut')
            if body is None:
                self._connection.request(method, url, headers=dict(headers))
            else:
                told = {**headers, 'Content-Type': 'application/json'}
                self._connection.request(method, url, json.dumps(body), told)
            self._answer = self._connection.getresponse()
            if self._answer.status >= http.HTTPStatus.BAD_REQUEST:
                text = self._answer.read().decode(errors='replace')
                raise APIError(self._answer.reason, explanation=message_of(text))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Give the objects as they come; end with the stream.

        Raises what ENGINE_ERRORS names: the connection broke, or nothing came for quiet_sec.
        """
        assert self._answer is not None
        while True:
            with _cuts_are_errors():
                line = self._answer.readline()
                if not line:
                    return
                message = json.loads(line)
            yield message

    def drain(self, deadline: float) -> None:
        """Read, whatever it is, and drop it, until the end or the deadline (monotonic).

        Raises what ENGINE_ERRORS names, at the deadline a TimeoutError.
        """
        assert self._answer is not None
        with _cuts_are_errors():
            while True:
                self._socket.settimeout(max(0.001, deadline - time.monotonic()))
                if not self._answer.read1(CHUNK):
                    return

    def read(self, most: int, *, quiet_sec: float | None) -> bytes:
        """Give bytes when there are some; none at the end.

        Args:
            quiet_sec: fails when nothing comes for so long; None waits for ever.

        Raises what ENGINE_ERRORS names.
        """
        assert self._answer is not None
        with _cuts_are_errors():
            if self._answer.isclosed():  # it does so by itself at the end
                return b''
            self._socket.settimeout(quiet_sec)
            return self._answer.read1(most)

    def waits(self, patience_sec: float) -> bool:
        """Tell whether there is nothing to read within so long."""
        assert self._answer is not None
        with _cuts_are_errors():
            if self._answer.isclosed():
                return False
            poll = select.poll()
            poll.register(self._socket, select.POLLIN)
            return not poll.poll(1000.0 * patience_sec)

    def cut(self) -> None:
        """End it, from any thread; who reads it gets an error or the end."""
        self._is_cut = True
        with contextlib.suppress(OSError):  # it is not connected yet, or not any more
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of it, from the thread that used it."""
        if self._answer is not None:
            self._answer.close()
        self._socket.close()


class Witness:
    """Tells whether the engine lived on, by a connection that no other engine can answer on.

    The end of a raw stream does not tell: an engine that is killed ends it in the same way.
    """

    def __init__(self, path: str, *, answer_sec: float) -> None:
        self._connection = http.client.HTTPConnection('localhost')
        self._connection.auto_open = 0  # a new connection could be to another engine
        self._connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connection.sock.settimeout(answer_sec)
        self._path = path

    def __enter__(self) -> Witness:
        """Begin; raises what ENGINE_ERRORS names."""
        try:
            self._connection.sock.connect(self._path)
            self.confirm()
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the connection."""
        self._connection.close()

    def confirm(self) -> None:
        """Return if it is the engine that it was, and alive; raises what ENGINE_ERRORS names."""
        with _cuts_are_errors():
            self._connection.request('GET', '/_ping')
            self._connection.getresponse().read()


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
        return self._reached(self._timeout_sec)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        answer_sec: float | None = None,
    ) -> requests.Response:
        """Make a call of the engine's API that the SDK has not, or only with more calls around it.

        Args:
            answer_sec: for its answer, if not the usual time.
        """
        if answer_sec is None:
            answer_sec = self._timeout_sec
        reach_sec = min(self._timeout_sec, max(answer_sec, ALIVE_SEC))
        api = self._reached(reach_sec)
        response = api.request(
            method,
            f'{api.base_url}/v{api.api_version}{path}',
            params=dict(params or {}),
            json=body,
            timeout=(reach_sec, answer_sec),
        )
        try:
            response.raise_for_status()
        except requests.HTTPError as error:
            raise create_api_error_from_http_exception(error) from error
        return response

    def stream(self, *, quiet_sec: float, raw: bool = False) -> Stream:
        """Give a stream that is not open yet; it fails when nothing comes for quiet_sec.

        Args:
            raw: it is not of JSON objects, and is read by `read`.
        """
        return Stream(self.url.removeprefix('unix://'), quiet_sec=quiet_sec, raw=raw)

    def witness(self) -> Witness:
        """Give a witness of what is read from now on."""
        return Witness(self.url.removeprefix('unix://'), answer_sec=self._timeout_sec)

    def path(self, path: str, params: Mapping[str, str]) -> str:
        """Give the whole path of a call that is made through a stream."""
        return f'/v{self.api.api_version}{path}?{urllib.parse.urlencode(params)}'

    def takes_connections(self) -> bool:
        """Tell whether the engine answers on a new connection: one that shuts down does not."""
        try:
            return bool(self._version(ALIVE_SEC))
        except ENGINE_ERRORS:
            return False

    def live_restore(self) -> bool:
        """Tell whether containers go on running without the engine."""
        return bool(self.api.info().get('LiveRestoreEnabled'))

    def forget(self) -> None:
        """Find the engine anew at the next call."""
        self.close()

    def close(self) -> None:
        """Close the connections; those in use when they are not any more."""
        with self._lock:
            if self._api is not None:
                self._api.close()
            self._api = None

    def _reached(self, timeout_sec: float) -> docker.APIClient:
        with self._lock:
            known = self._api
        if known is not None:
            return known
        # Not under the lock: an engine that hangs would have everybody wait for everybody.
        fresh = self._connect(timeout_sec)
        with self._lock:
            self._api = self._api or fresh
            return self._api

    def _connect(self, timeout_sec: float) -> docker.APIClient:
        version = self._version(timeout_sec)
        oldest, newest = version.get('MinAPIVersion', '1.24'), version['ApiVersion']
        wanted = min(max(API_VERSION, oldest, key=_number), newest, key=_number)
        return docker.APIClient(
            base_url=self.url,
            version=wanted,
            timeout=ceil(self._timeout_sec),
            max_pool_size=CONNECTIONS,
        )

    def _version(self, timeout_sec: float) -> dict[str, Any]:
        with contextlib.closing(self.stream(quiet_sec=timeout_sec)) as answer:
            answer.open('GET', '/version', {})
            return next(iter(answer))


@contextlib.contextmanager
def _cuts_are_errors() -> Iterator[None]:
    """Raise what a connection raises that was cut in the middle of something as a broken one."""
    try:
        yield
    except (http.client.HTTPException, AttributeError, ValueError) as error:
        raise ConnectionError(f'the stream was cut: {error!r}') from error


def message_of(text: str) -> str:
    """Give what the engine says in an answer that refuses."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        return str(json.loads(text)['message'])
    return text


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split('.'))
