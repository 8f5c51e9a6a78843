# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The stored truth, on the real SQLite."""

from contextlib import closing
from dataclasses import replace
import os
from pathlib import Path
import sqlite3
import subprocess
import sys

from builders import accepted, device, facts, in_phase, package, pulling, running, world
import pytest

from roost_core import lifecycle
from roost_core.config import ConfigRecord
from roost_core.device import DeviceRecord
from roost_core.event import Event, EventKind
from roost_core.names import DeviceName
from roost_core.network import NetworkSpec
from roost_core.phase import Phase
from roost_core.secret import SecretRecord, SecretType
from roost_core.status import Status
from roost_core.uses import config_ref, package_ref, secret_ref
from roost_manager.batch import Answer, Batch
from roost_manager.store import Limits, Store, StoreConflict, StoreUnavailable


@pytest.fixture
def url(tmp_path):
    return f'sqlite:///{tmp_path}/db/manager.db'


@pytest.fixture
def store(url):
    with closing(Store(url)) as store:
        yield store


def event(number, *, at=0.0, deployment_id=None):
    return Event(
        kind=EventKind.STATUS,
        message=f'event {number}',
        number=number,
        at=at,
        deployment_id=deployment_id,
    )


def put(store, *deployments, singleton=False):
    store.commit(Batch(deployments=[(each, singleton) for each in deployments]))


def prune(store, **values):
    """Forget what is named as old, and nothing else."""
    kept = {
        'events_before': 0.0,
        'events_kept': 100,
        'answers_before': 0.0,
        'stopped_before': 0.0,
        'stopped_kept': 100,
    }
    store.prune(Limits(**kept | values))


SECRET = SecretRecord(name='db', type=SecretType.OPAQUE, digest='d', sealed='s')
CONFIG = ConfigRecord(name='params', digest='abc', files={'a.yaml': 3})
OLD_DEVICE = DeviceRecord(name=DeviceName('old'), key_id='old-key', facts=facts(), revision=9)

EVERYTHING = Batch(
    packages=[(package(), 5.0), (package(version='2'), 6.0)],
    leaving={package(version='2').ref: True},
    secrets=[SECRET],
    configs=[CONFIG],
    contents={CONFIG.digest: b'packed'},
    deployments=[(running('camera'), False), (in_phase(Phase.DEPLOYMENT_STOPPED, 'old'), False)],
    devices=[DeviceRecord(name=DeviceName('rover1'), key_id='key', facts=facts(), revision=3)],
    forgotten=[OLD_DEVICE],
    events=[event(1), event(2)],
    answers=[Answer('r1', 'digest', b'\x00answer', 7.0)],
    epoch=4,
)


def everything_in(store):
    return (
        list(store.packages()),
        list(store.leaving_packages()),
        list(store.secrets()),
        list(store.configs()),
        store.content('abc'),
        list(store.forgotten()),
        list(store.live_deployments()),
        list(store.stopped_deployments()),
        list(store.devices()),
        store.events(limit=10),
        store.answer('r1'),
        store.epoch,
        store.manager_id,
        store.last_event_number(),
    )


def test_what_was_committed_is_there_after_a_restart(url):
    with closing(Store(url)) as first:
        first.commit(EVERYTHING)
        before = everything_in(first)

    with closing(Store(url)) as second:
        assert everything_in(second) == before
        assert before[:9] == (
            [package(), package(version='2')],
            [package(version='2').ref],
            [SECRET],
            [CONFIG],
            b'packed',
            [OLD_DEVICE],
            [running('camera')],
            [in_phase(Phase.DEPLOYMENT_STOPPED, 'old')],
            EVERYTHING.devices,
        )
        assert before[9:12] == (EVERYTHING.events, EVERYTHING.answers[0], 4)


def test_what_was_committed_survives_a_kill(url):
    code = (
        'import os, sys; sys.path[:0] = sys.argv[2:]\n'
        'from builders import running\n'
        'from roost_manager.batch import Batch; from roost_manager.store import Store\n'
        'store = Store(sys.argv[1])\n'
        "store.commit(Batch(deployments=[(running('camera'), False)]))\n"
        'os.kill(os.getpid(), 9)\n'
    )

    process = subprocess.run([sys.executable, '-c', code, url, *sys.path], check=False)

    assert process.returncode == -9
    with closing(Store(url)) as store:
        assert list(store.live_deployments()) == [running('camera')]


def test_a_failed_commit_leaves_nothing(store):
    put(store, accepted('camera'))
    batch = replace_batch(deployments=[(replace(accepted('camera'), id='another'), False)])

    with pytest.raises(StoreConflict):
        store.commit(batch)

    assert list(store.packages()) == []
    assert store.events(limit=10) == []
    assert store.epoch == 1


def replace_batch(**values):
    return Batch(packages=[(package(), 0.0)], events=[event(1)], epoch=9, **values)


def test_a_name_is_unique_among_those_that_are_not_stopped(store):
    put(store, in_phase(Phase.DEPLOYMENT_STOPPED, 'camera'))
    put(store, replace(accepted('camera'), id='second'))

    with pytest.raises(StoreConflict):
        put(store, replace(accepted('camera'), id='third'))


def test_a_name_is_free_for_what_comes_as_soon_as_it_is_given_up(store):
    put(store, running('camera'))

    put(
        store,
        replace(accepted('camera'), id='a-second'),
        in_phase(Phase.DEPLOYMENT_STOPPED, 'camera'),
    )

    assert [each.id for each in store.live_deployments()] == ['a-second']


def network(name):
    return replace(accepted(name), id=f'{name}-network', network=NetworkSpec(name=name))


def test_a_network_may_have_the_name_of_a_deployment(store):
    put(store, accepted('camera'))
    put(store, network('camera'))

    with pytest.raises(StoreConflict):
        put(store, replace(network('camera'), id='second'))


def test_a_singleton_is_alone(store):
    put(store, accepted('one'), singleton=True)

    with pytest.raises(StoreConflict):
        put(store, accepted('other'), singleton=True)


def test_a_package_version_is_written_once(store):
    store.commit(Batch(packages=[(package(), 0.0)]))

    with pytest.raises(StoreConflict):
        store.commit(Batch(packages=[(package(singleton=True), 1.0)]))


def test_packages_keep_their_order_though_the_clock_was_set_back(store):
    store.commit(Batch(packages=[(package(version='2'), 9.0), (package(version='1'), 9.0)]))
    store.commit(Batch(packages=[(package(version='0'), 5.0)]))

    assert [each.version for each in store.packages()] == ['2', '1', '0']


def test_progress_is_not_stored(store):
    fresh = in_phase(Phase.PROVISIONING)
    pull = lifecycle.evaluate(fresh, world(device('rover1', pulling(fresh))))

    put(store, pull)

    assert list(store.live_deployments()) == [pull.without_progress]


def test_one_process_at_a_time_uses_a_database(url, store):
    with pytest.raises(StoreUnavailable, match=f'in use by process {os.getpid()}: another'):
        Store(url)


def test_the_lock_is_given_back_with_the_store(url):
    Store(url).close()
    Store(url).close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(url, store):
    store.close()
    path = url.removeprefix('sqlite:///')
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
        newer.execute('DROP TABLE events')
        newer.commit()

    with pytest.raises(StoreUnavailable, match=r'has schema 99.* use the newer Roost'):
        Store(url)

    with closing(sqlite3.connect(path)) as newer:
        tables = {row[0] for row in newer.execute('SELECT name FROM sqlite_master')}
        assert 'events' not in tables
        newer.execute("UPDATE meta SET value = '2' WHERE key = 'schema_version'")
        newer.commit()
    Store(url).close()  # and its lock is free


OLD = Path(__file__).with_name('database_1.sql').read_text(encoding='utf-8')


def write_old(url, *changes):
    path = Path(url.removeprefix('sqlite:///'))
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as old:
        old.executescript(OLD + ';'.join(changes))


def old(deployment):
    """Give a deployment as it is when nobody kept its history."""
    return replace(deployment, history=())


def test_a_database_of_an_older_version_is_taken_over(url):
    write_old(url)

    with closing(Store(url)) as store:
        assert list(store.packages()) == [package()]
        live = [(each.name, each.phase, each.status) for each in store.live_deployments()]
        assert live == [
            ('camera', Phase.SUCCEEDED, Status.RUNNING),
            ('failed', Phase.FAILED_TO_START, Status.ERROR),
            ('lidar', Phase.SUCCEEDED, Status.RUNNING),
        ]
        assert [each.name for each in store.stopped_deployments()] == ['old']
        assert list(store.devices()) == [
            DeviceRecord(
                name=DeviceName('rover1'),
                key_id='ed25519:' + 'A' * 43,
                facts=facts(),
                incarnation=2,
                revision=3,
            )
        ]
        assert (store.epoch, store.last_event_number()) == (4, 1)
        assert store.answer('r1').answer == b'\x00answer'
        with pytest.raises(StoreConflict):
            put(store, replace(accepted('camera'), id='second'))
        put(store, network('camera'))
        identity = store.manager_id

    with closing(Store(url)) as store:  # once only
        assert store.manager_id == identity


def test_a_taken_over_database_has_the_schema_of_a_fresh_one(url, tmp_path):
    write_old(url)
    Store(url).close()
    Store(f'sqlite:///{tmp_path}/fresh.db').close()

    assert columns(url.removeprefix('sqlite:///')) == columns(tmp_path / 'fresh.db')


def columns(path):
    with closing(sqlite3.connect(path)) as database:
        names = [row[0] for row in database.execute('SELECT name FROM sqlite_master')]
        return {
            name: {
                row[1] if kind == 'table_info' else row[2]
                for kind in ('table_info', 'index_info')
                for row in database.execute(f"PRAGMA {kind}('{name}')")
            }
            for name in names
        }


def test_a_takeover_that_fails_leaves_the_database_as_it_was(url):
    write_old(url, 'DROP INDEX stopped_by_name')
    path = url.removeprefix('sqlite:///')
    before = columns(path)

    with pytest.raises(StoreUnavailable, match='no such index'):
        Store(url)

    assert columns(path) == before


def test_what_is_no_database_is_told(tmp_path):
    (tmp_path / 'manager.db').write_text('this is no database, ' * 100, encoding='utf-8')

    with pytest.raises(StoreUnavailable, match='file is not a database'):
        Store(f'sqlite:///{tmp_path}/manager.db')


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / 'file').touch()

    with pytest.raises(StoreUnavailable, match='cannot open the database'):
        Store(f'sqlite:///{tmp_path}/file/manager.db')


def test_a_full_disk_is_told_and_nothing_changes_until_there_is_room(store):
    put(store, accepted('camera'))
    pages = store._connection.exec_driver_sql('PRAGMA page_count').scalar_one()
    store._connection.exec_driver_sql(f'PRAGMA max_page_count = {pages}').scalar_one()
    store._connection.rollback()
    large = replace(accepted('large'), created_by='x' * 100_000)

    with pytest.raises(StoreUnavailable, match='database or disk is full'):
        put(store, large)

    assert [each.name for each in store.live_deployments()] == ['camera']
    store._connection.exec_driver_sql('PRAGMA max_page_count = 100000').scalar_one()
    store._connection.rollback()
    put(store, large)
    assert [each.name for each in store.live_deployments()] == ['camera', 'large']


def test_a_database_that_cannot_be_written_is_told(store):
    store._connection.exec_driver_sql('PRAGMA query_only = 1')
    store._connection.rollback()

    with pytest.raises(StoreUnavailable, match='readonly'):
        put(store, accepted())
    with pytest.raises(StoreUnavailable, match='readonly'):
        prune(store)


def test_a_closed_store_says_so(store):
    store.close()
    store.close()

    with pytest.raises(StoreUnavailable, match='was closed'):
        store.events(limit=1)


def test_events_are_read_in_parts(store):
    store.commit(
        Batch(events=[event(number, deployment_id='ab'[number % 2]) for number in range(1, 9)])
    )

    def numbers(**values):
        return [each.number for each in store.events(**values)]

    assert numbers(limit=3) == [1, 2, 3]
    assert numbers(limit=3, since=3) == [4, 5, 6]
    assert numbers(limit=3, latest=True) == [6, 7, 8]
    assert numbers(limit=2, latest=True, deployment_id='a') == [6, 8]
    assert numbers(limit=3, since=2**64 - 1) == []


def test_stopped_deployments_are_read_on_from_where_one_was(store):
    names = [f'd{number:03}' for number in range(450)]
    put(store, *(in_phase(Phase.DEPLOYMENT_STOPPED, name) for name in names))

    assert [each.name for each in store.stopped_deployments()] == names
    after = ('d400', 'd400-id')
    assert [each.name for each in store.stopped_deployments(after=after)] == names[401:]


def test_a_deployment_is_found_by_id_stopped_or_not(store):
    put(store, running('camera'), in_phase(Phase.DEPLOYMENT_STOPPED, 'old'))

    assert store.deployment('camera-id').name == 'camera'
    assert store.deployment('old-id').name == 'old'
    assert store.deployment('camera') is None


def test_what_is_removed_is_gone_whole_and_may_come_again(store):
    store.commit(EVERYTHING)
    removed = [package_ref(package().ref), secret_ref('db'), config_ref('params')]

    store.commit(Batch(removed=removed, returned=['old-key'], forgotten=EVERYTHING.devices))

    assert [each.version for each in store.packages()] == ['2']
    assert list(store.secrets()) == list(store.configs()) == list(store.devices()) == []
    assert list(store.forgotten()) == EVERYTHING.devices
    store.commit(Batch(packages=[(package(), 9.0)], secrets=[SECRET], returned=['key']))
    assert [each.version for each in store.packages()] == ['2', '1']
    assert list(store.secrets()) == [SECRET]
    assert list(store.forgotten()) == []


def stop(store, name, at):
    store.commit(Batch(deployments=[(in_phase(Phase.DEPLOYMENT_STOPPED, name), False)], at=at))


def stopped(store):
    return [each.name for each in store.stopped_deployments()]


def test_what_stopped_long_ago_is_pruned_but_not_what_is_needed(store):
    put(store, running('camera'))
    for at, name in enumerate('abcde', start=1):
        stop(store, name, float(at))

    prune(store, stopped_before=3.0, needed=['a-id'])
    assert stopped(store) == ['a', 'c', 'd', 'e']

    prune(store, stopped_kept=2, needed=['a-id'])
    assert stopped(store) == ['a', 'd', 'e']

    prune(store, stopped_before=9.0, stopped_kept=0)
    assert stopped(store) == []
    assert [each.name for each in store.live_deployments()] == ['camera']


def test_files_are_pruned_that_no_config_has_and_no_device_needs(store):
    store.commit(Batch(configs=[CONFIG], contents={'abc': b'1', 'held': b'2', 'old': b'3'}))

    prune(store, held=['held'])

    assert [store.content(each) for each in ('abc', 'held', 'old')] == [b'1', b'2', None]


def test_old_events_and_answers_are_pruned_and_the_newest_event_stays(store):
    store.commit(Batch(events=[event(number, at=float(number)) for number in range(1, 11)]))
    store.commit(Batch(answers=[Answer(f'r{at}', 'd', b'', float(at)) for at in (1, 5)]))

    prune(store, events_before=4.0, answers_before=5.0)
    assert [each.number for each in store.events(limit=20)] == [4, 5, 6, 7, 8, 9, 10]
    assert (store.answer('r1'), store.answer('r5') is not None) == (None, True)

    prune(store, events_kept=2)
    assert [each.number for each in store.events(limit=20)] == [9, 10]

    prune(store, events_before=1e9, events_kept=1)
    assert store.last_event_number() == 10
