# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Configs are files that containers see as they were applied, with or without a manager."""

import os

import pytest

from roost_core.phase import Phase
from roost_core.status import Status
from system.manifests import container, deployment
from system.operator import containers, only, Refused
from system.resources import Command, config
from testbed import busybox, eventually

IMAGE = busybox().tag
PICTURE = bytes(range(256)) * 16


@pytest.fixture(scope='module')
def fleet(module_fleet):
    return module_fleet(1, introspection=None, manager_parameters={'update_proving_sec': 0.5})


@pytest.fixture(scope='module', autouse=True)
def reader(operator):
    operator.apply(
        container(
            'reader',
            IMAGE,
            *('sh', '-c', 'cat /etc/robot/speed.yaml; exec sleep 100000'),
            imagePullPolicy='Never',
        )
    )


@pytest.fixture
def command(fleet, tmp_path):
    return Command(fleet, tmp_path)


@pytest.fixture(autouse=True)
def nothing_left(operator):
    yield
    names = list(operator.deployments())
    operator.until_stopped(*operator.deprovision(*names, force=True) if names else ())


def using(name, *configs):
    """Ask for a reader with configs, the first at /etc/robot."""
    paths = ('/etc/robot', '/maps')[: len(configs)]
    given = [
        {'config': each, 'mountPath': path} for each, path in zip(configs, paths, strict=True)
    ]
    return deployment(name, 'reader', components={'main': {'device': 'rover1', 'configs': given}})


def run_in(fleet, operator, name, *command):
    (found,) = containers(fleet, operator.see(name).id).values()
    return found.exec_run(list(command))


def speed(text):
    return config('speed', files={'speed.yaml': text})


def test_files_and_folders_are_mounted_read_only(fleet, operator, command, tmp_path):
    maps = tmp_path / 'maps'
    (maps / 'floors' / 'first').mkdir(parents=True)
    (maps / 'picture.png').write_bytes(PICTURE)
    (maps / 'floors' / 'first' / 'map.yaml').write_text('resolution: 0.05\n')
    command.apply(
        speed('speed: 1\n'),
        config('maps', filesFrom='maps'),
        using('complete', 'speed', 'maps'),
    )
    operator.until_running('complete')

    assert run_in(fleet, operator, 'complete', 'cat', '/maps/picture.png').output == PICTURE
    seen = run_in(fleet, operator, 'complete', 'cat', '/maps/floors/first/map.yaml')
    assert seen.output == b'resolution: 0.05\n'
    assert run_in(fleet, operator, 'complete', 'cat', '/etc/robot/speed.yaml').output == (
        b'speed: 1\n'
    )
    for path in ('/maps/new', '/maps/picture.png', '/etc/robot/speed.yaml'):
        code, output = run_in(fleet, operator, 'complete', 'sh', '-c', f'echo x > {path}')
        assert code != 0
        assert b'Read-only' in output
    assert command.look('get', 'configs', 'maps')[0]['files'] == [
        'floors/first/map.yaml',
        'picture.png',
    ]
    assert 'it is used by complete' in command.run('delete', 'config', 'maps', ends=1)


def test_a_changed_file_replaces_what_uses_it(fleet, operator):
    operator.apply(speed('speed: 2\n'), using('changing', 'speed'), using('second', 'speed'))
    operator.until_running('changing', 'second')

    operator.apply(speed('speed: 3\n'))

    for name in ('changing', 'second'):
        eventually(lambda name=name: operator.see(name).generation == 2, 30, f'{name} is updated')
        operator.until_running(name)
        seen = run_in(fleet, operator, name, 'cat', '/etc/robot/speed.yaml')
        assert seen.output == b'speed: 3\n'
    unchanged = operator.apply(speed('speed: 3\n'))
    assert unchanged['Config/speed'].action == 2
    assert operator.see('changing').generation == 2


def test_the_old_content_stays_until_the_new_one_is_there(fleet, operator, command, tmp_path):
    operator.apply(speed('speed: 4\n'), using('steady', 'speed'))
    operator.until_running('steady')
    (tmp_path / 'speed').mkdir()
    (tmp_path / 'speed' / 'speed.yaml').write_text('speed: 5\n')
    (tmp_path / 'speed' / 'ballast').write_bytes(os.urandom(1_000_000))
    fleet.devices['rover1'].machine.limit_link('2mbit')
    try:
        command.apply(config('speed', filesFrom='speed'))
        operator.until(
            'steady', Status.PENDING, phase=Phase.PROVISIONING, reason='fetching config speed'
        )
        seen = run_in(fleet, operator, 'steady', 'cat', '/etc/robot/speed.yaml')
        assert seen.output == b'speed: 4\n'
    finally:
        fleet.devices['rover1'].machine.limit_link(None)

    (now,) = operator.until_running('steady', timeout_sec=40)
    assert now.generation == 2
    seen = run_in(fleet, operator, 'steady', 'cat', '/etc/robot/speed.yaml')
    assert seen.output == b'speed: 5\n'


def test_without_a_manager_it_starts_from_what_it_has(fleet, operator):
    operator.apply(speed('speed: 6\n'), using('alone', 'speed'))
    (before,) = operator.until_running('alone')
    rover = fleet.devices['rover1']
    fleet.manager.kill9()
    rover.power_off()

    rover.power_on()

    def runs():
        found = rover.engine.client.containers.list(
            filters={'label': f'roost.deployment={before.id}'}
        )
        assert [each.status for each in found] == ['running']
        return found[0]

    container = eventually(runs, 30, 'it runs without a manager')
    container.remove(force=True)
    again = eventually(runs, 30, 'it is created anew without a manager')
    assert again.id != container.id
    assert again.exec_run(['cat', '/etc/robot/speed.yaml']).output == b'speed: 6\n'
    fleet.manager.start()
    fleet.wait_online()
    (after,) = operator.until_running('alone')
    assert only(after).instance_id == again.id or again.id.startswith(only(after).instance_id)


def test_twenty_megabytes_get_there(fleet, operator, command, tmp_path):
    content = os.urandom(20_000_000)
    (tmp_path / 'big').mkdir()
    (tmp_path / 'big' / 'map.bin').write_bytes(content)
    command.apply(
        speed('speed: 7\n'), config('big', filesFrom='big'), using('heavy', 'speed', 'big')
    )

    operator.until_running('heavy', timeout_sec=60)

    (found,) = containers(fleet, operator.see('heavy').id).values()
    assert found.exec_run(['cat', '/maps/map.bin']).output == content


def test_what_no_config_is_or_fits_is_refused(operator, command, tmp_path):
    (tmp_path / 'huge').mkdir()
    (tmp_path / 'huge' / 'map.bin').write_bytes(bytes(40_000_000))
    huge = command.apply(config('huge', filesFrom='huge'), ends=2)
    assert '32 MiB' in huge
    gone = command.apply(config('gone', filesFrom='not-there'), ends=2)
    assert 'not-there' in gone
    with pytest.raises(Refused) as refused:
        operator.apply(using('lost', 'sped'))
    assert "there is no config 'sped'" in refused.value.messages
