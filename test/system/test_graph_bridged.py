# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A container with a network of its own, behind the bridge of its device's engine."""

from pathlib import Path

import pytest

from system.operator import containers
from system.test_graph_networks import HOW, IMAGE, look, NAMES, seen_from_the_device
from testbed import eventually, ros_with_roost

MANIFEST = Path(__file__).parents[2] / 'config' / 'examples' / 'docker.yaml'
# It is not seen from afar for 8 s, the device begins to watch, and discovers.
SEEN_SEC = 30.0


@pytest.fixture(scope='module')
def fleet(module_fleet):
    examples = ros_with_roost('roost_examples')
    fleet = module_fleet(1, images=(examples,))
    fleet.devices['rover1'].engine.load(examples, IMAGE)
    return fleet


def manifest():
    """Have the turtle on the bridge, and all on one device."""
    documents = MANIFEST.read_text().replace('rover2', 'rover1').split('\n---\n')
    (package,) = (each for each in documents if 'roost_examples.turtle' in each)
    bridged = package.replace('enabled: true', 'enabled: false').replace('distro: jazzy', '')
    (asked,) = (each for each in documents if 'package: {name: turtle' in each)
    named = asked.replace('main: {device: rover1}', 'main: {device: rover1, network: default}')
    assert package != bridged and asked != named
    return '\n---\n'.join({package: bridged, asked: named}.get(each, each) for each in documents)


def test_its_arrows_are_drawn_and_it_is_known_by_the_name_of_its_host(fleet, operator):
    operator.apply_text(manifest())
    operator.until_running(*NAMES, timeout_sec=60)
    (turtle,) = containers(fleet, operator.see('turtle').id).values()
    assert turtle.attrs['HostConfig']['NetworkMode'] == 'default'

    eventually(
        lambda: seen_from_the_device(look(fleet), HOW['docker']), SEEN_SEC, 'all of the device'
    )
