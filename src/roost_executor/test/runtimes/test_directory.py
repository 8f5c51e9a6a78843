# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Volumes: folders that are made, watched and removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
import errno
from pathlib import Path
import shutil
import subprocess

import pytest

from roost_core import error_codes
from roost_core.observed import InstanceState
from roost_executor.runtimes.contract import Resync, RuntimeFault
from roost_executor.runtimes.directory import DirectoryRuntime

CREATED, RUNNING, ENDED = InstanceState.CREATED, InstanceState.RUNNING, InstanceState.ENDED


@pytest.fixture
def bench(directory_bench):
    """Give folders."""
    return directory_bench


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder of the managed volume of the bench."""
    return tmp_path / 'volumes' / 'dep-1'


def fault(call, *arguments) -> RuntimeFault:
    with pytest.raises(RuntimeFault) as refused:
        call(*arguments)
    return refused.value


def test_a_managed_folder_is_for_containers_of_any_user(bench, folder):
    told = bench.run(bench.desired())
    assert folder.stat().st_mode & 0o7777 == 0o777
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    assert told.instance_id == str(folder)


def test_what_is_in_it_outlives_stops_starts_and_executors(bench, folder):
    identity = bench.run(bench.desired()).identity
    (folder / 'map').write_text('here')
    bench.runtime.stop(identity, timeout_sec=1)
    told = bench.seen.wait_state(identity, ENDED)
    assert (told.exit_code, told.by_hand) == (0, False)
    bench.runtime.start(identity)
    again = bench.restarted()
    assert [each.state for each in again.list()] == [RUNNING]
    assert (folder / 'map').read_text() == 'here'


def test_a_managed_folder_goes_with_its_deployment(bench, folder):
    identity = bench.run(bench.desired()).identity
    (folder / 'deep').mkdir()
    (folder / 'deep' / 'map').write_text('here')
    bench.runtime.remove(identity)
    assert list(folder.parent.iterdir()) == []
    assert bench.restarted().list() == ()


@pytest.fixture
def disk(tmp_path: Path, folder: Path) -> Iterator[Path]:
    """Give a file of a disk that a person mounts in the volume, at a name with a space."""
    elsewhere, point = tmp_path / 'disk', folder / 'usb stick'
    elsewhere.mkdir()
    (elsewhere / 'photo').touch()
    point.mkdir(parents=True)
    subprocess.run(['mount', '--bind', elsewhere, point], check=True)
    yield elsewhere / 'photo'
    for each in folder.parent.glob('*/usb stick'):
        subprocess.run(['umount', each], check=False, capture_output=True)


def test_what_is_mounted_in_a_volume_is_not_removed_with_it(bench, folder, disk):
    identity = bench.run(bench.desired()).identity
    refused = fault(bench.runtime.remove, identity)
    assert refused.code == error_codes.REMOVE_FAILED
    assert f'mounted at {folder}/usb stick: unmount it first' in refused.text
    assert disk.exists()
    subprocess.run(['umount', folder / 'usb stick'], check=True)
    bench.runtime.remove(identity)
    assert disk.exists()
    assert list(folder.parent.iterdir()) == []


def test_nor_is_it_when_a_removal_was_cut_short(bench, folder, disk):
    told = bench.run(bench.desired())
    left = folder.with_name('.dep-1.removed')
    folder.rename(left)
    assert [each.identity for each in bench.restarted().list()] == [told.identity]
    assert disk.exists()
    subprocess.run(['umount', left / 'usb stick'], check=True)
    bench.restarted()
    assert disk.exists()
    assert not left.exists()


def test_a_managed_folder_stays_for_what_replaces_its_instance(tmp_path, bench, folder):
    runtime = DirectoryRuntime(tmp_path, is_removed=lambda deployment: False)
    old = bench.desired()
    for desired in (old, bench.desired(generation=2)):
        runtime.create(desired)
        runtime.start(desired.identity)
        (folder / 'map').touch()
        runtime.remove(desired.identity)
    assert (folder / 'map').exists()
    assert runtime.list() == ()


def test_a_removal_that_was_cut_short_is_finished(tmp_path, bench, folder):
    bench.run(bench.desired())
    (folder / 'map').touch()
    folder.rename(folder.with_name('.dep-1.removed'))
    again = bench.restarted()
    assert list(folder.parent.iterdir()) == []
    (left,) = again.list()
    again.remove(left.identity)
    assert bench.restarted().list() == ()


def test_what_cannot_be_removed_of_one_volume_harms_no_other(bench, folder, monkeypatch):
    def busy(path):
        raise OSError(errno.EBUSY, 'Device or resource busy', str(path))

    told = bench.run(bench.desired())
    left = folder.with_name('.dep-2.removed')
    left.mkdir()
    monkeypatch.setattr(shutil, 'rmtree', busy)
    assert bench.restarted().list() == (told,)
    assert left.exists()


def test_folders_of_all_volumes_that_somebody_removed_are_made_again(tmp_path, bench, folder):
    runtime = DirectoryRuntime(tmp_path, is_removed=lambda deployment: False)
    for each in ('volumes', 'directories'):
        shutil.rmtree(tmp_path / each)
    desired = bench.desired()
    runtime.create(desired)
    runtime.start(desired.identity)
    assert folder.is_dir()


def test_a_folder_that_is_gone_is_noticed_and_made_again(bench, folder):
    identity = bench.run(bench.desired()).identity
    shutil.rmtree(folder)
    told = bench.seen.wait_state(identity, ENDED)
    assert (told.exit_code, told.by_hand) == (1, False)
    assert str(folder) in bench.runtime.last_output(identity)
    so_far = len(bench.seen.events)
    bench.runtime.start(identity)
    bench.seen.wait_state(identity, RUNNING, after=so_far)
    assert folder.is_dir()


def test_what_is_gone_stays_ended_for_the_next_executor(bench, folder):
    identity = bench.run(bench.desired()).identity
    shutil.rmtree(folder)
    ended = bench.seen.wait_state(identity, ENDED)
    folder.mkdir()
    assert bench.restarted().list() == (ended,)


def test_a_folder_of_the_device_is_used_as_it_is(bench, tmp_path):
    own = tmp_path / 'own'
    own.mkdir(mode=0o750)
    (own / 'map').touch()
    told = bench.run(bench.desired(directory=str(own)))
    assert told.instance_id == str(own)
    bench.runtime.remove(told.identity)
    assert (own / 'map').exists()
    assert own.stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize('is_file', [False, True])
def test_a_folder_of_the_device_that_is_none(bench, tmp_path, is_file):
    place = tmp_path / 'own'
    if is_file:
        place.touch()
    desired = bench.desired(directory=str(place))
    bench.runtime.create(desired)
    refused = fault(bench.runtime.start, desired.identity)
    assert refused.code == error_codes.MOUNT_FAILED
    assert str(place) in refused.text
    assert bench.only().state is CREATED
    assert place.is_file() is is_file


def test_a_disk_that_is_taken_away_and_comes_back(bench, tmp_path):
    disk = tmp_path / 'disk'
    disk.mkdir()
    identity = bench.run(bench.desired(directory=str(disk))).identity
    disk.rename(tmp_path / 'away')
    bench.seen.wait_state(identity, ENDED)
    assert 'mount what has it' in fault(bench.runtime.start, identity).text
    (tmp_path / 'away').rename(disk)
    so_far = len(bench.seen.events)
    bench.runtime.start(identity)
    bench.seen.wait_state(identity, RUNNING, after=so_far)


def test_a_record_that_cannot_be_read_hides_no_other(bench, tmp_path, caplog):
    bench.run(bench.desired())
    (tmp_path / 'directories' / 'roost-x.json').write_text('{')
    assert len(bench.restarted().list()) == 1
    assert 'roost-x.json.corrupt' in caplog.text


def test_an_id_cannot_lead_elsewhere(bench):
    desired = bench.desired()
    for volume in ('..', '.x', 'a/b', ''):
        other = replace(desired, slot=replace(desired.slot, deployment_id=volume))
        assert fault(bench.runtime.create, other).code == error_codes.MOUNT_FAILED
    assert bench.runtime.list() == ()


def test_a_watch_tells_what_an_executor_before_left(bench, folder):
    bench.run(bench.desired())
    shutil.rmtree(folder)
    again = bench.restarted()
    seen = type(bench.seen)()
    watch = again.watch(seen)
    (found,) = seen.wait_for(Resync).instances
    seen.wait_state(found.identity, ENDED)
    watch.close()


def test_programs_are_refused(bench):
    identity = bench.run(bench.desired()).identity
    for call in (
        lambda: bench.runtime.exec(identity, ('true',), timeout_sec=1),
        lambda: bench.runtime.address(identity),
    ):
        fault(call)


def test_disk_space_is_told(bench):
    assert bench.runtime.facts().disk_free_bytes > 0
