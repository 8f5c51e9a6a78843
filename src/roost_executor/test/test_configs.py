# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Files of configs: fetched once, kept whole, removed when nobody needs them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
import errno
from pathlib import Path
import threading

import pytest

from roost_core import error_codes
from roost_core.config import digest_of, pack
from roost_core.status import Reason
from roost_executor import configs as module
from roost_executor.cancellation import Cancellation
from roost_executor.configs import Configs, ConfigUnavailable, GRACE_SEC
from roost_executor.runtimes.contract import Cancelled, RuntimeFault
from testbed.wait import eventually

NAV = pack({'nav.yaml': b'speed: 1\n', 'maps/lab.pgm': bytes(range(256))})
DIGEST = digest_of(NAV)


class Manager:
    """A manager that has configs, and gives them in small parts."""

    def __init__(self, *packed: bytes) -> None:
        self.packed = {digest_of(each): each for each in packed}
        self.reads: list[tuple[str, int]] = []
        self.away = ''
        self.answers = threading.Event()
        self.answers.set()

    def read(self, digest: str, offset: int) -> tuple[bytes, int]:
        self.reads.append((digest, offset))
        self.answers.wait(10)
        if self.away:
            raise ConfigUnavailable(self.away)
        whole = self.packed.get(digest)
        if whole is None:
            raise ConfigUnavailable('there is no config of this digest')
        return whole[offset : offset + 100], len(whole)


@pytest.fixture
def manager() -> Manager:
    return Manager(NAV)


@pytest.fixture
def configs(tmp_path, manager) -> Configs:
    return Configs(tmp_path / 'configs', read=manager.read)


def ensure(configs, digest=DIGEST, *, cancellation=None, told=None) -> None:
    configs.ensure(
        digest,
        name='nav',
        cancellation=cancellation or Cancellation(),
        tell=(told if told is not None else []).append,
    )


def refusal(configs, digest=DIGEST) -> str:
    with pytest.raises(RuntimeFault) as refused:
        ensure(configs, digest)
    assert refused.value.code == error_codes.CONFIG_MISSING
    assert not configs.has(digest)
    return refused.value.text


def test_a_folder_that_somebody_removed_is_made_again(tmp_path, configs):
    (tmp_path / 'configs').rmdir()
    configs.keep_only([DIGEST])
    ensure(configs)
    assert configs.has(DIGEST)


def test_files_are_as_they_were_and_nobody_may_change_them(configs):
    ensure(configs)
    folder = configs.path(DIGEST)
    assert (folder / 'nav.yaml').read_bytes() == b'speed: 1\n'
    assert (folder / 'maps' / 'lab.pgm').read_bytes() == bytes(range(256))
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.rglob('*')}
    assert modes == {'nav.yaml': 0o444, 'lab.pgm': 0o444, 'maps': 0o555}
    assert folder.stat().st_mode & 0o777 == 0o555
    assert folder.parent.stat().st_mode & 0o777 == 0o700


def test_how_far_it_is_is_told(configs):
    told: list[Reason] = []
    ensure(configs, told=told)
    assert told[0].shown().startswith('fetching config nav, ')
    percents = [reason.progress for reason in told]
    assert percents == sorted(percents)
    assert percents[-1] == pytest.approx(100.0)


def test_what_is_here_needs_no_manager_also_for_the_next_executor(configs, manager, tmp_path):
    ensure(configs)
    manager.away = 'away'
    so_far = len(manager.reads)
    ensure(configs)
    again = Configs(tmp_path / 'configs', read=manager.read)
    assert again.has(DIGEST)
    ensure(again)
    assert len(manager.reads) == so_far


def test_of_many_who_want_it_one_fetches(configs, manager):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: ensure(configs), range(8)))
    assert len([read for read in manager.reads if read[1] == 0]) == 1


def test_a_manager_that_is_away_is_told_and_asked_again(configs, manager):
    manager.away = 'the manager does not answer'
    assert refusal(configs) == ('config nav cannot be fetched: the manager does not answer')
    manager.away = ''
    ensure(configs)


def test_a_config_that_came_altered_is_not_kept(configs, manager):
    manager.packed[DIGEST] = NAV.replace(b'nav', b'mav')
    assert 'came altered' in refusal(configs)
    manager.packed[DIGEST] = NAV
    ensure(configs)


@pytest.mark.parametrize(
    ('data', 'total'),
    [(b'', 10), (b'', module._MAX_PACKED_BYTES + 1), (b'x', module._MAX_PACKED_BYTES + 1)],
)
def test_a_manager_that_gives_no_sense(tmp_path, data, total):
    configs = Configs(tmp_path, read=lambda digest, offset: (data, total))
    assert 'gives no sense' in refusal(configs)


@pytest.mark.parametrize('digest', ['', '..', '../x', 'A' * 64, 'a' * 63])
def test_a_digest_that_is_none(tmp_path, manager, digest):
    configs = Configs(tmp_path / 'a' / 'b', read=manager.read)
    with pytest.raises(RuntimeFault):
        ensure(configs, digest)
    assert manager.reads == []


@pytest.mark.parametrize('path', ['/etc/passwd', '../out', 'a/../../out', '', '.', 'a\0b'])
def test_a_path_that_leads_out_is_refused(tmp_path, path):
    bad = pack({path: b'x'})
    configs = Configs(tmp_path / 'configs', read=Manager(bad).read)
    assert 'malformed' in refusal(configs, digest_of(bad))
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('packed', [b'[]', b'{"a": 1}', b'{"a": "?"}', b'\xff'])
def test_what_is_no_config(tmp_path, packed):
    configs = Configs(tmp_path, read=Manager(packed).read)
    assert 'malformed' in refusal(configs, digest_of(packed))


def test_one_path_inside_another_is_refused(tmp_path):
    bad = pack({'a': b'x', 'a/b': b'y'})
    configs = Configs(tmp_path, read=Manager(bad).read)
    refusal(configs, digest_of(bad))


def test_a_power_cut_leaves_nothing_half(configs, manager, tmp_path):
    half = configs.path(f'.{DIGEST}.new')
    half.mkdir()
    (half / 'nav.yaml').touch(0o444)
    half.chmod(0o555)
    again = Configs(tmp_path / 'configs', read=manager.read)
    assert list((tmp_path / 'configs').iterdir()) == []
    ensure(again)


def test_who_waits_is_let_go_when_it_is_cancelled(configs, manager):
    manager.answers.clear()
    first, second = Cancellation(), Cancellation()
    with ThreadPoolExecutor(2) as pool:
        fetching = pool.submit(ensure, configs, cancellation=first)
        eventually(lambda: manager.reads, 30, 'the first asks')
        waiting = pool.submit(ensure, configs, cancellation=second)
        second.request()
        with pytest.raises(Cancelled):
            waiting.result(5)
        first.request()
        manager.answers.set()
        with pytest.raises(Cancelled):
            fetching.result(5)
    assert not configs.has(DIGEST)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_nobody_names_is_removed_after_a_while(tmp_path, manager):
    clock = Clock()
    mounted: set[Path] = set()
    configs = Configs(tmp_path, read=manager.read, mounted=mounted.__contains__, monotonic=clock)
    ensure(configs)
    configs.keep_only([DIGEST])
    clock.now += 2 * GRACE_SEC
    assert not configs.sweep_is_due

    configs.keep_only([])
    configs.sweep()
    assert configs.has(DIGEST), 'an update may be taken back'
    clock.now += GRACE_SEC + 1
    mounted.add(configs.path(DIGEST))
    assert configs.sweep_is_due
    configs.sweep()
    assert configs.has(DIGEST), 'a container has it mounted'
    assert not configs.sweep_is_due
    mounted.clear()
    clock.now += GRACE_SEC + 1
    configs.sweep()
    assert list(tmp_path.iterdir()) == []
    ensure(configs)


def test_what_is_named_again_stays(tmp_path, manager):
    clock = Clock()
    configs = Configs(tmp_path, read=manager.read, monotonic=clock)
    ensure(configs)
    configs.keep_only([])
    clock.now += GRACE_SEC + 1
    configs.keep_only([DIGEST])
    configs.sweep()
    assert configs.has(DIGEST)


def test_an_engine_that_is_away_is_no_reason_to_remove(tmp_path, manager):
    clock = Clock()

    def away(path):
        raise RuntimeFault('ENGINE_UNREACHABLE', error_codes.ENGINE_UNREACHABLE, 'away')

    configs = Configs(tmp_path, read=manager.read, mounted=away, monotonic=clock)
    ensure(configs)
    configs.keep_only([])
    clock.now += GRACE_SEC + 1
    configs.sweep()
    assert configs.has(DIGEST)


def test_a_full_disk_is_told_as_one_and_nothing_is_left_on_it(tmp_path, configs, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(module, '_write', full)
    with pytest.raises(RuntimeFault) as refused:
        ensure(configs)
    assert refused.value.code == error_codes.DISK_FULL
    assert list((tmp_path / 'configs').iterdir()) == []
