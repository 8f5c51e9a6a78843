# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The stored truth: packages, deployments, devices, events and answered requests, in SQL.

What a request was answered is committed first. Every write goes through `Store.commit`, one
transaction each; the uniqueness of names and singletons is the database's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import fcntl
import json
import os
from pathlib import Path
from typing import Any, TypeVar
import uuid

import sqlalchemy as sa

from roost_core.config import ConfigRecord
from roost_core.deployment import Deployment
from roost_core.device import DeviceRecord
from roost_core.document import from_document
from roost_core.event import Event
from roost_core.package import Package, PackageRef
from roost_core.resource import ResourceKind
from roost_core.secret import SecretRecord
from roost_manager import migrations, tables
from roost_manager.batch import Answer, Batch, statements


class StoreUnavailable(RuntimeError):
    """The database cannot be used now; the text says why and what to do."""


class StoreConflict(RuntimeError):
    """A name or a singleton was taken meanwhile."""


T = TypeVar('T')

# Rows that are read together, and the largest number that SQL knows.
_AT_ONCE = 200
_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is kept when the old is forgotten; times are Unix, by the manager's clock.

    Attributes:
        stopped_before, stopped_kept: of what is stopped, what ended since then, and so many.
        needed: ids of what stays although it is stopped.
        held: digests of configs whose files stay, beside those that a config has now.
    """

    events_before: float
    events_kept: int
    answers_before: float
    stopped_before: float
    stopped_kept: int
    needed: Collection[str] = ()
    held: Collection[str] = ()


class Store:
    """One database; one process at a time may use a file of it."""

    def __init__(self, url: str) -> None:
        """Open, and create or migrate the schema.

        Args:
            url: of SQLAlchemy; for SQLite, the folder of the file is made when it is missing.

        Raises:
            StoreUnavailable: it cannot be opened, another process uses it, or a newer version
                of Roost wrote it.
        """
        try:
            self._url = sa.make_url(url)
        except sa.exc.ArgumentError as error:
            raise StoreUnavailable(f"'{url}' is not the URL of a database: {error}") from error
        self._lock_file: Any = None
        self._connection: sa.Connection | None = None
        try:
            if self._url.get_backend_name() == 'sqlite' and self._url.database:
                self._lock(Path(self._url.database))
            self._engine = sa.create_engine(self._url)
            if self._url.get_backend_name() == 'sqlite':
                sa.event.listen(self._engine, 'connect', _configure_sqlite)
                sa.event.listen(self._engine, 'begin', _begin_sqlite)
            self._connection = self._engine.connect()
            self._prepare()
        except sa.exc.DBAPIError as error:
            self.close()
            raise self._unavailable(error) from error
        except BaseException:
            self.close()
            raise

    def _lock(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock_file = open(f'{path}.lock', 'a+', encoding='utf-8')  # noqa: SIM115
        except OSError as error:
            raise StoreUnavailable(f"cannot open the database '{path}': {error}") from error
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock_file.seek(0)
            holder = self._lock_file.read().strip() or 'another process'
            self._lock_file.close()
            raise StoreUnavailable(
                f"the database '{path}' is in use by {holder}: another manager runs here"
            ) from None
        self._lock_file.truncate(0)
        self._lock_file.write(f'process {os.getpid()}')
        self._lock_file.flush()

    def _prepare(self) -> None:
        with self._transaction() as connection:
            self._migrate(connection)
            tables.metadata.create_all(connection)
            meta = _meta(connection)
            for key, value in {
                'schema_version': str(tables.SCHEMA_VERSION),
                'manager_id': str(uuid.uuid4()),
                'epoch': '1',
            }.items():
                if key not in meta:
                    connection.execute(tables.meta.insert().values(key=key, value=value))
            meta = _meta(connection)
        self.manager_id = meta['manager_id']
        self.epoch = int(meta['epoch'])

    def _migrate(self, connection: sa.Connection) -> None:
        if not sa.inspect(connection).has_table('meta'):
            return
        version = int(_meta(connection).get('schema_version', tables.SCHEMA_VERSION))
        if version > tables.SCHEMA_VERSION:
            raise StoreUnavailable(
                f'the database has schema {version}, this version of Roost knows'
                f' {tables.SCHEMA_VERSION}: use the newer Roost that wrote it'
            )
        migrations.migrate(connection, version=version, wanted=tables.SCHEMA_VERSION)
        written = tables.meta.update().where(tables.meta.c.key == 'schema_version')
        connection.execute(written.values(value=str(tables.SCHEMA_VERSION)))

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """Run statements as one; nothing of them stays when one fails."""
        if self._connection is None:
            raise StoreUnavailable('the database was closed')
        try:
            with self._connection.begin():
                yield self._connection
        except sa.exc.IntegrityError as error:
            raise StoreConflict(str(error.orig)) from error
        except sa.exc.DBAPIError as error:
            raise self._unavailable(error) from error

    def close(self) -> None:
        """Give everything back; safe to call twice."""
        if self._connection is not None:
            self._connection.close()
            self._engine.dispose()
            self._connection = None
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None

    def _unavailable(self, error: sa.exc.DBAPIError) -> StoreUnavailable:
        where = self._url.render_as_string(hide_password=True)
        return StoreUnavailable(f"the database '{where}' cannot be used: {error.orig}")

    def commit(self, batch: Batch) -> None:
        """Write a batch, whole or not at all; it is durable at the return.

        Raises:
            StoreConflict: a name or singleton is taken.
            StoreUnavailable: the database cannot be written, for example because the disk is full.
        """
        if batch.is_empty:
            return
        with self._transaction() as connection:
            for statement, rows in statements(batch):
                if rows:
                    connection.execute(statement, rows)
            if batch.epoch is not None:
                epoch = tables.meta.update().where(tables.meta.c.key == 'epoch')
                connection.execute(epoch.values(value=str(batch.epoch)))
        if batch.epoch is not None:
            self.epoch = batch.epoch

    def packages(self) -> Iterator[Package]:
        """Read all packages, in the order in which they were applied."""
        query = sa.select(tables.packages.c.body).order_by(tables.packages.c.number)
        for row in self._read(query):
            yield from_document(Package, json.loads(row.body))

    def leaving_packages(self) -> Iterator[PackageRef]:
        """Read which packages go when the last deployment that uses them has stopped."""
        table = tables.packages
        query = sa.select(table.c.name, table.c.version).where(table.c.deleting == sa.true())
        for row in self._read(query):
            yield PackageRef(name=row.name, version=row.version)

    def live_deployments(self) -> Iterator[Deployment]:
        """Read all deployments that are not stopped."""
        table = tables.deployments
        for row in self._read(sa.select(table.c.body).where(table.c.stopped == sa.false())):
            yield from_document(Deployment, json.loads(row.body))

    def stopped_deployments(
        self, kind: ResourceKind = ResourceKind.DEPLOYMENT, *, after: tuple[str, str] = ('', '')
    ) -> Iterator[Deployment]:
        """Read what is stopped of a kind, by name and id; as few as the caller takes.

        Args:
            after: name and id of the last one that is not wanted.
        """
        table = tables.deployments
        key = sa.tuple_(table.c.name, table.c.id)
        query = sa.select(table.c.body).where(table.c.stopped == sa.true())
        query = query.where(table.c.kind == str(kind))
        query = query.order_by(table.c.name, table.c.id).limit(_AT_ONCE)
        while rows := self._read(query.where(key > after)):
            for row in rows:
                deployment = from_document(Deployment, json.loads(row.body))
                yield deployment
            after = (deployment.name, deployment.id)

    def deployment(self, id: str) -> Deployment | None:
        """Read one deployment, stopped or not."""
        table = tables.deployments
        for row in self._read(sa.select(table.c.body).where(table.c.id == id)):
            return from_document(Deployment, json.loads(row.body))
        return None

    def last_stopped(self, name: str) -> Deployment | None:
        """Read the deployment that was stopped last of those that had a name."""
        table = tables.deployments
        query = sa.select(table.c.body).where(
            table.c.name == name,
            table.c.stopped == sa.true(),
            table.c.kind == str(ResourceKind.DEPLOYMENT),
        )
        for row in self._read(query.order_by(table.c.stopped_at.desc()).limit(1)):
            return from_document(Deployment, json.loads(row.body))
        return None

    def devices(self) -> Iterator[DeviceRecord]:
        """Read all devices."""
        return self._bodies(tables.devices, DeviceRecord)

    def forgotten(self) -> Iterator[DeviceRecord]:
        """Read all devices that were forgotten and have not returned."""
        return self._bodies(tables.forgotten, DeviceRecord)

    def secrets(self) -> Iterator[SecretRecord]:
        """Read all secrets; their values are sealed."""
        return self._bodies(tables.secrets, SecretRecord)

    def configs(self) -> Iterator[ConfigRecord]:
        """Read all configs, without the content of their files."""
        return self._bodies(tables.configs, ConfigRecord)

    def content(self, digest: str) -> bytes | None:
        """Read the packed files of a config."""
        table = tables.contents
        for row in self._read(sa.select(table.c.packed).where(table.c.digest == digest)):
            packed: bytes = row.packed
            return packed
        return None

    def events(
        self, *, deployment_id: str = '', since: int = 0, limit: int, latest: bool = False
    ) -> list[Event]:
        """Read events with a number greater than since, oldest first.

        Args:
            latest: the newest `limit` instead of the oldest.
        """
        table = tables.events
        query = sa.select(table.c.body).where(table.c.number > min(since, _MOST))
        if deployment_id:
            query = query.where(table.c.deployment_id == deployment_id)
        order = table.c.number.desc() if latest else table.c.number
        rows = self._read(query.order_by(order).limit(limit))
        found = [from_document(Event, json.loads(row.body)) for row in rows]
        return found[::-1] if latest else found

    def last_event_number(self) -> int:
        """Give the number of the newest event; 0 when there was none."""
        for row in self._read(sa.select(sa.func.max(tables.events.c.number).label('number'))):
            return row.number or 0
        return 0

    def answer(self, request_id: str) -> Answer | None:
        """Find what a request was answered."""
        for row in self._read(
            sa.select(tables.requests).where(tables.requests.c.id == request_id)
        ):
            return Answer(row.id, row.digest, row.answer, row.at)
        return None

    def prune(self, limits: Limits) -> None:
        """Forget what is old; the newest event always stays, for its number."""
        newest = self.last_event_number()
        events, requests, deployments = tables.events, tables.requests, tables.deployments
        configs, contents = tables.configs, tables.contents
        old = (events.c.at < limits.events_before) | (
            events.c.number <= newest - limits.events_kept
        )
        stopped = sa.select(deployments.c.id).where(deployments.c.stopped == sa.true())
        newest_first = stopped.order_by(deployments.c.stopped_at.desc(), deployments.c.id)
        kept = newest_first.limit(limits.stopped_kept)
        over = (deployments.c.stopped_at < limits.stopped_before) | deployments.c.id.not_in(kept)
        with self._transaction() as connection:
            connection.execute(events.delete().where((events.c.number < newest) & old))
            connection.execute(requests.delete().where(requests.c.at < limits.answers_before))
            gone = deployments.delete().where(deployments.c.stopped == sa.true(), over)
            connection.execute(gone.where(deployments.c.id.not_in(limits.needed)))
            named = {*limits.held, *connection.scalars(sa.select(configs.c.digest))}
            unnamed = set(connection.scalars(sa.select(contents.c.digest))) - named
            for digest in unnamed:
                connection.execute(contents.delete().where(contents.c.digest == digest))

    def _bodies(self, table: sa.Table, cls: type[T]) -> Iterator[T]:
        for row in self._read(sa.select(table.c.body)):
            yield from_document(cls, json.loads(row.body))

    def _read(self, query: sa.Select[Any]) -> list[Any]:
        with self._transaction() as connection:
            return list(connection.execute(query))


def _meta(connection: sa.Connection) -> dict[str, str]:
    return {row.key: row.value for row in connection.execute(sa.select(tables.meta))}


def _configure_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # or changes of the schema would be outside transactions
    cursor = connection.cursor()
    cursor.execute('PRAGMA journal_mode=WAL')
    cursor.execute('PRAGMA synchronous=FULL')
    cursor.execute('PRAGMA busy_timeout=2000')
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql('BEGIN')
