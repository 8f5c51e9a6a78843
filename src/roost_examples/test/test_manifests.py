# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The example manifests load, and start programs that exist."""

import importlib.util
from pathlib import Path

import pytest

from roost_core.admission import mismatches
from roost_core.config import ConfigSpec
from roost_core.deployment import DeploymentSpec
from roost_core.manifest import folders_named, load, ManifestFile
from roost_core.network import NetworkSpec
from roost_core.package import DeviceRuntime, Package
from roost_core.resource import ResourceKind
from roost_core.secret import SecretSpec
from roost_core.volume import VolumeSpec

FOLDER = Path(__file__).parents[3] / 'config' / 'examples'


@pytest.fixture(params=['preinstalled', 'docker'])
def runtime(request):
    return DeviceRuntime(request.param)


@pytest.fixture
def contents(runtime):
    path = FOLDER / f'{runtime}.yaml'
    loaded = load([ManifestFile(name=path.name, text=path.read_bytes())])
    assert loaded.problems == ()
    return [document.content for document in loaded.documents]


def test_three_packages_and_a_deployment_of_each(contents):
    packages = [part for part in contents if isinstance(part, Package)]
    deployments = [part for part in contents if isinstance(part, DeploymentSpec)]

    assert [package.name for package in packages] == ['simulator', 'turtle', 'command-center']
    assert [spec.package for spec in deployments] == [package.ref for package in packages]
    assert {device for spec in deployments for device in spec.devices} == {'rover1', 'rover2'}
    for package, spec in zip(packages, deployments, strict=True):
        assert list(spec.components) == [component.name for component in package.components]


def test_the_others_need_the_simulator(contents):
    needs = {
        part.name: [dependency.deployment for dependency in part.depends_on]
        for part in contents
        if isinstance(part, DeploymentSpec)
    }

    assert needs == {'simulator': [], 'turtle': ['simulator'], 'command-center': ['simulator']}


def test_what_they_start_exists(contents, runtime):
    for package in contents:
        if not isinstance(package, Package):
            continue
        for component in package.components:
            assert component.device_runtime is runtime
            assert component.ros.enabled
            for executable in component.executables:
                python, option, module = executable.command
                assert (python, option) == ('python3', '-m')
                assert importlib.util.find_spec(module) is not None
                assert bool(executable.image) == (runtime is DeviceRuntime.DOCKER)


def folders_of(file):
    """Read the folders that a manifest names, as its client does."""
    return {
        (file.name, folder): {
            path.relative_to(FOLDER / folder).as_posix(): path.read_bytes()
            for path in (FOLDER / folder).rglob('*')
            if path.is_file()
        }
        for folder in folders_named(file)
    }


@pytest.mark.parametrize('path', sorted(FOLDER.glob('*.yaml')), ids=lambda path: path.name)
def test_every_example_is_right(path):
    file = ManifestFile(name=path.name, text=path.read_bytes())
    loaded = load([file], folders=folders_of(file), secrets=True)
    contents = [document.content for document in loaded.documents]
    packages = {part.ref: part for part in contents if isinstance(part, Package)}

    assert loaded.problems == ()
    for part in contents:
        if isinstance(part, DeploymentSpec):
            assert mismatches(part, packages[part.package]) == ()


def test_there_is_an_example_of_every_kind():
    texts = [path.read_text(encoding='utf-8') for path in FOLDER.glob('*.yaml')]

    kinds = {line for text in texts for line in text.splitlines() if line.startswith('kind: ')}

    assert kinds == {f'kind: {kind}' for kind in ResourceKind}


def test_the_lab_names_what_it_brings():
    file = ManifestFile(name='lab.yaml', text=(FOLDER / 'lab.yaml').read_bytes())
    contents = [
        document.content
        for document in load([file], folders=folders_of(file), secrets=True).documents
    ]
    brought = {(type(part), part.name) for part in contents}
    spec = next(part for part in contents if isinstance(part, DeploymentSpec))
    package = next(part for part in contents if isinstance(part, Package))

    needed = {(NetworkSpec, part.network) for part in spec.components.values()}
    for part in spec.components.values():
        needed |= {(VolumeSpec, mount.volume) for mount in part.volumes}
        needed |= {(ConfigSpec, mount.config) for mount in part.configs}
    for component in package.components:
        needed |= {(SecretSpec, each.value_from.name) for each in component.environment}
    login = (SecretSpec, 'site-registry')  # for a registry that the image does not come from

    assert needed | {(Package, package.name), (DeploymentSpec, spec.name), login} == brought
