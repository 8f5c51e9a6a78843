# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What one transaction writes, and the statements that write it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from roost_core.config import ConfigRecord
from roost_core.deployment import Deployment
from roost_core.device import DeviceRecord
from roost_core.document import canonical_json, to_document
from roost_core.event import Event
from roost_core.package import Package, PackageRef
from roost_core.resource import ResourceKind, ResourceRef
from roost_core.secret import SecretRecord
from roost_manager import tables

# A statement, and what it is carried out with.
Statement = tuple[Any, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered."""

    request_id: str
    digest: str
    answer: bytes
    at: float


@dataclass(slots=True)
class Batch:
    """What one transaction writes.

    Attributes:
        leaving: package versions, and whether they go when their last user has stopped.
        contents: the packed files of configs, by digest.
        removed: packages, secrets and configs to remove; done before anything is written.
        forgotten: they are no devices any more.
        returned: keys of devices that had been forgotten.
        at: Unix time by the manager's clock; what stops in it stopped then.
    """

    packages: list[tuple[Package, float]] = field(default_factory=list)
    leaving: dict[PackageRef, bool] = field(default_factory=dict)
    secrets: list[SecretRecord] = field(default_factory=list)
    configs: list[ConfigRecord] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    removed: list[ResourceRef] = field(default_factory=list)
    deployments: list[tuple[Deployment, bool]] = field(default_factory=list)
    devices: list[DeviceRecord] = field(default_factory=list)
    forgotten: list[DeviceRecord] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    epoch: int | None = None
    at: float = 0.0

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return not any(getattr(self, each.name) for each in fields(self) if each.name != 'at')


def _text(value: object) -> str:
    return canonical_json(to_document(value)).decode()


def statements(batch: Batch) -> Iterable[Statement]:
    """List what writes a batch, in order; those with nothing to write are among them."""
    yield from _removals(batch)
    yield (
        tables.packages.insert(),
        [
            {'name': each.name, 'version': each.version, 'applied_at': at, 'body': _text(each)}
            for each, at in batch.packages
        ],
    )
    yield (
        _marking(),
        [
            {'of_name': ref.name, 'of_version': ref.version, 'deleting': deleting}
            for ref, deleting in batch.leaving.items()
        ],
    )
    yield _upsert(tables.secrets), _bodies(batch.secrets)
    yield (
        _upsert(tables.configs),
        [
            {'name': each.name, 'digest': each.digest, 'body': _text(each)}
            for each in batch.configs
        ],
    )
    yield (
        _upsert(tables.contents),
        [{'digest': digest, 'packed': packed} for digest, packed in batch.contents.items()],
    )
    # Those that stop come first: they free their names for those that come.
    rows = [
        {
            'id': each.id,
            'kind': str(each.kind),
            'name': each.name,
            'package': each.spec.package.name,
            'singleton': singleton,
            'stopped': each.stopped,
            'stopped_at': batch.at if each.stopped else 0.0,
            'body': _text(each.without_progress),
        }
        for each, singleton in sorted(
            batch.deployments, key=lambda pair: (not pair[0].stopped, pair[0].id)
        )
    ]
    yield _upsert(tables.deployments), rows
    yield _upsert(tables.devices), _bodies(batch.devices)
    yield (
        _upsert(tables.forgotten),
        [{'key_id': each.key_id, 'body': _text(each)} for each in batch.forgotten],
    )
    yield (
        tables.events.insert(),
        [
            {
                'number': each.number,
                'deployment_id': each.deployment_id or '',
                'at': each.at,
                'body': _text(each),
            }
            for each in batch.events
        ],
    )
    yield (
        tables.requests.insert(),
        [
            {'id': each.request_id, 'digest': each.digest, 'answer': each.answer, 'at': each.at}
            for each in batch.answers
        ],
    )


def _bodies(records: Iterable[Any]) -> list[dict[str, Any]]:
    return [{'name': each.name, 'body': _text(each)} for each in records]


def _removals(batch: Batch) -> Iterator[Statement]:
    for kind, table in (
        (ResourceKind.SECRET, tables.secrets),
        (ResourceKind.CONFIG, tables.configs),
    ):
        names = [ref.name for ref in batch.removed if ref.kind is kind]
        yield _deletion(table.c.name), [{'key': name} for name in names]
    packages = tables.packages
    gone = [ref for ref in batch.removed if ref.kind is ResourceKind.PACKAGE]
    yield (
        packages.delete().where(
            packages.c.name == sa.bindparam('of_name'),
            packages.c.version == sa.bindparam('of_version'),
        ),
        [{'of_name': ref.name, 'of_version': ref.version} for ref in gone],
    )
    yield _deletion(tables.devices.c.name), [{'key': each.name} for each in batch.forgotten]
    yield _deletion(tables.forgotten.c.key_id), [{'key': key_id} for key_id in batch.returned]


def _deletion(column: sa.Column[str]) -> Any:
    return column.table.delete().where(column == sa.bindparam('key'))


def _marking() -> Any:
    table = tables.packages
    return table.update().where(
        table.c.name == sa.bindparam('of_name'), table.c.version == sa.bindparam('of_version')
    )


def _upsert(table: sa.Table) -> Any:
    """Insert or update by primary key, in the words that SQLite and PostgreSQL share."""
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    others = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if column.name not in keys
    }
    return statement.on_conflict_do_update(index_elements=keys, set_=others)
