# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The `roost` command on a real engine: what scripts rely on."""

from collections.abc import Iterator
import json
import subprocess

import pytest

from system.manifests import container, deployment, FOREVER
from testbed import busybox
from testbed.fleet import find_executable


@pytest.fixture(scope='module')
def fleet(module_fleet):
    return module_fleet(1, introspection=None)


@pytest.fixture
def roost(fleet, tmp_path):
    """Run a verb beside the manager, to the exit code that it must have."""

    def run(*arguments: str, code: int = 0, given=()) -> subprocess.CompletedProcess:
        if given:
            file = tmp_path / 'given.yaml'
            file.write_text('\n---\n'.join(map(json.dumps, given)))  # JSON is YAML
            arguments = (*arguments, str(file))
        done = fleet.manager_machine.run(
            str(find_executable('roost_cli', 'roost')),
            *arguments,
            env=fleet.environment(),
            timeout_sec=120.0,
            check=False,
        )
        told = f'{arguments}: {done.returncode}\n{done.stdout}{done.stderr}'
        assert done.returncode == code, told
        return done

    return run


@pytest.fixture
def camera(fleet, roost) -> Iterator[str]:
    """Deploy a camera; gives its image."""
    image = fleet.registry.push(busybox().labelled(release='1'), 'camera:1.0')
    documents = container('camera', image, *FOREVER), deployment('camera')
    done = roost('apply', '--wait', '--timeout', '60', given=documents)
    assert 'camera: Succeeded, Running' in done.stderr
    yield image
    roost('delete', 'deployment', 'camera', '--wait')
    roost('delete', 'package', 'camera')


def instance_of(roost, name: str) -> tuple[str, str]:
    """Give the container and the digest of the image that run."""
    (shown,) = json.loads(roost('get', 'deployments', name, '-o', 'json').stdout)
    (part,) = shown['components']
    (one,) = part['executables']
    return one['instance_id'], one['image_digest']


def test_an_update_brings_what_was_pushed_under_the_same_name(fleet, roost, camera):
    _, first = instance_of(roost, 'camera')
    fleet.registry.push(busybox().labelled(release='2'), 'camera:1.0')

    done = roost('update', 'camera')

    assert done.stdout == '2\n'
    assert 'camera: Succeeded, Running' in done.stderr
    _, second = instance_of(roost, 'camera')
    assert second == fleet.registry.digest('camera:1.0') != first
    creation, update = json.loads(roost('history', 'camera', '-o', 'json').stdout)
    assert (creation['outcome'], update['outcome']) == ('succeeded', 'succeeded')
    assert second in update['images']['main/main']
    described = roost('describe', 'deployment', 'camera').stdout
    assert 'update, generation 2, succeeded' in described


def test_an_update_that_fails_says_so_and_leaves_what_runs(roost, camera):
    before = instance_of(roost, 'camera')

    done = roost('update', 'camera', '--image', f'main={camera}-missing', code=1)

    assert 'camera: Failed to update' in done.stderr
    assert 'DEP_E161' in done.stderr
    assert instance_of(roost, 'camera') == before
    assert 'DEP_E161' in roost('history', 'camera').stdout


def test_a_program_that_ends_at_once_is_no_success(fleet, roost):
    image = fleet.registry.push(busybox(), 'broken:1.0')
    documents = container('broken', image, 'sh', '-c', 'exit 3'), deployment('broken')

    done = roost('apply', '--wait', '--timeout', '60', given=documents, code=1)

    assert 'exited with code 3' in done.stderr or 'crash loop' in done.stderr
    assert 'DEP_E1' in done.stderr
    roost('delete', '--wait', '-f', given=documents)


def test_the_same_applied_again_is_unchanged(roost, camera):
    documents = container('camera', camera, *FOREVER), deployment('camera')

    plan = json.loads(roost('apply', '-o', 'json', '--dry-run', given=documents).stdout)

    assert [each['action'] for each in plan] == ['unchanged', 'unchanged']


def test_stopped_and_started_by_choice(roost, camera):
    container_id, _ = instance_of(roost, 'camera')

    roost('stop', 'camera', '--wait')
    assert 'stopped by choice' in roost('get').stdout
    stuck = roost(
        *('apply', '--wait'),
        given=(container('camera', camera, *FOREVER), deployment('camera')),
        code=1,
    )
    assert 'roost start camera' in stuck.stderr
    roost('start', 'camera', '--wait')
    roost('restart', 'camera', '--wait')

    assert instance_of(roost, 'camera')[0] == container_id


def test_a_deployment_goes_when_its_manifest_is_deleted(roost, camera):
    documents = container('spare', camera, *FOREVER), deployment('spare')
    roost('apply', '--wait', given=documents)
    refused = roost('delete', 'package', 'spare', code=1)
    assert 'spare' in refused.stderr

    roost('delete', '--wait', '-f', given=documents)

    assert 'spare' not in roost('get', 'packages').stdout
    again = json.loads(roost('delete', '-o', 'json', '-f', given=documents).stdout)
    assert {each['action'] for each in again} == {'unchanged'}
