# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""How a database of an older version of Roost becomes one of this version, step by step.

A step is never changed once it was released: it names the tables as they were then. Tables that
are new need no step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
import json

import sqlalchemy as sa

Step = Callable[[sa.Connection], None]


def migrate(connection: sa.Connection, *, version: int, wanted: int) -> None:
    """Take a database from one version of its schema to another, in the caller's transaction."""
    for each in range(version, wanted):
        STEPS[each](connection)


def _add_kinds_and_ends(connection: sa.Connection) -> None:
    """Names become unique for each kind; the time of an end is known, and packages can leave."""
    for statement in (
        'ALTER TABLE packages ADD COLUMN deleting BOOLEAN NOT NULL DEFAULT 0',
        "ALTER TABLE deployments ADD COLUMN kind TEXT NOT NULL DEFAULT 'Deployment'",
        'ALTER TABLE deployments ADD COLUMN stopped_at FLOAT NOT NULL DEFAULT 0',
        'DROP INDEX one_name',
        'DROP INDEX stopped_by_name',
        'CREATE UNIQUE INDEX one_name ON deployments (kind, name) WHERE stopped = 0',
        'CREATE INDEX stopped_by_name ON deployments (stopped, kind, name, id)',
        'CREATE INDEX stopped_by_time ON deployments (stopped, stopped_at)',
    ):
        connection.execute(sa.text(statement))
    rows = connection.execute(sa.text('SELECT id, body FROM deployments WHERE stopped = 1'))
    ends = [
        {'id': row.id, 'at': json.loads(row.body).get('deprovision_at', 0.0)} for row in rows.all()
    ]
    if ends:
        update = 'UPDATE deployments SET stopped_at = :at WHERE id = :id'
        connection.execute(sa.text(update), ends)


# By the version that each of them starts from.
STEPS: Mapping[int, Step] = {1: _add_kinds_and_ends}
