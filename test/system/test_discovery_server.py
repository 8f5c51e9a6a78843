# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a routed network stands on: members find each other without multicast, and data flows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from std_msgs.msg import String

from roost_core.network import DEFAULT_SERVER_PORT, RosNetwork
from roost_core.policy import DISCOVERY_SERVER
from testbed import eventually, RosClient, Site
from testbed.machine import Machine
from testbed.process import NodeProcess

DOMAIN = 7
NAMES = ('base', 'rover1', 'rover2')


@pytest.fixture
def machines(site: Site) -> dict[str, Machine]:
    """Give machines between which no multicast passes; the server is to be on the first."""
    made = {name: site.machine(name) for name in NAMES}
    for machine in made.values():
        machine.run('iptables', '-A', 'OUTPUT', '-d', '224.0.0.0/4', '-j', 'DROP')
    return made


@pytest.fixture
def server(site: Site, machines: dict[str, Machine]) -> NodeProcess:
    """Give a discovery server, not started, as a device runs one."""
    port = str(DEFAULT_SERVER_PORT)
    command = (DISCOVERY_SERVER, '-i', '0', '-l', '0.0.0.0', '-p', port)
    folder = site.directory('base')
    return site.process('server', machines['base'], ('env', f'--chdir={folder}', *command))


@pytest.fixture
def network(machines: dict[str, Machine]) -> RosNetwork:
    """Give what members of the network are told."""
    return RosNetwork(
        name='site',
        domain_id=DOMAIN,
        discovery_range='SUBNET',
        discovery_server=f'{machines["base"].address}:{DEFAULT_SERVER_PORT}',
    )


@pytest.fixture
def members(
    site: Site, machines: dict[str, Machine], network: RosNetwork
) -> Iterator[dict[str, RosClient]]:
    """Give a member on each machine."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                RosClient(machine, DOMAIN, site.directory(name), env=network.environment())
            )
            for name, machine in machines.items()
        }


def test_members_meet_through_the_server_and_only_through_it(
    server: NodeProcess, members: dict[str, RosClient]
) -> None:
    heard = {name: members[name].listen(String, 'chatter') for name in ('base', 'rover2')}
    members['rover1'].publish('chatter', String(data='hello'))
    assert heard == {'base': [], 'rover2': []}

    server.start()

    for name, messages in heard.items():
        eventually(lambda messages=messages: messages, 30, f'{name} hears rover1')


def test_a_server_that_was_stopped_learns_of_its_members_again(
    site: Site,
    machines: dict[str, Machine],
    network: RosNetwork,
    server: NodeProcess,
    members: dict[str, RosClient],
) -> None:
    server.start()
    first = members['base'].listen(String, 'chatter')
    members['rover1'].publish('chatter', String(data='before'))
    eventually(lambda: first, 30, 'base hears rover1')

    server.stop()
    server.start()

    folder = site.directory('rover2')
    with RosClient(
        machines['rover2'], DOMAIN, folder, 'newcomer', env=network.environment()
    ) as newcomer:
        heard = newcomer.listen(String, 'chatter')
        members['rover1'].publish('chatter', String(data='after'))
        eventually(lambda: any(each.data == 'after' for each in heard), 30, 'a newcomer hears it')


def test_it_ends_when_it_is_asked_to(server: NodeProcess) -> None:
    server.start()
    server.wait_log('Server is running')
    server.sigterm()
    assert server.wait_exit() == 0
