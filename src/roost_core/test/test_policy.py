# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from builders import component, device, facts
import pytest

from roost_core import using
from roost_core.deployment import ComponentSpec
from roost_core.instance import InstanceSpec, Mount, MountKind
from roost_core.package import DeviceRuntime, EnvironmentEntry, SecretKeyRef
from roost_core.policy import DevicePolicy, refusals, registry_of

DIGEST = 'sha256:' + 'a' * 64


def container(**fields):
    return InstanceSpec(runtime=DeviceRuntime.DOCKER, **{'image': 'camera:1', **fields})


def native(*command, **fields):
    return InstanceSpec(runtime=DeviceRuntime.PREINSTALLED, command=command, **fields)


def folder(path):
    return InstanceSpec(runtime=DeviceRuntime.DIRECTORY, directory=path)


def mounting(path):
    return container(
        mounts=(Mount(kind=MountKind.HOST, name='maps', source=path, target='/maps'),)
    )


def rules(policy, spec):
    """Name the rules that are broken."""
    return [refusal.partition(':')[0] for refusal in refusals(policy, spec)]


def test_without_a_file_what_robots_usually_need_is_allowed():
    usual = DevicePolicy()
    assert refusals(usual, container(host_network=True, host_ipc=True, devices=('/dev/v',))) == ()
    assert refusals(usual, native('ros2', 'run', environment={'PATH': '/x'})) == ()
    assert refusals(usual, folder('')) == ()
    asked = container(privileged=True, cap_add=('SYS_NICE',))
    assert rules(usual, asked) == ['privileged', 'capabilities']
    assert rules(usual, folder('/data')) == ['hostPaths']


@pytest.mark.parametrize(
    ('image', 'registry'),
    [
        ('camera', 'docker.io'),
        ('camera:1', 'docker.io'),
        ('robots/camera:1', 'docker.io'),
        ('index.docker.io/robots/camera', 'docker.io'),
        ('ghcr.io/robots/camera:1', 'ghcr.io'),
        ('localhost/camera', 'localhost'),
        ('registry:5000/camera', 'registry:5000'),
        ('10.0.0.1:5000/a/b@' + DIGEST, '10.0.0.1:5000'),
    ],
)
def test_the_registry_of_an_image(image, registry):
    assert registry_of(image) == registry
    assert refusals(DevicePolicy(registries=(registry,)), container(image=image)) == ()
    (refusal,) = refusals(DevicePolicy(registries=('else',)), container(image=image))
    assert refusal.startswith(f'registries: image {image} comes from {registry}')


def test_registries_are_globs():
    policy = DevicePolicy(registries=('*.fleet.local:5000',))
    assert rules(policy, container(image='a.fleet.local:5000/camera')) == []
    assert rules(policy, container(image='fleet.local:5000/camera')) == ['registries']


@pytest.mark.parametrize(
    ('policy', 'image', 'broken'),
    [
        (DevicePolicy(digests_required=True), 'camera:1', ['digestsRequired']),
        (DevicePolicy(digests_required=True), f'camera@{DIGEST}', []),
        (DevicePolicy(digests=(DIGEST,)), f'camera:1@{DIGEST}', []),
        (DevicePolicy(digests=(DIGEST,)), 'camera:1', ['digests']),
        (DevicePolicy(digests=('sha256:other',)), f'camera@{DIGEST}', ['digests']),
    ],
)
def test_digests(policy, image, broken):
    assert rules(policy, container(image=image)) == broken


@pytest.mark.parametrize(
    ('allowed', 'asked', 'broken'),
    [
        (('NET_ADMIN',), ('CAP_NET_ADMIN',), []),
        (('CAP_NET_ADMIN',), ('net_admin',), []),
        (('NET_*',), ('NET_ADMIN', 'NET_RAW'), []),
        (('NET_*',), ('ALL', 'SYS_NICE'), ['capabilities', 'capabilities']),
    ],
)
def test_capabilities(allowed, asked, broken):
    assert rules(DevicePolicy(capabilities=allowed), container(cap_add=asked)) == broken


def test_privileged_containers():
    assert rules(DevicePolicy(privileged=True), container(privileged=True)) == []


@pytest.mark.parametrize(
    ('allowed', 'path', 'is_allowed'),
    [
        ('/data', '/data', True),
        ('/data', '/data/', True),
        ('/data/', '/data/x/y', True),
        ('/data', '//data/x', True),
        ('/data', '/database', False),
        ('/data', '/data/../etc', False),
        ('/data', '/data/./x/../y', True),
        ('/data', '/', False),
        ('/data', 'data', False),
        ('/home/*/maps', '/home/me/maps/lab', True),
        ('/home/*/maps', '/home/me', False),
        ('/', '/anywhere', True),
    ],
)
def test_host_paths(allowed, path, is_allowed):
    policy = DevicePolicy(host_paths=(allowed,))
    assert (refusals(policy, mounting(path)) == ()) is is_allowed
    assert (refusals(policy, folder(path)) == ()) is is_allowed


@pytest.mark.parametrize(
    ('asked', 'broken'),
    [
        ('/dev/video0', []),
        ('/dev/video0:/dev/camera:r', []),
        ('/dev/../dev/video0', []),
        ('/dev/sda:/dev/video0', ['devices']),
        ('/dev/video/../sda', ['devices']),
    ],
)
def test_devices(asked, broken):
    assert rules(DevicePolicy(devices=('/dev/video*',)), container(devices=(asked,))) == broken


def test_the_network_of_the_host():
    policy = DevicePolicy(host_network=False)
    assert rules(policy, container()) == []
    assert rules(policy, container(host_network=True)) == ['hostNetwork']


@pytest.mark.parametrize(
    ('spec', 'broken'),
    [
        (native('ros2', 'run', 'x', 'y'), []),
        (native('sh', '-c', 'ros2 run x y'), ['commands']),
        (native('/usr/bin/ros2'), ['commands']),
        (native('fast-discovery-server', '-i', '0'), []),
        (native('ros2', environment={'PATH': '/tmp'}), ['commands']),
        (native('fast-discovery-server', environment={'LD_PRELOAD': '/x.so'}), ['commands']),
        (
            native('ros2', secret_environment={'PATH': SecretKeyRef(name='a', key='b')}),
            ['commands'],
        ),
        (container(command=('sh', '-c', 'x'), environment={'PATH': '/x'}), []),
    ],
)
def test_commands(spec, broken):
    assert rules(DevicePolicy(commands=('ros2',)), spec) == broken


def test_every_refusal_is_told():
    policy = DevicePolicy(registries=(), devices=(), host_network=False)
    asked = container(
        privileged=True, cap_add=('A', 'B'), devices=('/dev/a', '/dev/b'), host_network=True
    )
    assert rules(policy, asked) == [
        'registries',
        'privileged',
        'capabilities',
        'capabilities',
        'devices',
        'devices',
        'hostNetwork',
    ]
    assert all(refusal.endswith('allowed is none') for refusal in refusals(policy, asked)[2:6])


def test_what_a_package_sets_is_known_before_its_values_are():
    setting = component(
        variables=[EnvironmentEntry(name='LD_PRELOAD', default='/x.so')],
        device_runtime=DeviceRuntime.PREINSTALLED,
    )
    rules = DevicePolicy(commands=('run',))
    known = device(known=facts(policy=rules))

    found = [each for _, each in using.forbidden(setting, ComponentSpec(), known, {})]

    assert any('LD_PRELOAD' in each for each in found), found
