# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks keep their members together and apart from others, with and without multicast."""

from pathlib import Path
import sys

import pytest

from roost_core.network import DEFAULT_SERVER_PORT, SERVER_REST_SEC
from roost_core.phase import Phase
from roost_core.policy import DISCOVERY_SERVER
from roost_core.status import Status
from system.conftest import QUICK_EXECUTOR
from system.manifests import deployment, process
from system.operator import containers, only, Refused
from system.resources import delete, listed, network, routed, see, until, until_gone
from testbed import busybox, eventually, ros

SERVER_IMAGE = ros().with_files(
    {f'usr/bin/{DISCOVERY_SERVER}': Path(sys.prefix, 'bin', DISCOVERY_SERVER).read_bytes()}
)

# Says its name all the time, and notes whom it hears.
MEMBER = """
import sys
import rclpy
from std_msgs.msg import String

name, folder = sys.argv[1:]
rclpy.init()
node = rclpy.create_node(name)
heard = set()

def hear(message):
    if message.data not in heard:
        heard.add(message.data)
        with open(f'{folder}/{name}', 'a') as file:
            file.write(message.data + '\\n')

node.create_subscription(String, 'hello', hear, 10)
publisher = node.create_publisher(String, 'hello', 10)
node.create_timer(0.2, lambda: publisher.publish(String(data=name)))
rclpy.spin(node)
"""

# Has the port that discovery servers have.
HOLD = f"""
import signal, socket
held = socket.socket(type=socket.SOCK_DGRAM)
held.bind(('0.0.0.0', {DEFAULT_SERVER_PORT}))
signal.pause()
"""

# A server that was killed rests until its members have noticed.
REST_SEC = SERVER_REST_SEC + 20.0


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Give a folder with the program of members, where they note whom they hear."""
    folder = tmp_path_factory.mktemp('members')
    (folder / 'member.py').write_text(MEMBER)
    return folder


@pytest.fixture(scope='module')
def fleet(module_fleet):
    fleet = module_fleet(
        2,
        introspection=None,
        images=(busybox(), SERVER_IMAGE),
        manager_parameters={'discovery_server_image': SERVER_IMAGE.tag},
    )
    fleet.add_device('boxed', executor_parameters={**QUICK_EXECUTOR, 'runtimes': ['docker']})
    fleet.wait_online('boxed')
    return fleet


@pytest.fixture(autouse=True)
def nothing_left(operator):
    yield
    names = list(operator.deployments())
    operator.until_stopped(*operator.deprovision(*names, force=True) if names else ())
    left = [each.name for each in listed(operator, 'Network') if not each.built_in]
    if left:
        delete(operator, *(f'Network/{name}' for name in left))
        until_gone(operator, *(f'Network/{name}' for name in left))


@pytest.fixture
def no_multicast(fleet):
    """Let no multicast pass between devices but that of Roost's own nodes."""
    first = 7400 + 250 * fleet.domain_id
    rule = ['OUTPUT', '-d', '224.0.0.0/4', '-p', 'udp', '!', '--dport', f'{first}:{first + 1}']
    machines = [device.machine for device in fleet.devices.values()]
    for machine in machines:
        machine.run('iptables', '-A', *rule, '-j', 'DROP')
    yield
    for machine in machines:
        machine.run('iptables', '-D', *rule, '-j', 'DROP')


@pytest.fixture
def join(operator, folder):
    """Deploy members, each with a package of its own, on a device and a network."""

    def deploy(name, device, on=''):
        program = (sys.executable, str(folder / 'member.py'), name, str(folder))
        part = {'device': device, **({'network': on} if on else {})}
        return (
            process(name, *program, component_keys={'ros': {'enabled': True}}),
            deployment(name, components={'main': part}),
        )

    return deploy


@pytest.fixture
def hears(folder):
    """Wait until a member has heard others."""

    def wait(name, *others, timeout_sec=30.0):
        def heard():
            now = set((folder / name).read_text().split()) if (folder / name).exists() else set()
            assert set(others) <= now, f'{name} has heard {sorted(now)}'
            return now

        return eventually(heard, timeout_sec, f'{name} hears {", ".join(others)}')

    return wait


def refuse(ask, *args, **keys):
    with pytest.raises(Refused) as refused:
        ask(*args, **keys)
    return refused.value


def test_a_native_network_is_a_domain_of_its_own(fleet, operator, join, hears):
    operator.apply(
        network('lab'),
        *join('left', 'rover1', 'lab'),
        *join('right', 'rover2', 'lab'),
        *join('outside', 'rover1'),
        *join('outdoors', 'rover2'),
    )
    operator.until_running('left', 'right', 'outside', 'outdoors')

    for one, other in (('left', 'right'), ('outside', 'outdoors')):
        assert hears(one, one, other) == {one, other}
        assert hears(other, one, other) == {one, other}
    lab = see(operator, 'Network', 'lab')
    assert (lab.type, lab.phase, lab.status) == ('native', Phase.SUCCEEDED, Status.RUNNING)
    assert lab.domain_id not in (fleet.domain_id, see(operator, 'Network', 'default').domain_id)
    assert lab.used_by == ('left', 'right')


@pytest.mark.usefixtures('no_multicast')
def test_a_routed_network_needs_no_multicast_and_outlives_its_server(fleet, operator, join, hears):
    operator.apply(
        routed('route', 'rover1'),
        routed('boxes', 'boxed', port=11911),
        *join('here', 'rover1', 'route'),
        *join('there', 'rover2', 'route'),
        *join('first', 'rover1', 'boxes'),
        *join('second', 'rover2', 'boxes'),
    )
    here, *_ = operator.until_running('here', 'there', 'first', 'second', timeout_sec=30)
    assert hears('here', 'here', 'there') == hears('there', 'here', 'there') == {'here', 'there'}
    hears('first', 'second')
    route = see(operator, 'Network', 'route')
    assert route.discovery_server == f'{fleet.devices["rover1"].machine.address}:11811'
    (server,) = containers(fleet, see(operator, 'Network', 'boxes').id).values()

    fleet.devices['rover1'].machine.run('sh', '-c', f'kill -9 $(pidof {DISCOVERY_SERVER})')
    server.kill()

    for name in ('route', 'boxes'):
        resting = until(operator, 'Network', name, Status.PENDING)
        assert 'ended by SIGKILL' in resting.reason
    operator.apply(*join('late', 'rover2', 'route'), *join('third', 'rover1', 'boxes'))
    operator.until_running('late', 'third', timeout_sec=REST_SEC)
    hears('late', 'here', 'there')
    hears('here', 'late')
    hears('third', 'first', 'second')
    (after,) = operator.until_running('here')
    assert only(after).instance_id == only(here).instance_id
    assert only(after).restart_count == 0


def test_members_are_told_of_a_server_that_is_away_or_has_no_port(fleet, operator, join, hears):
    operator.apply(
        process('holder', sys.executable, '-c', HOLD), deployment('holder', device='rover2')
    )
    operator.until_running('holder')
    machine = fleet.devices['rover2'].machine
    ports = ('ss', '-Hlun', f'sport = :{DEFAULT_SERVER_PORT}')
    eventually(lambda: machine.run(*ports).stdout, 30, 'the port is taken')
    operator.apply(
        routed('weak', 'rover1'),
        routed('barred', 'rover2'),
        *join('sufferer', 'rover2', 'weak'),
    )
    (before,) = operator.until_running('sufferer', timeout_sec=30)
    until(operator, 'Network', 'barred', Status.PENDING, reason='exited with code 1')
    operator.until_stopped(*operator.deprovision('holder'))

    fleet.devices['rover1'].power_off()

    until(operator, 'Network', 'weak', Status.ERROR, code='DEP_E151')
    sufferer = operator.until('sufferer', Status.ERROR, phase=Phase.SUCCEEDED, code='DEP_E156')
    assert 'network weak is in error' in sufferer.reason
    assert only(sufferer).status is Status.RUNNING

    fleet.devices['rover1'].power_on()
    fleet.wait_online('rover1')

    for name in ('weak', 'barred'):
        until(operator, 'Network', name, Status.RUNNING, timeout_sec=REST_SEC)
    (after,) = operator.until_running('sufferer')
    assert only(after).instance_id == only(before).instance_id
    operator.apply(*join('fresh', 'rover1', 'weak'))
    operator.until_running('fresh')
    hears('fresh', 'sufferer')


def test_a_network_in_use_is_not_deleted_unless_forced(operator, join):
    operator.apply(network('needed'), *join('needy', 'rover1', 'needed'))
    operator.until_running('needy')

    refusal = refuse(delete, operator, 'Network/needed')
    assert refusal.messages == ['it is needed by needy']
    assert see(operator, 'Network', 'needed').deprovisioning is False

    delete(operator, 'Network/needed', force=True)

    until_gone(operator, 'Network/needed')
    left = operator.until('needy', Status.ERROR, phase=Phase.SUCCEEDED, code='DEP_E156')
    assert 'network needed was stopped' in left.reason
    assert only(left).status is Status.RUNNING


def test_domains_and_servers_belong_to_one_network(fleet, operator, join):
    operator.apply(network('first', domainId=33), routed('second', 'rover1', port=12000))

    refusal = refuse(
        operator.apply,
        network('same', domainId=33),
        network('ours', domainId=fleet.domain_id),
        routed('port', 'rover1', port=12000),
        routed('nowhere', 'rover9'),
        network('default', domainId=44),
        *join('lost', 'rover1', 'frist'),
    )

    said = '\n'.join(refusal.messages)
    for expected in (
        "ROS domain 33 belongs to network 'first'",
        f'ROS domain {fleet.domain_id} belongs to',
        "port 12000 of rover1 is that of network 'second'",
        "there is no device 'rover9'",
        "'default' is the built-in network",
        "there is no network 'frist'",
    ):
        assert expected in said
    moved = refuse(operator.apply, network('first', domainId=34))
    assert 'its domain_id cannot change' in moved.messages[0]


def test_without_a_default_network_each_must_be_named(fleet, operator, join):
    operator.apply(network('named'), *join('before', 'rover1'))
    (before,) = operator.until_running('before')

    fleet.manager.stop()
    fleet.manager.argv += ['-p', 'default_network:=""']
    fleet.manager.start()
    fleet.wait_online()

    refusal = refuse(operator.apply, *join('homeless', 'rover1'))
    assert any('needs a ROS network, and it names no network' in each for each in refusal.messages)
    operator.apply(*join('housed', 'rover1', 'named'))
    operator.until_running('housed')
    (after,) = operator.until_running('before')
    assert only(after).instance_id == only(before).instance_id
