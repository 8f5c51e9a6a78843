# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from dataclasses import fields
from enum import StrEnum
from typing import Any

from jsonschema import Draft202012Validator
import pytest

from roost_core.config import ConfigSpec
from roost_core.deployment import (
    ComponentSpec,
    Condition,
    ConfigMount,
    DependencySpec,
    DeploymentSpec,
    VolumeMount,
)
from roost_core.manifest.paths import is_relative
from roost_core.manifest.schema import definition, schema, validator
from roost_core.names import is_device_name, is_name
from roost_core.network import DEFAULT_SERVER_PORT, DOMAIN_POOL, NetworkSpec, NetworkType
from roost_core.package import (
    Architecture,
    Component,
    DeviceRuntime,
    Endpoint,
    EndpointType,
    EnvironmentEntry,
    Executable,
    HttpProbe,
    ImagePullPolicy,
    Limits,
    LivenessProbe,
    Package,
    RestartPolicy,
    RosEndpoint,
    RosInterface,
    Runtime,
    SecretKeyRef,
    SharedMemory,
)
from roost_core.resource import ResourceKind
from roost_core.secret import SecretSpec, SecretType
from roost_core.volume import VolumeSpec

DEFINITIONS = schema()['$defs']
COMPONENT = DEFINITIONS['component']['properties']
EXECUTABLE = DEFINITIONS['executable']['properties']
ENTRY = DEFINITIONS['environmentEntry']


def _properties(part: Any, path: str = '') -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(part, dict):
        if 'additionalProperties' in part:
            for name, inner in part.get('properties', {}).items():
                yield f'{path}/{name}', inner
        for key, inner in part.items():
            yield from _properties(inner, f'{path}/{key}')
    elif isinstance(part, list):
        for inner in part:
            yield from _properties(inner, path)


def _snake(name: str) -> str:
    return ''.join(f'_{letter.lower()}' if letter.isupper() else letter for letter in name)


def test_it_is_a_schema_of_its_draft() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    ('path', 'part'), list(_properties(schema())), ids=lambda value: str(value)[:60]
)
def test_every_field_says_what_it_is_for(path: str, part: dict[str, Any]) -> None:
    assert part.get('description', '').endswith('.'), path


@pytest.mark.parametrize(
    ('part', 'cls', 'elsewhere'),
    [
        (DEFINITIONS['packageSpec'], Package, {'name', 'version', 'description', 'labels'}),
        (DEFINITIONS['deploymentSpec'], DeploymentSpec, {'name', 'description', 'labels'}),
        (DEFINITIONS['executable'], Executable, set()),
        (EXECUTABLE['limits'], Limits, set()),
        (COMPONENT['ros'], RosInterface, set()),
        (DEFINITIONS['topic'], RosEndpoint, set()),
        (DEFINITIONS['service'], RosEndpoint, set()),
        (DEFINITIONS['action'], RosEndpoint, set()),
        (DEFINITIONS['environmentEntry'], EnvironmentEntry, set()),
        (DEFINITIONS['endpoint'], Endpoint, set()),
        (DEFINITIONS['deploymentComponent'], ComponentSpec, set()),
        (DEFINITIONS['deploymentSpec']['properties']['dependsOn']['items'], DependencySpec, set()),
        (DEFINITIONS['volumeMount'], VolumeMount, set()),
        (DEFINITIONS['configMount'], ConfigMount, set()),
        (DEFINITIONS['livenessProbe'], LivenessProbe, set()),
        (DEFINITIONS['livenessProbe']['properties']['http'], HttpProbe, set()),
        (ENTRY['properties']['valueFrom']['properties']['secret'], SecretKeyRef, set()),
        (DEFINITIONS['networkSpec'], NetworkSpec, {'name', 'description', 'labels'}),
        (DEFINITIONS['volumeSpec'], VolumeSpec, {'name', 'description', 'labels'}),
        (DEFINITIONS['secretSpec'], SecretSpec, {'name', 'description', 'labels'}),
        (DEFINITIONS['configSpec'], ConfigSpec, {'name', 'description', 'labels', 'files_from'}),
    ],
)
def test_its_fields_are_those_of_the_dataclass(
    part: dict[str, Any], cls: type[Any], elsewhere: set[str]
) -> None:
    assert {_snake(name) for name in part['properties']} | elsewhere == {
        each.name for each in fields(cls)
    }


def test_a_component_groups_what_belongs_to_one_runtime() -> None:
    grouped = {*COMPONENT['device']['properties'], *COMPONENT['cloud']['properties']}

    assert {*COMPONENT, *grouped, 'device_runtime'} - {'device', 'cloud'} == {
        each.name for each in fields(Component)
    }


@pytest.mark.parametrize(
    ('part', 'words'),
    [
        (COMPONENT['runtime'], Runtime),
        (COMPONENT['device']['properties']['arch']['items'], Architecture),
        (COMPONENT['device']['properties']['restart'], RestartPolicy),
        (EXECUTABLE['imagePullPolicy'], ImagePullPolicy),
        (EXECUTABLE['sharedMemory'], SharedMemory),
        (DEFINITIONS['endpoint']['properties']['type'], EndpointType),
        (schema()['properties']['kind'], ResourceKind),
        (DEFINITIONS['networkSpec']['properties']['type'], NetworkType),
        (DEFINITIONS['networkSpec']['properties']['runtime'], Runtime),
        (DEFINITIONS['networkSpec']['properties']['restart'], RestartPolicy),
        (DEFINITIONS['volumeSpec']['properties']['runtime'], Runtime),
        (DEFINITIONS['secretSpec']['properties']['type'], SecretType),
        (
            DEFINITIONS['deploymentSpec']['properties']['dependsOn']['items']['properties'][
                'condition'
            ],
            Condition,
        ),
    ],
)
def test_its_words_are_those_of_the_enum(part: dict[str, Any], words: type[StrEnum]) -> None:
    assert set(definition(part)['enum']) == set(words)


def test_its_runtimes_of_devices_are_those_that_run_programs() -> None:
    part = COMPONENT['device']['properties']['runtime']

    assert set(part['enum']) == set(DeviceRuntime) - {DeviceRuntime.DIRECTORY}


@pytest.mark.parametrize(
    'path',
    [
        *('a', 'a/b.yaml', '.a', '..a/b', 'a b', 'é', '', '/a', 'a/', 'a//b', '.', '..'),
        *('a/../b', './a', 'a/.', 'a\n', 'a\x00', 'a' * 255, 'a' * 256),
        *('a/' * 511 + 'a', 'a/' * 512 + 'a'),
    ],
)
def test_its_relative_paths_are_those_of_folders(path: str) -> None:
    only = validator().evolve(schema=DEFINITIONS['relativePath'])

    assert only.is_valid(path) == is_relative(path)


def test_its_defaults_are_those_of_the_dataclasses() -> None:
    probe = DEFINITIONS['livenessProbe']['properties']
    defaults = {_snake(name): part['default'] for name, part in probe.items() if 'default' in part}
    network = DEFINITIONS['networkSpec']['properties']

    assert LivenessProbe(**defaults) == LivenessProbe()
    assert probe['http']['properties']['path']['default'] == HttpProbe(port=1).path
    assert network['port']['default'] == DEFAULT_SERVER_PORT
    assert network['type']['default'] == NetworkSpec(name='a').type
    assert network['restart']['default'] == NetworkSpec(name='a').restart
    assert f'from {DOMAIN_POOL[0]} to {DOMAIN_POOL[-1]}.' in network['domainId']['description']
    assert DEFINITIONS['volumeSpec']['properties']['runtime']['default'] == Runtime.DEVICE


@pytest.mark.parametrize(
    'text', ['a', 'a-1', 'A', '1a', 'a_b', 'a' * 63, 'a' * 64, 'a\n', '', 'é']
)
def test_its_names_are_those_of_the_domain(text: str) -> None:
    for kind, rule in (('name', is_name), ('token', is_device_name)):
        only = validator().evolve(schema=DEFINITIONS[kind])
        assert only.is_valid(text) == rule(text)


@pytest.mark.parametrize(
    'image',
    [
        'turtle',
        'roost/examples:0.1.0',
        'registry.local:5000/a/b-c/d_e:1.0',
        'localhost:5000/turtle',
        '10.0.0.1:5000/turtle@sha256:' + '0' * 64,
        'registry.local/turtle:1.0@sha256:' + 'a' * 64,
    ],
)
def test_images(image: str) -> None:
    assert validator().evolve(schema=DEFINITIONS['image']).is_valid(image)


@pytest.mark.parametrize(
    'image', ['', 'Turtle', 'a b', 'a:', ':1', 'a/', '/a', 'http://a/b', 'a@sha256:00', 'a:1:2']
)
def test_texts_that_are_no_images(image: str) -> None:
    assert not validator().evolve(schema=DEFINITIONS['image']).is_valid(image)
