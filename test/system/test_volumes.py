# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Volumes outlive what uses them, and nothing else removes them or gets into them."""

import contextlib
import shutil

import pytest

from roost_core.phase import Phase
from roost_core.status import Status
from system.conftest import QUICK_EXECUTOR
from system.manifests import component, container, deployment, executable, FOREVER, package
from system.operator import containers, only, Refused
from system.resources import delete, see, until, until_gone, volume
from testbed import busybox, eventually

IMAGE = busybox().tag


@pytest.fixture(scope='module')
def shelf(tmp_path_factory):
    """Give a folder of rover2 that its owner lets volumes be in."""
    folder = tmp_path_factory.mktemp('shelf')
    folder.chmod(0o777)
    return folder


@pytest.fixture(scope='module')
def fleet(module_fleet, shelf):
    fleet = module_fleet(1, introspection=None)
    rules = shelf.with_name('policy.yaml')
    rules.write_text(f'hostPaths: [{shelf}]\n')
    fleet.add_device('rover2', executor_parameters={**QUICK_EXECUTOR, 'policy_file': str(rules)})
    fleet.wait_online('rover2')
    return fleet


@pytest.fixture(scope='module', autouse=True)
def packages(operator):
    operator.apply(
        writing('sleeper', 'true'),
        writing('writer', 'echo from-the-writer > /data/note'),
        writing('reader', 'cp /data/note /data/copy'),
    )


@pytest.fixture(autouse=True)
def nothing_left(operator):
    yield
    names = list(operator.deployments())
    operator.until_stopped(*operator.deprovision(*names, force=True) if names else ())


def writing(name, script, **keys):
    """Describe a package of a container that does something once and then stays."""
    command = ('sh', '-c', f'{script}; exec sleep 100000')
    return container(name, IMAGE, *command, imagePullPolicy='Never', **keys)


def using(name, of, *mounts, device='rover1', **spec):
    """Ask for a deployment that mounts volumes, the first at /data."""
    given = [{'mountPath': '/data', **each} for each in mounts]
    return deployment(name, of, components={'main': {'device': device, 'volumes': given}}, **spec)


def folder_of(fleet, found):
    return fleet.site.directory(found.device) / 'executor-state' / 'volumes' / found.id


def until_written(path):
    """Wait until a file has what the writer wrote."""

    def written():
        return path.exists() and path.read_text() == 'from-the-writer\n'

    eventually(written, 30, f'{path.name} is written')


def in_container(fleet, operator, name, command):
    """Run a command where a deployment runs; return its exit code and output."""
    (found,) = containers(fleet, operator.see(name).id).values()
    code, output = found.exec_run(['sh', '-c', command])
    return code, output.decode()


def refuse(ask, *args, **keys):
    with pytest.raises(Refused) as refused:
        ask(*args, **keys)
    return refused.value


def test_what_one_wrote_the_next_reads(fleet, operator):
    operator.apply(volume('notes'), using('first', 'writer', {'volume': 'notes'}))
    operator.until_running('first')
    notes = see(operator, 'Volume', 'notes')
    assert (notes.phase, notes.status, notes.used_by) == (
        Phase.SUCCEEDED,
        Status.RUNNING,
        ('first',),
    )
    folder = folder_of(fleet, notes)
    until_written(folder / 'note')
    operator.until_stopped(*operator.deprovision('first'))

    fleet.devices['rover1'].reboot()
    fleet.wait_online('rover1')
    until(operator, 'Volume', 'notes', Status.RUNNING)
    operator.apply(using('second', 'reader', {'volume': 'notes'}))

    operator.until_running('second')
    until_written(folder / 'copy')
    operator.until_stopped(*operator.deprovision('second'))
    delete(operator, 'Volume/notes')
    until_gone(operator, 'Volume/notes')
    assert not folder.exists()


def test_two_share_it_each_as_it_says(fleet, operator):
    pair = package(
        'pair',
        component(
            'main',
            executable('in', *FOREVER, image=IMAGE, imagePullPolicy='Never'),
            executable('out', *FOREVER, image=IMAGE, imagePullPolicy='Never', user='robot'),
        ),
    )
    operator.apply(
        pair,
        volume('shared'),
        using(
            'pair',
            'pair',
            {'volume': 'shared', 'executables': ['in'], 'subPath': 'deep/inside'},
            {'volume': 'shared', 'executables': ['out']},
        ),
        using('looker', 'sleeper', {'volume': 'shared', 'readOnly': True}),
    )
    pair, _ = operator.until_running('pair', 'looker')
    both = containers(fleet, pair.id)

    assert both['rover1', 'in'].exec_run(['touch', '/data/mine']).exit_code == 0
    assert both['rover1', 'out'].exec_run(['touch', '/data/other']).exit_code == 0
    assert both['rover1', 'out'].exec_run(['ls', '/data/deep/inside']).output == b'mine\n'
    code, listed = in_container(fleet, operator, 'looker', 'ls /data; touch /data/no')
    assert code != 0
    assert 'deep\nother\n' in listed and 'Read-only' in listed
    assert see(operator, 'Volume', 'shared').used_by == ('looker', 'pair')

    refusal = refuse(delete, operator, 'Volume/shared', force=True)
    assert refusal.messages == ['it is needed by looker, pair']
    assert see(operator, 'Volume', 'shared').deprovisioning is False
    operator.until_stopped(*operator.deprovision('looker', 'pair'))
    delete(operator, 'Volume/shared')
    until_gone(operator, 'Volume/shared')


def test_a_folder_of_the_device_needs_its_owner(fleet, operator, shelf):
    (shelf / 'kept').mkdir(mode=0o777)
    (shelf / 'kept').chmod(0o777)
    forbidden = refuse(operator.apply, volume('etc', 'rover2', hostPath='/etc'))
    assert forbidden.codes == {'DEP_E309'}
    assert 'hostPaths: /etc may not be used' in forbidden.messages[0]
    bare = refuse(operator.apply, volume('kept', 'rover1', hostPath=str(shelf / 'kept')))
    assert 'allowed is none' in bare.messages[0]

    operator.apply(
        volume('kept', 'rover2', hostPath=str(shelf / 'kept')),
        using('writer', 'writer', {'volume': 'kept'}, device='rover2'),
    )
    operator.until_running('writer')

    note = shelf / 'kept' / 'note'
    until_written(note)
    operator.until_stopped(*operator.deprovision('writer'))
    delete(operator, 'Volume/kept')
    until_gone(operator, 'Volume/kept')
    assert note.read_text() == 'from-the-writer\n'


def test_a_folder_that_leads_elsewhere_is_refused_by_the_device(operator, shelf):
    (shelf / 'link').symlink_to('/etc')
    operator.apply(volume('sly', 'rover2', hostPath=str(shelf / 'link')))

    refused = until(operator, 'Volume', 'sly', Status.ERROR, code='DEP_E309')

    assert 'leads to /etc' in refused.reason
    (shelf / 'link').unlink()
    (shelf / 'link').mkdir()
    until(operator, 'Volume', 'sly', Status.RUNNING)
    delete(operator, 'Volume/sly')
    until_gone(operator, 'Volume/sly')


def test_it_is_for_its_own_device_and_for_containers(operator):
    operator.apply(volume('local'))
    until(operator, 'Volume', 'local', Status.RUNNING)

    elsewhere = refuse(
        operator.apply, using('far', 'sleeper', {'volume': 'local'}, device='rover2')
    )
    unknown = refuse(operator.apply, using('lost', 'sleeper', {'volume': 'loocal'}))

    assert elsewhere.messages == [
        "volume 'local' is on rover1, and component 'main' goes to rover2"
    ]
    assert unknown.messages == ["there is no volume 'loocal'"]
    moved = refuse(operator.apply, volume('local', 'rover2'))
    assert 'its device cannot change' in moved.messages[0]
    delete(operator, 'Volume/local')
    until_gone(operator, 'Volume/local')


def test_a_folder_that_vanishes_is_told_to_those_who_use_it(fleet, operator):
    operator.apply(volume('fragile'), using('user', 'sleeper', {'volume': 'fragile'}))
    (before,) = operator.until_running('user')
    folder = folder_of(fleet, see(operator, 'Volume', 'fragile'))

    executor = fleet.executors['rover1']
    executor.sigterm()
    executor.wait_exit()
    shutil.rmtree(folder)
    folder.write_text('in the way')
    executor.start()

    gone = until(operator, 'Volume', 'fragile', Status.ERROR, code='DEP_E316')
    assert str(folder) in gone.reason
    user = operator.until('user', Status.ERROR, phase=Phase.SUCCEEDED, code='DEP_E156')
    assert 'volume fragile is in error' in user.reason
    assert only(user).status is Status.RUNNING

    folder.unlink()

    until(operator, 'Volume', 'fragile', Status.RUNNING)
    (after,) = operator.until_running('user')
    assert only(after).instance_id == only(before).instance_id
    operator.until_stopped(*operator.deprovision('user'))
    delete(operator, 'Volume/fragile')
    until_gone(operator, 'Volume/fragile')


def test_a_full_disk_is_told_and_left_again(fleet, operator, tmp_path):
    state = fleet.site.directory('rover1') / 'executor-state'
    rover = fleet.devices['rover1']
    executor = fleet.executors['rover1']
    with mounted(rover.machine, state / 'directories'):
        executor.restart()
        fleet.wait_online('rover1')
        rover.machine.run('sh', '-c', f'cat /dev/zero > {state}/directories/filling || true')
        operator.apply(volume('roomy'), using('user', 'sleeper', {'volume': 'roomy'}))

        full = until(operator, 'Volume', 'roomy', Status.ERROR, code='DEP_E302')
        assert 'No space left' in full.reason
        waiting = operator.see('user')
        assert (waiting.phase, waiting.codes) == (Phase.IN_PROGRESS, ('DEP_E156',))

        rover.machine.run('rm', f'{state}/directories/filling')
        operator.until_running('user')
        operator.until_stopped(*operator.deprovision('user'))
        delete(operator, 'Volume/roomy')
        until_gone(operator, 'Volume/roomy')


@contextlib.contextmanager
def mounted(machine, folder):
    """Have a disk of one megabyte in a folder of a machine."""
    machine.run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', str(folder))
    try:
        yield
    finally:
        machine.run('umount', '--lazy', str(folder))
