# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who gives an executable its environment: later wins, and where it came from is known."""

from dataclasses import replace

from builders import (
    accepted,
    component,
    dependency,
    device,
    facts,
    NETWORK,
    package,
    running,
    world,
)
import pytest

from roost_core import bindings, planning
from roost_core.deployment import ComponentSpec
from roost_core.package import DeviceRuntime, EnvironmentEntry, Executable, SharedMemory

ENTRY = EnvironmentEntry(name='V', default='package')


def planned(part=None, *, variables=None, dependencies=None, network=NETWORK, **values):
    pack = package(part or component(variables=[ENTRY]))
    given = dependencies or {}
    deployment = accepted('camera', *given, of=pack, **values)
    around = world(
        device('rover1', known=facts(variables=variables or {})),
        of=pack,
        needs=[dependency(name, exposes=values) for name, values in given.items()],
        networks={'default': network},
    )
    return planning.plan(deployment, replace(deployment.components[0], generation=3), around)


GIVERS = [
    ({'variables': {'V': 'device'}}, 'device rover1'),
    ({}, 'package pack 1'),
    ({'dependencies': {'arm': {'V': 'arm'}}}, 'dependency arm'),
    ({'environment': {'V': 'deployment'}}, 'deployment'),
    (
        {'components': {'main': ComponentSpec(device='rover1', environment={'V': 'main'})}},
        'deployment, component main',
    ),
]


@pytest.mark.parametrize('last', range(1, len(GIVERS) + 1))
def test_later_wins(last):
    given = {}
    for values, _ in GIVERS[:last]:
        given.update(values)
    part = component(variables=[ENTRY]) if last > 1 else component()

    (only,) = planned(part, **given)

    assert only.sources['V'] == GIVERS[last - 1][1]
    if last != 2:
        assert only.spec.environment['V'] in GIVERS[last - 1][1]


def test_what_is_always_set_cannot_be_overruled():
    (only,) = planned(variables={'ROOST_DEVICE': 'x'}, environment={'ROOST_GENERATION': '9'})

    assert only.spec.environment == {
        'V': 'package',
        'ROOST_DEPLOYMENT_ID': 'camera-id',
        'ROOST_DEPLOYMENT_NAME': 'camera',
        'ROOST_COMPONENT': 'main',
        'ROOST_EXECUTABLE': 'run',
        'ROOST_DEVICE': 'rover1',
        'ROOST_GENERATION': '3',
    }
    assert only.sources['ROOST_DEVICE'] == 'roost'


def test_a_ros_component_joins_its_network():
    (only,) = planned(component(ros=True))

    assert only.spec.environment['ROS_DOMAIN_ID'] == '7'
    assert only.spec.environment['ROS_AUTOMATIC_DISCOVERY_RANGE'] == 'LOCALHOST'
    assert only.sources['ROS_DOMAIN_ID'] == 'network default'
    assert only.spec.host_network
    assert only.spec.host_ipc


@pytest.mark.parametrize(
    ('ros', 'shared', 'runtime', 'host_ipc'),
    [
        (True, None, DeviceRuntime.DOCKER, True),
        (True, SharedMemory.PRIVATE, DeviceRuntime.DOCKER, False),
        (False, None, DeviceRuntime.DOCKER, False),
        (False, SharedMemory.HOST, DeviceRuntime.DOCKER, True),
        (True, None, DeviceRuntime.PREINSTALLED, False),
    ],
)
def test_whose_shared_memory(ros, shared, runtime, host_ipc):
    part = component(ros=ros, device_runtime=runtime)
    part = replace(part, executables=(replace(part.executables[0], shared_memory=shared),))

    (only,) = planned(part)

    assert only.spec.host_ipc is host_ipc
    assert only.spec.host_network is (ros and runtime is DeviceRuntime.DOCKER)


def test_an_image_of_the_deployment_replaces_that_of_the_package():
    parts = {'main': ComponentSpec(device='rover1', images={'run': 'mine:2'})}

    (only,) = planned(components=parts)

    assert only.spec.image == 'mine:2'


def test_everything_of_an_executable_reaches_its_instance():
    whole = Executable(
        name='run',
        image='run:1',
        command=('a', 'b'),
        user='me',
        groups=('video',),
        devices=('/dev/video0',),
        gpus='all',
        cap_add=('NET_ADMIN',),
        privileged=True,
        tmpfs=('/tmp',),
        working_directory='/data',
        stop_timeout=3.0,
    )

    (only,) = planned(replace(component(), executables=(whole,)))

    for name in ('image', 'command', 'user', 'groups', 'devices', 'gpus', 'cap_add', 'tmpfs'):
        assert getattr(only.spec, name) == getattr(whole, name)
    assert only.spec.privileged
    assert only.spec.working_directory == '/data'
    assert only.spec.stop_timeout_sec == 3.0


def test_exposed_values_are_those_that_run_under_their_exposed_names():
    shown = [
        EnvironmentEntry(name='PORT', default='1', exposed=True, exposed_name='CAMERA_PORT'),
        EnvironmentEntry(name='HOST', default='a', exposed=True),
        EnvironmentEntry(name='OWN', default='b'),
    ]
    pack = package(component(variables=shown))
    deployment = running(of=pack, environment={'PORT': '99'})

    assert bindings.exposed(deployment, pack) == {'CAMERA_PORT': '99', 'HOST': 'a'}
    assert bindings.exposed(accepted(of=pack), pack) == {}


def test_missing_values():
    part = component(variables=['A', 'B', ENTRY])
    asked = accepted(of=package(part), environment={'A': ''}).spec

    assert bindings.missing_values(part, asked, []) == ['B']
    assert bindings.missing_values(part, asked, ['B']) == []
