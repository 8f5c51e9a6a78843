# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A network that reaches no other machine: what is on it is seen by a collector on the device."""

from pathlib import Path
import signal

import pytest

from system.test_graph_networks import ARROWS, arrows, HOW, look, NAMES, seen_from_the_device
from testbed import eventually

MANIFEST = Path(__file__).parents[2] / 'config' / 'examples' / 'preinstalled.yaml'
# Nothing is seen for 8 s, the collector starts, and discovers.
SEEN_SEC = 30.0
LEASE_SEC = 30.0
# The device is missed, and then for 8 s what runs there.
LOST_SEC = 40.0


@pytest.fixture(scope='module')
def fleet(module_fleet):
    return module_fleet(2, manager_parameters={'discovery_range': 'LOCALHOST'})


def collectors(fleet, device='rover1'):
    listed = fleet.devices[device].machine.run('ps', '-ewwo', 'pid=,args=').stdout
    return [
        int(line.split()[0])
        for line in listed.splitlines()
        if 'network_collector' in line and 'ps -e' not in line and 'nsenter' not in line
    ]


def test_what_only_a_device_sees_is_in_the_graph(fleet, operator):
    operator.apply_text(MANIFEST.read_text().replace('rover2', 'rover1'))
    operator.until_running(*NAMES, timeout_sec=60)

    eventually(
        lambda: seen_from_the_device(look(fleet), HOW['preinstalled']),
        SEEN_SEC,
        'all of the device',
    )
    assert collectors(fleet, 'rover2') == []

    (killed,) = collectors(fleet)
    fleet.devices['rover1'].machine.run('kill', f'-{signal.SIGKILL.value}', str(killed))
    (other,) = eventually(
        lambda: [pid for pid in collectors(fleet) if pid != killed], 10, 'it is started again'
    )
    assert other != killed
    operator.until_stopped(*operator.deprovision('turtle'))
    left = {arrow for arrow in ARROWS if 'turtle' not in arrow}
    eventually(lambda: arrows(look(fleet)) == left, SEEN_SEC, 'the turtle is out of the graph')

    operator.until_stopped(*operator.deprovision('command-center', 'simulator'))
    eventually(lambda: not collectors(fleet), 10, 'nobody needs the collector')
    assert arrows(look(fleet)) == set()


def test_there_are_no_arrows_between_devices_that_cannot_talk(fleet, operator):
    manifest = MANIFEST.read_text().replace('rover2', 'rover1')
    head, name, tail = manifest.rpartition('package: {name: command-center')
    operator.apply_text(head + name + tail.replace('rover1', 'rover2'))
    operator.until_running(*NAMES, timeout_sec=60)
    expected = {
        arrow for arrow in ARROWS if arrow[0] == 'dependency' or 'command-center' not in arrow
    }

    def drawn():
        graph = look(fleet)
        known = {each.name: each.attribution.device for each in graph.nodes if each.name}
        assert known.get('command_center') == 'rover2'
        assert known.get('turtle') == 'rover1'
        (watched,) = graph.networks
        assert (watched.watched_from, watched.message) == (('here', 'rover1', 'rover2'), '')
        assert arrows(graph) == expected
        return True

    eventually(drawn, SEEN_SEC, 'arrows on the one device alone')
    assert arrows(look(fleet)) == expected

    fleet.executors['rover2'].kill9()

    def told():
        (watched,) = look(fleet).networks
        assert watched.message == "what runs on 'rover2' is not seen"
        return True

    eventually(told, LOST_SEC, 'nobody sees what runs on the device')
    fleet.executors['rover2'].start()
    eventually(drawn, SEEN_SEC, 'the device watches again')

    operator.until_stopped(*operator.deprovision('command-center', 'turtle', 'simulator'))
    eventually(
        lambda: not collectors(fleet) and not collectors(fleet, 'rover2'),
        30,
        'nobody needs the collectors',
    )


def test_it_ends_when_nobody_asks_any_more(fleet, operator):
    operator.apply_text(MANIFEST.read_text().replace('rover2', 'rover1'))
    operator.until_running(*NAMES, timeout_sec=60)
    eventually(lambda: collectors(fleet), SEEN_SEC, 'the device watches')

    fleet.introspection.kill9()

    eventually(lambda: not collectors(fleet), LEASE_SEC + 10, 'the lease is over')
