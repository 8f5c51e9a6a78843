# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Connections that an engine hands over to a program."""

from __future__ import annotations

import http
import json
import re
import socket

import docker

from roost_executor.runtimes.docker_engine import message_of
from roost_executor.runtimes.interactive import READ_BYTES

_LENGTH = re.compile(rb'\r\ncontent-length: *(\d+)', re.IGNORECASE)


def upgrade(connection: socket.socket, path: str, body: object) -> bytes:
    """Have the engine hand a connection over; give what came right behind its answer.

    Raises:
        APIError: the engine refused.
        OSError: the connection broke.
    """
    text = json.dumps(body).encode()
    head = (
        f'POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
        f'Content-Length: {len(text)}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'
    )
    connection.sendall(head.encode() + text)
    answer = b''
    while b'\r\n\r\n' not in answer:
        data = connection.recv(READ_BYTES)
        if not data:
            raise ConnectionError('the engine closed the connection')
        answer += data
    told, _, rest = answer.partition(b'\r\n\r\n')
    status = int(told.split(maxsplit=2)[1])
    if status in (http.HTTPStatus.SWITCHING_PROTOCOLS, http.HTTPStatus.OK):
        return rest
    said = _whole(connection, told, rest).decode(errors='replace')
    raise docker.errors.APIError(f'HTTP status {status}', explanation=message_of(said))


def _whole(connection: socket.socket, told: bytes, body: bytes) -> bytes:
    """Read the rest of an answer's body, as far as its head tells how long that is."""
    length = _LENGTH.search(told)
    while length and len(body) < int(length[1]):
        data = connection.recv(READ_BYTES)
        if not data:
            break
        body += data
    return body
