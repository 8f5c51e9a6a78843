# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What comes another way than in a manifest is held to the same rules."""

from dataclasses import replace

import pytest

from roost_core.config import ConfigSpec
from roost_core.deployment import ComponentSpec, ConfigMount, DeploymentSpec, VolumeMount
from roost_core.manifest import Content, problems_of
from roost_core.names import DeviceName
from roost_core.network import NetworkSpec, NetworkType
from roost_core.package import PackageRef, Runtime
from roost_core.problem import ResultCode
from roost_core.secret import SecretSpec, SecretType
from roost_core.volume import VolumeSpec

DATA = VolumeMount(volume='data', mount_path='/data')
SECRET = SecretSpec(name='s', type=SecretType.OPAQUE, data={'token': 'hunter2'})
CONFIG = ConfigSpec(name='c', files={'a': b'\xff'}, files_from='maps')


def _deployment(**values: tuple) -> DeploymentSpec:
    part = ComponentSpec(device=DeviceName('rover1'), **values)
    return DeploymentSpec(
        name='d', package=PackageRef(name='p', version='1'), components={'main': part}
    )


@pytest.mark.parametrize(
    'content',
    [
        _deployment(volumes=(DATA,), configs=(ConfigMount(config='c', mount_path='/etc/c'),)),
        NetworkSpec(name='n'),
        NetworkSpec(name='n', type=NetworkType.ROUTED, runtime=Runtime.CLOUD, cloud='a', port=7),
        VolumeSpec(name='v', device=DeviceName('rover1'), host_path='/srv/data'),
        SECRET,
        CONFIG,
        ConfigSpec(name='c', files={'a': b'b: 1'}),
    ],
    ids=lambda content: type(content).__name__,
)
def test_what_is_right(content: Content) -> None:
    assert problems_of(content) == ()


@pytest.mark.parametrize(
    ('content', 'resource', 'path', 'message'),
    [
        (
            _deployment(volumes=(replace(DATA, mount_path='data'),)),
            'Deployment/d',
            'spec.components.main.volumes[0].mountPath',
            "'data' is not possible here",
        ),
        (
            _deployment(volumes=(replace(DATA, sub_path='../..'),)),
            'Deployment/d',
            'spec.components.main.volumes[0].subPath',
            "'../..' is not possible here",
        ),
        (
            _deployment(volumes=(DATA, DATA)),
            'Deployment/d',
            'spec.components.main.volumes[1].mountPath',
            "the path '/data' is taken already",
        ),
        (
            _deployment(configs=(ConfigMount(config='C', mount_path='/c'),)),
            'Deployment/d',
            'spec.components.main.configs[0].config',
            "'C' is not possible here",
        ),
        (
            NetworkSpec(name='n', domain_id=500),
            'Network/n',
            'spec.domainId',
            'the number 500 is more than 232',
        ),
        (NetworkSpec(name='n', port=5), 'Network/n', 'spec.port', "'port' is not possible here"),
        (VolumeSpec(name='v'), 'Volume/v', 'spec.device', "'device' is missing"),
        (VolumeSpec(name='V'), '', 'metadata.name', "'V' is not possible here"),
        (
            replace(SECRET, data={'a b': 'hunter2'}),
            'Secret/s',
            'spec.data.***',
            "'***' is not possible here",
        ),
        (
            replace(SECRET, password='hunter2'),
            'Secret/s',
            'spec.password',
            "'password' is not possible here",
        ),
        (
            replace(CONFIG, files={'../a': b''}),
            'Config/c',
            'spec.filesFrom',
            "the path '../a' is not possible in a config",
        ),
        (
            replace(CONFIG, files_from=''),
            '',
            '',
            'a file of the config is not text',
        ),
    ],
)
def test_what_is_refused(content: Content, resource: str, path: str, message: str) -> None:
    found = [
        (problem.resource, problem.path, problem.message, problem.line)
        for problem in problems_of(content)
    ]

    assert (resource, path, message, 0) in found
    assert 'hunter2' not in str(found)


def test_its_size_is_bounded() -> None:
    (problem,) = problems_of(replace(SECRET, data={'a': 'x' * 1024 * 1024}))

    assert problem.code == ResultCode.TOO_LARGE
