# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Images come from a registry, or do not, and everybody is told why."""

import os

import pytest

from roost_core.phase import Phase
from roost_core.status import ReasonKind, Status
from system.manifests import container, deployment, FOREVER
from system.operator import only
from testbed import busybox, eventually


@pytest.fixture(scope='module')
def fleet(module_fleet):
    return module_fleet(1, introspection=None)


@pytest.fixture(scope='module', autouse=True)
def guarded(fleet):
    """Give a registry with a login, from the start: engines read names of hosts every 5 s."""
    return fleet.site.registry('registry2', authenticated=True)


@pytest.fixture
def engine(fleet):
    return fleet.devices['rover1'].engine


def deploy(operator, name, image, **keys):
    operator.apply(container(name, image, *FOREVER, **keys), deployment(name))


def remove(operator, *names):
    operator.until_stopped(*operator.deprovision(*names))


def test_always_pulls_anew(fleet, operator, engine):
    image = fleet.registry.push(busybox().labelled(release='1'), 'always:latest')
    deploy(operator, 'always', image, imagePullPolicy='Always')
    operator.until_running('always')
    first = fleet.registry.digest('always:latest')
    remove(operator, 'always')
    fleet.registry.push(busybox().labelled(release='2'), 'always:latest')

    operator.apply(deployment('always'))
    (again,) = operator.until_running('always')

    assert only(again).image_digest == fleet.registry.digest('always:latest') != first
    (found,) = engine.client.containers.list()
    assert found.image.labels['release'] == '2'
    remove(operator, 'always')


def test_if_not_present_asks_the_registry_once(fleet, operator, engine):
    image = fleet.registry.push(busybox().labelled(present='1'), 'present:1.0')
    deploy(operator, 'present', image, imagePullPolicy='IfNotPresent')
    operator.until_running('present')
    asked = fleet.registry.requests(path='/v2/present/manifests/1.0')
    remove(operator, 'present')
    assert asked > 0

    operator.apply(deployment('present'))
    operator.until_running('present')

    assert fleet.registry.requests(path='/v2/present/manifests/1.0') == asked
    remove(operator, 'present')


def test_never_says_what_it_would_need(fleet, operator, engine):
    image = fleet.registry.push(busybox().labelled(never='1'), 'never:1.0')
    deploy(operator, 'never', image, imagePullPolicy='Never')

    refused = operator.until('never', Status.ERROR, code='DEP_E161')

    assert 'imagePullPolicy is Never' in refused.reason
    assert refused.phase is Phase.PROVISIONING
    assert fleet.registry.requests('GET', '/v2/never/') == 0

    engine.client.images.pull(image)

    operator.until_running('never')
    remove(operator, 'never')


def test_a_pull_shows_how_far_it_is(fleet, operator, engine):
    heavy = busybox().with_files({'ballast': os.urandom(3_000_000)})
    image = fleet.registry.push(heavy, 'heavy:1.0')
    engine.machine.limit_link('8mbit')
    shown = []

    def pulling():
        now = operator.see('heavy')
        if now.phase is Phase.PROVISIONING and only(now).progress > 0:
            shown.append((only(now).progress, now.reason))
        return now.phase is Phase.SUCCEEDED

    try:
        deploy(operator, 'heavy', image)
        eventually(pulling, 60, 'the image was pulled', period_sec=0.1)
    finally:
        engine.machine.limit_link(None)

    figures = [progress for progress, _ in shown]
    assert len(set(figures)) >= 3
    assert figures == sorted(figures)
    assert max(figures) <= 100
    for progress, reason in shown:
        assert reason == f'pulling {image}, {progress:.0f} %'
    operator.until_running('heavy')
    remove(operator, 'heavy')


def test_a_missing_image_is_told_and_taken_when_it_is_pushed(fleet, operator):
    image = fleet.registry.reference('late:1.0')
    deploy(operator, 'late', image)

    missing = operator.until('late', Status.ERROR, code='DEP_E161')

    assert missing.phase is Phase.PROVISIONING
    assert missing.reason.startswith(f'image {image} not found: push it, or update')
    assert 'trying again' in missing.reason

    fleet.registry.push(busybox(), 'late:1.0')

    (late,) = operator.until_running('late')
    assert only(late).restart_count == 0
    told = [(each.status, each.reason_kind) for each in operator.events('late') if each.executable]
    way = [
        (Status.ERROR, ReasonKind.IMAGE_NOT_FOUND),
        (Status.PENDING, ReasonKind.PULLING),
        (Status.PENDING, ReasonKind.CREATING),
        (Status.RUNNING, ReasonKind.NONE),
    ]
    recovery = told[told.index(way[0]) :]
    # What is over before the next report is not told: that may be the pull, or the creation.
    assert recovery == [each for each in way if each in recovery]
    assert recovery[-1] == way[-1]
    remove(operator, 'late')


def test_a_registry_that_is_down_is_told_and_used_when_it_is_back(fleet, operator):
    image = fleet.registry.push(busybox().labelled(patient='1'), 'patient:1.0')
    fleet.registry.stop()
    deploy(operator, 'patient', image)

    down = operator.until('patient', Status.ERROR, code='DEP_E305')

    assert down.phase is Phase.PROVISIONING
    assert f'image {image} cannot be pulled' in down.reason

    fleet.registry.start()

    operator.until_running('patient')
    remove(operator, 'patient')


def test_a_registry_that_wants_a_login_is_told(guarded, operator):
    image = guarded.push(busybox(), 'secret:1.0')
    deploy(operator, 'secret', image)

    denied = operator.until('secret', Status.ERROR, code='DEP_E306')

    assert f'the registry denied image {image}' in denied.reason
    remove(operator, 'secret')


def test_a_deprovision_ends_a_pull(fleet, operator, engine):
    heavy = busybox().with_files({'ballast': os.urandom(3_000_000)})
    image = fleet.registry.push(heavy, 'unwanted:1.0')
    engine.machine.limit_link('1mbit')
    try:
        deploy(operator, 'unwanted', image)
        operator.until('unwanted', reason=f'pulling {image}')
        remove(operator, 'unwanted')
    finally:
        engine.machine.limit_link(None)

    assert engine.client.containers.list(all=True) == []
