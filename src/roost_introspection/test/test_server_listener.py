# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who is on a network with a discovery server: a real server, real nodes."""

import json
from pathlib import Path
import signal
import socket
import subprocess

import pytest

from roost_introspection.server_listener import address_of, ServerListener
from testbed.wait import eventually

PROGRAM = Path(__file__).with_name('ros_program.py')
SOON_SEC = 30.0
# The lease of a participant, and what the server may take to notice.
LEASE_SEC = 28.0


def as_container(host_name):
    """Give a prefix that runs a program under another host name, as a container has."""
    script = f'hostname {host_name} && exec "$@"'
    return ('unshare', '--user', '--map-root-user', '--uts', 'sh', '-c', script, 'sh')


class Server:
    """A discovery server on loopback."""

    def __init__(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(('127.0.0.1', 0))
            self.port = free.getsockname()[1]
        self.start()

    @property
    def address(self):
        return f'127.0.0.1:{self.port}'

    def start(self):
        argv = ['fast-discovery-server', '-i', '0', '-l', '127.0.0.1', '-p', str(self.port)]
        self.process = subprocess.Popen(
            argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def listener(server):
    complaints = []
    listener = ServerListener(server.address, on_change=lambda: None, complain=complaints.append)
    yield listener
    listener.close()
    assert complaints == []


def start(domain, server, name, host_name):
    return domain.start(
        str(PROGRAM),
        json.dumps([{'name': f'/{name}', 'pub': ['/chat']}]),
        prefix=as_container(host_name),
        ROS_DISCOVERY_SERVER=server.address,
        ROS_AUTOMATIC_DISCOVERY_RANGE='SUBNET',
    ).ready()


def hosts(listener):
    return sorted(each.host_name for each in listener.participants())


def test_participants_come_and_go_with_host_and_process(domain, server, listener):
    one = start(domain, server, 'one', 'box-1')
    two = start(domain, server, 'two', 'box-2')
    eventually(lambda: hosts(listener) == ['box-1', 'box-2'], SOON_SEC, 'both are seen')
    seen = {each.host_name: each for each in listener.participants()}
    assert seen['box-1'].process_id == one.pid
    assert seen['box-1'].gid_prefix != seen['box-2'].gid_prefix

    assert two.end() == 0
    eventually(lambda: hosts(listener) == ['box-1'], SOON_SEC, 'the one that left is gone')

    one.end(signal.SIGKILL)
    eventually(lambda: hosts(listener) == [], LEASE_SEC, 'the killed one is gone')


def test_a_late_listener_hears_of_all_and_woke_its_owner(domain, server):
    start(domain, server, 'one', 'box-1')
    news = []
    listener = ServerListener(server.address, on_change=lambda: news.append(1), complain=print)
    try:
        eventually(lambda: hosts(listener) == ['box-1'], SOON_SEC, 'it is seen')
        eventually(lambda: news, SOON_SEC, 'its owner is told')
    finally:
        listener.close()


def test_a_server_that_comes_later_is_found(domain, server):
    server.stop()
    listener = ServerListener(server.address, on_change=lambda: None, complain=lambda _: None)
    try:
        server.start()
        start(domain, server, 'one', 'box-1')
        eventually(lambda: hosts(listener) == ['box-1'], SOON_SEC, 'it is seen')
    finally:
        listener.close()


@pytest.mark.parametrize(
    ('text', 'address'),
    [
        ('10.0.0.1:11811', ('10.0.0.1', 11811)),
        ('UDPv6:[fe80::1]:11811', ('fe80::1', 11811)),
    ],
)
def test_an_address_is_read(text, address):
    assert address_of(text) == address


@pytest.mark.parametrize('text', ['', 'x', ':1', 'x:', 'x:y'])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match='no address'):
        address_of(text)
