# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The manifests of the example fleet load, and start programs that exist."""

import importlib.util
from pathlib import Path

import pytest

from roost_core.deployment import DeploymentSpec
from roost_core.manifest import load, ManifestFile
from roost_core.package import DeviceRuntime, Package

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
