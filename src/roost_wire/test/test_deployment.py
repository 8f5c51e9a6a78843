# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A deployment as asked for crosses the wire unchanged."""

import pytest

from roost_core.deployment import (
    ComponentSpec,
    Condition,
    ConfigMount,
    DependencySpec,
    DeploymentSpec,
    VolumeMount,
)
from roost_core.names import DeviceName
from roost_core.package import PackageRef, RestartPolicy
from roost_interfaces import msg
from roost_wire.convert.deployment import spec_message, spec_of

SPEC = DeploymentSpec(
    name='turtle',
    description='A turtle.',
    labels={'site': 'lab'},
    package=PackageRef(name='turtle', version='1.0'),
    components={
        'main': ComponentSpec(
            device=DeviceName('rover1'),
            restart=RestartPolicy.NEVER,
            network='lab',
            environment={'SPEED': '2'},
            images={'brain': 'turtle:2'},
            volumes=(
                VolumeMount(volume='data', mount_path='/data'),
                VolumeMount(
                    volume='data',
                    mount_path='/maps',
                    sub_path='maps/a',
                    read_only=True,
                    executables=('brain', 'eyes'),
                ),
            ),
            configs=(
                ConfigMount(config='turtle', mount_path='/etc/turtle'),
                ConfigMount(config='maps', mount_path='/etc/maps', executables=('eyes',)),
            ),
        ),
        'site': ComponentSpec(cloud='aws'),
    },
    depends_on=(DependencySpec(deployment='simulator', condition=Condition.READY),),
    environment={'NAME': 'leo'},
    allow_offline=True,
)


def test_there_and_back():
    assert spec_of(spec_message(SPEC)) == (SPEC, ())


def test_every_field_of_a_component_is_taken():
    names = {field.lstrip('_') for field in msg.ComponentSpec.get_fields_and_field_types()}
    component = next(part for part in spec_message(SPEC).components if part.name == 'main')

    assert {name for name in names if getattr(component, name)} | {'cloud'} == names


@pytest.mark.parametrize(
    ('change', 'path'),
    [
        ({'restart': 'sometimes'}, 'spec.components[0].restart'),
        ({'name': 'other'}, 'spec.components[1].name'),
    ],
)
def test_what_is_malformed(change, path):
    message = spec_message(SPEC)
    for name, value in change.items():
        setattr(message.components[0], name, value)
    message.components[1].name = message.components[0].name if 'name' in change else 'site'

    spec, problems = spec_of(message)

    assert spec is None
    assert [problem.path for problem in problems] == [path]
