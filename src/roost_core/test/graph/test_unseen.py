# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""When a device should watch a network itself, and how it is told which."""

from dataclasses import replace

from graph_builders import (
    deployment,
    device,
    endpoint,
    in_container,
    prefix,
    PUB,
    snapshot,
    topology,
)
import pytest

from roost_core.graph import watch_order
from roost_core.graph.attribution import Attributor
from roost_core.graph.build import build
from roost_core.graph.topology import TopologyComponent, TopologyNetwork
from roost_core.graph.unseen import overdue, unseen

DEFAULT = TopologyNetwork(name='default', domain_id=1)
TALKER = snapshot(in_container(1, 'talker'), endpoint(1, '/talker', PUB, '/chatter'))
HERE = {'default': {prefix(1)}}


def on_default(name, **values):
    part = TopologyComponent(name='main', network='default')
    return replace(deployment(name, **values), components=(part,))


def fleet(*parts, networks=(DEFAULT,)):
    return replace(topology(*parts), networks=networks)


def missing(deployed, here, *snapshots):
    return unseen(build(snapshots, deployed, Attributor(deployed, {})), here)


def test_a_device_of_which_nothing_is_seen_is_missing():
    deployed = fleet(on_default('talker'), device('rover1'))

    assert missing(deployed, {}) == {('rover1', 'default')}
    assert missing(deployed, HERE, TALKER) == frozenset()


def test_what_only_the_device_sees_is_not_seen_from_here():
    deployed = fleet(on_default('talker'), device('rover1'))

    assert missing(deployed, {'default': set()}, TALKER) == {('rover1', 'default')}


def test_what_is_seen_of_one_component_says_nothing_of_its_neighbour():
    behind = on_default('behind a bridge')
    deployed = fleet(on_default('talker'), behind, device('rover1'))

    assert missing(deployed, HERE, TALKER) == {('rover1', 'default')}


def test_one_node_of_a_component_is_enough():
    (part,) = on_default('talker').executables
    two = replace(
        on_default('talker'), executables=(part, replace(part, name='second', host_name='another'))
    )
    deployed = fleet(two, device('rover1'))

    assert missing(deployed, HERE, TALKER) == frozenset()


@pytest.mark.parametrize(
    'deployed',
    [
        fleet(on_default('talker'), device('rover1', online=False)),
        fleet(on_default('talker', running=False), device('rover1')),
        fleet(deployment('talker'), device('rover1')),
        fleet(on_default('talker'), device('rover1'), networks=()),
        fleet(on_default('talker'), device('rover1'), networks=(replace(DEFAULT, running=False),)),
    ],
    ids=['offline', 'not running', 'on no network', 'unknown network', 'network not running'],
)
def test_nothing_is_expected_of(deployed):
    assert missing(deployed, {}) == frozenset()


def test_only_what_is_missing_for_long_is_overdue():
    one, other = ('rover1', 'default'), ('rover2', 'site')
    began = overdue({one}, {}, now=10.0, settle_sec=5.0)
    assert (began.networks, began.due_sec) == ({}, 5.0)

    later = overdue({one, other}, began.since, now=15.0, settle_sec=5.0)
    assert (later.networks, later.due_sec) == ({'rover1': {'default'}}, 5.0)

    seen_again = overdue({other}, later.since, now=16.0, settle_sec=5.0)
    assert (seen_again.networks, seen_again.since) == ({}, {other: 15.0})


def test_an_order_is_read_as_it_was_written():
    site = TopologyNetwork(name='site', domain_id=7, discovery_server='base:11811')

    assert watch_order.of_line(watch_order.to_line([DEFAULT, site])) == (DEFAULT, site)
    assert watch_order.to_line([]) == watch_order.NONE


@pytest.mark.parametrize('line', ['', '{', '1', '[1]', '[{"name": "x"}]'])
def test_anything_else_is_no_order(line):
    with pytest.raises(ValueError):
        watch_order.of_line(line)
