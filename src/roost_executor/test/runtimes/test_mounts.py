# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Where on the device what a container mounts is."""

from __future__ import annotations

from pathlib import Path

import pytest

from roost_core import error_codes
from roost_core.instance import InstanceSpec, Mount, MountKind
from roost_core.package import DeviceRuntime
from roost_executor.runtimes.contract import RuntimeFault
from roost_executor.runtimes.mounts import Bind, binds

DIGEST = 'a' * 64


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """Give the folder of the volume 'maps-1'."""
    folder = tmp_path / 'volumes' / 'maps-1'
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    return folder


def bind(state_dir: Path, kind: MountKind, source: str, **fields) -> Bind:
    mount = Mount(kind=kind, name='maps', source=source, target='/maps', **fields)
    (found,) = binds(InstanceSpec(runtime=DeviceRuntime.DOCKER, mounts=(mount,)), state_dir)
    return found


def refusal(state_dir: Path, kind: MountKind, source: str, **fields) -> str:
    with pytest.raises(RuntimeFault) as refused:
        bind(state_dir, kind, source, **fields)
    assert refused.value.code == error_codes.MOUNT_FAILED
    return refused.value.text


def test_a_managed_volume_is_found_by_its_id(tmp_path, volume):
    found = bind(tmp_path, MountKind.VOLUME, 'maps-1')
    assert found == Bind(source=str(volume), target='/maps', read_only=False)
    assert bind(tmp_path, MountKind.VOLUME, 'maps-1', read_only=True).read_only


def test_a_managed_volume_may_be_moved_to_another_disk(tmp_path, volume):
    disk = tmp_path / 'disk'
    volume.rename(disk)
    volume.symlink_to(disk)
    assert bind(tmp_path, MountKind.VOLUME, 'maps-1').source == str(disk)
    inside = bind(tmp_path, MountKind.VOLUME, 'maps-1', sub_path='lab').source
    assert inside == str(disk / 'lab')


def test_a_folder_of_the_device(tmp_path):
    assert bind(Path('/nowhere'), MountKind.HOST, str(tmp_path)).source == str(tmp_path)
    (tmp_path / 'link').symlink_to(tmp_path)
    assert bind(Path('/nowhere'), MountKind.HOST, f'{tmp_path}/link').source == str(tmp_path)


def test_a_config_is_read_only_and_may_be_one_file_of_it(tmp_path):
    folder = tmp_path / 'configs' / DIGEST
    folder.mkdir(parents=True)
    (folder / 'nav.yaml').write_text('a: 1')
    assert bind(tmp_path, MountKind.CONFIG, DIGEST).read_only
    one = bind(tmp_path, MountKind.CONFIG, DIGEST, sub_path='nav.yaml')
    assert (one.source, one.read_only) == (str(folder / 'nav.yaml'), True)
    assert 'there is no else.yaml in it' in refusal(
        tmp_path, MountKind.CONFIG, DIGEST, sub_path='else.yaml'
    )


@pytest.mark.parametrize(
    ('kind', 'source'),
    [
        (MountKind.VOLUME, 'lost-1'),
        (MountKind.CONFIG, 'b' * 64),
        (MountKind.HOST, '/nowhere/at/all'),
    ],
)
def test_what_is_not_there_is_told_and_not_made(tmp_path, volume, kind, source):
    assert 'is not there' in refusal(tmp_path, kind, source)
    assert [each.name for each in volume.parent.iterdir()] == ['maps-1']


@pytest.mark.parametrize('source', ['', '.', '..', '../volumes', 'a/b', '.maps-1.removed'])
def test_a_source_cannot_lead_elsewhere(tmp_path, volume, source):
    assert 'names nothing that Roost keeps' in refusal(tmp_path, MountKind.VOLUME, source)


def test_a_host_path_is_absolute(tmp_path):
    assert 'no absolute path' in refusal(tmp_path, MountKind.HOST, 'data')


def test_a_sub_path_is_made_for_whoever_may_use_the_volume(tmp_path, volume):
    found = bind(tmp_path, MountKind.VOLUME, 'maps-1', sub_path='lab/today')
    assert found.source == str(volume / 'lab' / 'today')
    assert (volume / 'lab').stat().st_mode & 0o777 == 0o777
    assert (volume / 'lab' / 'today').stat().st_mode & 0o777 == 0o777


@pytest.mark.parametrize('sub_path', ['..', '../x', 'a/../../x', '/etc'])
def test_a_sub_path_stays_inside(tmp_path, volume, sub_path):
    assert 'is no path inside it' in refusal(
        tmp_path, MountKind.VOLUME, 'maps-1', sub_path=sub_path
    )


@pytest.mark.parametrize(
    ('target', 'sub_path'), [('/etc', 'out'), ('..', 'out'), ('/', 'out/etc')]
)
def test_a_link_in_a_volume_does_not_lead_out(tmp_path, volume, target, sub_path):
    (volume / 'out').symlink_to(target)
    assert 'leads out of it' in refusal(tmp_path, MountKind.VOLUME, 'maps-1', sub_path=sub_path)


def test_nothing_is_made_behind_a_link_that_leads_out(tmp_path, volume):
    outside = tmp_path / 'outside'
    outside.mkdir()
    (volume / 'out').symlink_to(outside)
    refusal(tmp_path, MountKind.VOLUME, 'maps-1', sub_path='out/new')
    assert list(outside.iterdir()) == []


def test_a_link_that_stays_inside_is_followed(tmp_path, volume):
    (volume / 'v3').mkdir()
    (volume / 'current').symlink_to('v3')
    found = bind(tmp_path, MountKind.VOLUME, 'maps-1', sub_path='current')
    assert found.source == str(volume / 'v3')


def test_a_link_to_nothing_and_a_file_are_told(tmp_path, volume):
    (volume / 'broken').symlink_to('nothing')
    (volume / 'file').write_text('')
    assert 'cannot be used' in refusal(tmp_path, MountKind.VOLUME, 'maps-1', sub_path='broken')
    assert 'is no folder' in refusal(tmp_path, MountKind.VOLUME, 'maps-1', sub_path='file')
