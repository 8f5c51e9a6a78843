# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Asking a running executable once whether it is alive."""

from __future__ import annotations

import socket
import string
import time
import urllib.parse

from roost_core import error_codes
from roost_core.instance import DesiredInstance
from roost_core.package import HttpProbe, LivenessProbe
from roost_executor.runtimes.contract import Runtime, RuntimeFault

LOOPBACK = '127.0.0.1'

# The longest status line that is read.
LINE_BYTES = 1024


class CannotTell(Exception):
    """Nobody can be asked: that says nothing about the executable."""


def ask(desired: DesiredInstance, runtime: Runtime) -> str:
    """Ask; give why it is not alive, or nothing when it is. Ends soon after the probe's timeout.

    Raises:
        CannotTell: the runtime does not answer.
    """
    probe = desired.spec.liveness_probe
    assert probe is not None
    try:
        if probe.exec:
            return _run(desired, runtime, probe)
        deadline = time.monotonic() + probe.timeout
        address = LOOPBACK
        if not desired.spec.host_network:
            address = runtime.address(desired.identity)
        if probe.http is not None:
            return _get(address, probe.http, deadline)
        _connect(address, probe.tcp, deadline).close()
    except RuntimeFault as fault:
        if fault.code == error_codes.ENGINE_UNREACHABLE:
            raise CannotTell from fault
        return fault.text
    except TimeoutError:
        return f'no answer within {probe.timeout:g} s'
    except OSError as error:
        return error.strerror or str(error)
    return ''


def _run(desired: DesiredInstance, runtime: Runtime, probe: LivenessProbe) -> str:
    code = runtime.exec(desired.identity, probe.exec, timeout_sec=probe.timeout)
    if code is None:
        return f'{probe.exec[0]} did not end within {probe.timeout:g} s'
    return f'{probe.exec[0]} exited with code {code}' if code else ''


def _connect(address: str, port: int, deadline: float) -> socket.socket:
    return socket.create_connection((address, port), _left(deadline))


def _get(address: str, probe: HttpProbe, deadline: float) -> str:
    """Make a request, and read the status alone: however slowly it comes, only to the deadline."""
    path = urllib.parse.quote(probe.path, safe=string.punctuation)
    request = f'GET {path} HTTP/1.1\r\nHost: {address}:{probe.port}\r\nConnection: close\r\n\r\n'
    with _connect(address, probe.port, deadline) as connection:
        connection.sendall(request.encode())
        line = b''
        while b'\n' not in line and len(line) < LINE_BYTES:
            connection.settimeout(_left(deadline))
            data = connection.recv(LINE_BYTES)
            if not data:
                break
            line += data
    protocol, _, rest = line.partition(b'\n')[0].decode(errors='replace').partition(' ')
    status = rest[:3]
    if not protocol.startswith('HTTP/') or not status.isdecimal():
        return f'GET {probe.path} was answered with no HTTP'
    return '' if 200 <= int(status) < 400 else f'GET {probe.path} was answered with {status}'


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0.0:
        raise TimeoutError
    return left
