# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Configs: records, and files by their digest."""

import pytest

from roost_core.config import ConfigSpec, digest_of, unpack
from roost_manager import configs
from roost_manager.configs import Contents, MAX_PART_BYTES
from roost_manager.plan import Action
from roost_manager.refusal import Refusal


def spec(content=b'speed: 1\n', **values):
    return ConfigSpec(name='params', files={'a/b.yaml': content, 'map.png': b'\x00\xff'}, **values)


def apply(rig, asked):
    return rig.work(lambda work: configs.apply(work, asked)).action


def test_a_config_is_kept_with_its_files_by_digest(rig):
    assert apply(rig, spec(labels={'site': 'lab'})) is Action.CREATE

    rig.restart()
    record = rig.fleet.configs['params']
    assert record.files == {'a/b.yaml': 9, 'map.png': 2}
    assert record.labels == {'site': 'lab'}
    packed = rig.store.content(record.digest)
    assert digest_of(packed) == record.digest
    assert unpack(packed) == spec().files


def test_the_same_config_is_unchanged(rig):
    apply(rig, spec())
    rig.pass_time(10)

    assert apply(rig, spec()) is Action.UNCHANGED


def test_other_files_are_a_change_that_is_told_and_other_labels_are_none(rig):
    apply(rig, spec())
    first = rig.fleet.configs['params']
    rig.pass_time(10)

    work = rig.manager.begin()
    assert configs.apply(work, spec(b'speed: 2\n')).action is Action.UPDATE
    assert list(work.resources.changed_configs()) == ['params']
    rig.manager.finish(work)
    second = rig.fleet.configs['params']
    assert second.digest != first.digest
    assert second.changed_at > first.changed_at

    work = rig.manager.begin()
    assert configs.apply(work, spec(b'speed: 2\n', description='slow')).action is Action.UPDATE
    assert work.resources.changed_configs() == {}
    rig.manager.finish(work)
    assert rig.fleet.configs['params'].changed_at == second.changed_at


def test_files_are_read_in_parts(rig):
    apply(rig, spec(b'x' * MAX_PART_BYTES * 2))
    digest = rig.fleet.configs['params'].digest
    contents = Contents(rig.store)

    read, whole = b'', 1
    while len(read) < whole:
        part, whole = contents.read(digest, offset=len(read), max_bytes=10 * MAX_PART_BYTES)
        assert 0 < len(part) <= MAX_PART_BYTES
        read += part

    assert read == rig.store.content(digest)
    assert contents.read(digest, offset=whole, max_bytes=10) == (b'', whole)
    assert contents.read(digest, offset=2**64 - 1, max_bytes=0) == (b'', whole)
    assert contents.read(digest, offset=1, max_bytes=3) == (read[1:4], whole)


def test_files_of_no_config_are_not_found(rig):
    with pytest.raises(Refusal, match="no config of digest 'abc'"):
        Contents(rig.store).read('abc', offset=0, max_bytes=0)
