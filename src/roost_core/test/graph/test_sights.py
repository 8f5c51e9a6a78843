# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Ends on one network that no collector sees together do not meet."""

from dataclasses import replace

from graph_builders import (
    ACTION_CLIENT,
    ACTION_SERVER,
    arrows,
    CLIENT,
    deployment,
    draw,
    endpoint,
    in_container,
    PUB,
    SERVER,
    snapshot,
    SUB,
    topology,
)
from live_builders import declares, live, WATCHED, with_qos

from roost_core.graph.findings import findings
from roost_core.graph.merging import merged
from roost_core.graph.model import FindingKind
from roost_core.graph.needs import who_needs

DEPLOYED = topology(deployment('camera'), deployment('screen'), deployment('viewer'))
CAMERA, SCREEN, VIEWER = (
    in_container(number, name) for number, name in enumerate(('camera', 'screen', 'viewer'), 1)
)
IMAGE = endpoint(1, '/camera', PUB, '/image')
SHOWN = endpoint(2, '/screen', SUB, '/image')
VIEWED = endpoint(3, '/viewer', SUB, '/image')


def from_devices(*sights):
    """Merge what is seen from rover1, rover2, ..."""
    return list(
        merged(
            replace(sight, watched_from=f'rover{number}')
            for number, sight in enumerate(sights, start=1)
        )
    )


def told(seen, deployed=DEPLOYED):
    found = findings(live(seen, deployed), [WATCHED])
    return {each.kind: each.message for each in found}


def needed(seen, what):
    return [each.label for each in who_needs(live(seen, DEPLOYED), what).needs]


def test_an_arrow_needs_somebody_who_sees_both_its_ends():
    both = snapshot(CAMERA, IMAGE, VIEWER, VIEWED)
    seen = from_devices(both, snapshot(SCREEN, SHOWN))

    assert arrows(draw(seen, DEPLOYED)) == [('topic', 'camera', 'viewer', '/image')]
    assert needed(seen, 'camera') == needed(seen, 'topic /image') == ['viewer']


def test_one_who_sees_all_is_enough():
    all_ = snapshot(CAMERA, IMAGE, SCREEN, SHOWN)
    seen = from_devices(snapshot(CAMERA, IMAGE), snapshot(SCREEN, SHOWN), all_)

    assert arrows(draw(seen, DEPLOYED)) == [('topic', 'camera', 'screen', '/image')]
    (both,) = seen
    assert both.sights == ()


def test_arrows_of_several_sights_add_up():
    there = snapshot(CAMERA, IMAGE, SCREEN, SHOWN)
    here = snapshot(CAMERA, IMAGE, VIEWER, VIEWED)

    seen = from_devices(here, there)

    assert [each[2] for each in arrows(draw(seen, DEPLOYED))] == ['screen', 'viewer']
    assert needed(seen, 'camera') == ['screen', 'viewer']
    assert told(seen) == {}


def test_services_and_actions_follow_the_same_rule():
    seen = from_devices(
        snapshot(
            CAMERA,
            endpoint(1, '/camera', SERVER, '/reset', 'std_srvs/srv/Trigger'),
            endpoint(1, '/camera', ACTION_SERVER, '/pan', 'pkg/action/Pan', entity=2),
        ),
        snapshot(
            SCREEN,
            endpoint(2, '/screen', CLIENT, '/reset', 'std_srvs/srv/Trigger'),
            endpoint(2, '/screen', ACTION_CLIENT, '/pan', 'pkg/action/Pan', entity=2),
        ),
    )

    assert arrows(draw(seen, DEPLOYED)) == []
    assert needed(seen, 'camera') == []
    assert "'camera' has the other end, out of reach" in told(seen)[FindingKind.NO_SERVER]


def test_who_misses_the_other_end_is_told_and_nobody_else():
    both = snapshot(CAMERA, IMAGE, VIEWER, VIEWED)

    found = told(from_devices(both, snapshot(SCREEN, SHOWN)))

    assert found.keys() == {FindingKind.NO_PUBLISHER}
    message = found[FindingKind.NO_PUBLISHER]
    assert "has no publisher on network 'default', and 'screen' subscribes to it" in message
    assert "'camera' has the other end, out of reach" in message


def test_a_publisher_out_of_reach_of_all_subscribers_has_none():
    found = told(from_devices(snapshot(CAMERA, IMAGE), snapshot(SCREEN, SHOWN)))

    assert found.keys() == {FindingKind.NO_PUBLISHER, FindingKind.NO_SUBSCRIBER}
    assert "'screen' has the other end" in found[FindingKind.NO_SUBSCRIBER]


def test_types_and_qualities_are_compared_of_ends_that_meet():
    latched = with_qos(SHOWN, 'transient local')
    image = with_qos(IMAGE)
    other_type = endpoint(3, '/viewer', SUB, '/image', 'pkg/msg/Other')
    own = endpoint(4, '/own', PUB, '/image', 'pkg/msg/Other')

    apart = told(from_devices(snapshot(CAMERA, image), snapshot(SCREEN, latched)))
    assert FindingKind.QOS not in apart
    together = told(from_devices(snapshot(CAMERA, image, SCREEN, latched)))
    assert together.keys() == {FindingKind.QOS}

    apart = told(
        from_devices(snapshot(CAMERA, IMAGE, SCREEN, SHOWN), snapshot(VIEWER, other_type, own))
    )
    assert apart == {}
    together = told(from_devices(snapshot(CAMERA, IMAGE, VIEWER, other_type)))
    assert FindingKind.TYPE in together


def test_what_is_not_declared_is_told_once():
    deployed = topology(declares('camera', topics=['/info']), deployment('screen'))
    info = endpoint(1, '/camera', PUB, '/info', entity=2)
    ear = endpoint(2, '/screen', SUB, '/info', entity=2)
    seen = from_devices(
        snapshot(CAMERA, IMAGE, info, SCREEN, SHOWN),
        snapshot(CAMERA, IMAGE, info, SCREEN, ear),
    )

    found = findings(live(seen, deployed), [WATCHED])

    kinds = [each.kind for each in found if each.name == '/image']
    assert kinds.count(FindingKind.NOT_DECLARED) == 1
