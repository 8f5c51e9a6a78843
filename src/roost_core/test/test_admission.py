# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is refused at the request (docs/state_model.md), and that every reason is given."""

from dataclasses import replace
from itertools import pairwise

from builders import component, device, facts, id_of, offline, package, spec, unheard
import pytest

from roost_core import admission
from roost_core.deployment import ComponentSpec
from roost_core.package import (
    Architecture,
    DeviceRuntime,
    EnvironmentEntry,
    PackageRef,
    Runtime,
)
from roost_core.peers import Fleet, Peer
from roost_core.phase import Phase
from roost_core.status import Status

PACK = package()
GIVES = EnvironmentEntry(name='HOST', default='a', exposed=True)
ARM = package(component(variables=[GIVES]), name='arm-pack')
BASE = package(component(variables=[replace(GIVES, exposed_name='HOST')]), name='base-pack')


def peer(name, of=ARM, phase=Phase.SUCCEEDED, status=Status.RUNNING, **values):
    return Peer(
        id=values.pop('id', id_of(name)),
        name=name,
        package=of.ref,
        phase=phase,
        status=status,
        **values,
    )


def fleet(*packages, devices=None, peers=(), networks=('default',), wait=False):
    known = {each.ref: each for each in packages or (PACK, ARM, BASE)}
    versions = {}
    for ref in known:
        versions.setdefault(ref.name, []).append(ref.version)
    there = [device(), device('rover2')] if devices is None else devices
    return Fleet(
        versions=versions,
        package=known.__getitem__,
        devices={each.name: each for each in there},
        peers={each.name: each for each in peers},
        networks={each: peer(each) for each in networks},
        wait=wait,
    )


def reasons(asked, around):
    return [
        (problem.code, problem.path, problem.text) for problem in admission.admit(asked, around)
    ]


def test_what_is_right_may_be():
    assert reasons(spec('camera', 'arm'), fleet(peers=[peer('arm')])) == []


def on(runtime=DeviceRuntime.DOCKER, ros=False, **values):
    return package(component(device_runtime=runtime, ros=ros, **values))


def of(pack, **values):
    return spec(of=pack, **values), [pack]


NATIVE = on(DeviceRuntime.PREINSTALLED)


@pytest.mark.parametrize(
    ('asked', 'around', 'code', 'path', 'text'),
    [
        (
            spec('Camera!'),
            fleet(),
            'INVALID',
            'metadata.name',
            "'Camera!' is not a name; lower-case letters, digits and '-'",
        ),
        (
            spec(of=package(name='pakc')),
            fleet(),
            'NOT_FOUND',
            'spec.package.name',
            "there is no package 'pakc'; did you mean 'pack'?",
        ),
        (
            spec(of=package(version='9')),
            fleet(),
            'NOT_FOUND',
            'spec.package.version',
            "package 'pack' has no version '9'; it has 1",
        ),
        (
            spec(),
            fleet(peers=[peer('camera', phase=Phase.FAILED_TO_START)]),
            'CONFLICT',
            'metadata.name',
            "the name 'camera' is taken by deployment camera-id (Failed to start)",
        ),
        (
            spec(),
            fleet(peers=[peer('camera', deprovisioning=True)]),
            'CONFLICT',
            'metadata.name',
            "the name 'camera' is taken by deployment camera-id (being deprovisioned)",
        ),
        (
            spec(of=package(singleton=True)),
            fleet(package(singleton=True), peers=[peer('other', of=package(version='0'))]),
            'CONFLICT',
            'spec.package',
            "singleton package 'pack' is deployed as 'other'; deprovision that one first",
        ),
        (
            spec(on='rover9'),
            fleet(),
            'NOT_FOUND',
            'spec.components.main.device',
            "there is no device 'rover9'; did you mean 'rover",
        ),
        (
            spec(),
            fleet(devices=[replace(offline(), silent_sec=42.0)]),
            'DEP_E151',
            'spec.components.main.device',
            "component 'main' cannot go to rover1: offline 42 s; set allowOffline: true",
        ),
        (
            spec(of=on(arch=(Architecture.ARM64V8,))),
            fleet(on(arch=(Architecture.ARM64V8,))),
            'DEP_E162',
            'spec.components.main.device',
            "component 'main' cannot go to rover1: amd64, needs arm64v8",
        ),
        (
            spec(of=NATIVE),
            fleet(NATIVE, devices=[device(known=facts(runtimes=(DeviceRuntime.DOCKER,)))]),
            'DEP_E162',
            'spec.components.main.device',
            'no preinstalled',
        ),
        (
            spec(components={}),
            fleet(),
            'INVALID',
            'spec.components',
            "component 'main' is placed nowhere; name a device for it",
        ),
        (
            spec(components={'main': ComponentSpec()}),
            fleet(),
            'INVALID',
            'spec.components.main.device',
            "component 'main' runs on a device and names none",
        ),
        (
            spec(places={'main': 'rover1', 'other': 'rover1'}),
            fleet(),
            'INVALID',
            'spec.components.other',
            "package pack 1 has no component 'other'; it has main",
        ),
        (
            spec(of=on(runtime=DeviceRuntime.DOCKER, ros=True)),
            fleet(on(ros=True), networks=()),
            'REFUSED',
            'spec.components.main.network',
            "component 'main' needs a ROS network, and there is no network 'default';"
            ' networks that exist: none',
        ),
        (
            spec('camera', 'ram'),
            fleet(peers=[peer('arm')]),
            'NOT_FOUND',
            'spec.dependsOn[0].deployment',
            "there is no deployment 'ram'; did you mean 'arm'?",
        ),
        (
            spec('camera', 'camera'),
            fleet(),
            'REFUSED',
            'spec.dependsOn[0].deployment',
            'a deployment cannot depend on itself',
        ),
        (
            spec('camera', 'arm'),
            fleet(peers=[peer('arm', phase=Phase.FAILED_TO_START)], wait=True),
            'DEP_E156',
            'spec.dependsOn[0].deployment',
            "dependency 'arm' is in Failed to start; deploy it again first",
        ),
        (
            spec('camera', 'arm'),
            fleet(peers=[peer('arm', deprovisioning=True)], wait=True),
            'DEP_E156',
            'spec.dependsOn[0].deployment',
            "dependency 'arm' is being deprovisioned",
        ),
        (
            spec('camera', 'arm'),
            fleet(peers=[peer('arm', phase=Phase.PROVISIONING, status=Status.PENDING)]),
            'REFUSED',
            'spec.dependsOn[0].deployment',
            "dependency 'arm' is not running yet: Provisioning, Pending; ask with wait: true",
        ),
        (
            spec('camera', 'arm'),
            fleet(PACK, replace(ARM, bindable=False), peers=[peer('arm')]),
            'REFUSED',
            'spec.dependsOn[0].deployment',
            "dependency 'arm' is of package arm-pack 1, which is not bindable",
        ),
        (
            spec('camera', 'arm', 'base'),
            fleet(peers=[peer('arm'), peer('base', of=BASE)]),
            'CONFLICT',
            'spec.dependsOn',
            "dependencies 'arm' and 'base' both expose 'HOST'",
        ),
        (
            spec(of=package(component(variables=['PORT']))),
            fleet(package(component(variables=['PORT']))),
            'INVALID',
            'spec.components.main.environment',
            "'PORT' has neither a default nor a value; give PORT a value in the deployment",
        ),
        (
            spec(components={'main': ComponentSpec(device='rover1', images={'walk': 'a:1'})}),
            fleet(),
            'INVALID',
            'spec.components.main.images.walk',
            "component 'main' has no executable 'walk'; it has run",
        ),
        (
            spec(of=package(component(runtime=Runtime.CLOUD))),
            fleet(package(component(runtime=Runtime.CLOUD))),
            'DEP_E405',
            'spec.components.main',
            "component 'main' needs a cloud, and there is none",
        ),
    ],
)
def test_each_refusal(asked, around, code, path, text):
    found = reasons(asked, around)

    assert [(each[0], each[1]) for each in found] == [(code, path)]
    assert text in found[0][2]


def test_every_reason_is_given_at_once():
    pack = package(
        component('eye', arch=(Architecture.ARM32V7,), variables=['PORT']),
        component('arm'),
        singleton=True,
    )
    asked = spec('camera', 'nobody', of=pack, places={'eye': 'rover1', 'tail': 'rover9'})
    around = fleet(
        pack, devices=[offline()], peers=[peer('camera'), peer('twin', of=pack)], wait=True
    )

    found = admission.admit(asked, around)

    assert [each.code for each in found] == [
        'CONFLICT',
        'NOT_FOUND',
        'CONFLICT',
        'INVALID',
        'INVALID',
        'DEP_E151',
        'DEP_E162',
        'INVALID',
    ]
    assert {each.resource for each in found} == {'Deployment/camera'}


@pytest.mark.parametrize(
    'around',
    [
        fleet(peers=[peer('arm', phase=Phase.PROVISIONING, status=Status.PENDING)], wait=True),
        fleet(peers=[peer('arm', status=Status.ERROR)], wait=True),
        # Asked for by the same request.
        fleet(
            peers=[peer('arm', phase=Phase.IN_PROGRESS, status=Status.PENDING, id=None)], wait=True
        ),
    ],
)
def test_what_does_not_run_yet_is_waited_for(around):
    assert reasons(spec('camera', 'arm'), around) == []


def test_allow_offline_queues():
    assert reasons(spec(allow_offline=True), fleet(devices=[offline()])) == []


def test_a_device_of_which_nothing_is_known_yet_is_no_reason_to_refuse():
    assert reasons(spec(), fleet(devices=[unheard()])) == []


@pytest.mark.parametrize(
    'given',
    [
        {'environment': {'PORT': '1'}},
        {'components': {'main': ComponentSpec(device='rover1', environment={'PORT': '1'})}},
        {'on': 'rover2'},
    ],
)
def test_a_value_may_come_from_deployment_component_or_device(given):
    pack = package(component(variables=['PORT']))
    devices = [device(), device('rover2', known=facts(variables={'PORT': '1'}))]

    assert reasons(spec(of=pack, **given), fleet(pack, devices=devices)) == []


def test_a_value_may_come_from_a_dependency():
    pack = package(component(variables=['HOST']))

    assert reasons(spec('camera', 'arm', of=pack), fleet(pack, ARM, peers=[peer('arm')])) == []


def test_a_package_that_the_same_request_brings_is_known_by_its_version():
    two = fleet(package(), package(version='2'))

    assert two.known(PackageRef(name='pack', version='2')) == package(version='2')
    assert two.known(PackageRef(name='pack', version='3')) is None


@pytest.mark.parametrize(
    ('needs', 'cycle'),
    [
        ({'a': ['b'], 'b': ['a']}, True),
        ({'a': ['b'], 'b': ['c'], 'c': ['b']}, True),
        ({'a': ['b', 'c'], 'b': ['d'], 'c': ['d'], 'd': []}, False),
        ({'a': ['elsewhere'], 'b': ['a']}, False),
        ({'a': ['a']}, False),  # told of the deployment itself
    ],
)
def test_a_cycle_is_refused_and_shown(needs, cycle):
    found = list(admission.check_cycles(spec(name, *others) for name, others in needs.items()))

    assert bool(found) is cycle
    for problem in found:
        way = problem.message.removeprefix('dependencies form a cycle: ').split(' -> ')
        assert way[0] == way[-1]
        assert all(later in needs[former] for former, later in pairwise(way))
