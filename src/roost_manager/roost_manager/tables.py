# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The tables of the database. What is looked for has a column, all else is in the body."""

from __future__ import annotations

import sqlalchemy as sa

SCHEMA_VERSION = 2

metadata = sa.MetaData()

meta = sa.Table(
    'meta',
    metadata,
    sa.Column('key', sa.Text, primary_key=True),
    sa.Column('value', sa.Text, nullable=False),
)
packages = sa.Table(
    'packages',
    metadata,
    # In the order in which they were applied, whatever the clock says.
    sa.Column('number', sa.Integer, primary_key=True),
    sa.Column('name', sa.Text, nullable=False),
    sa.Column('version', sa.Text, nullable=False),
    sa.Column('applied_at', sa.Float, nullable=False),
    # It goes when the last deployment that uses it has stopped.
    sa.Column('deleting', sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column('body', sa.Text, nullable=False),
    sa.UniqueConstraint('name', 'version'),
)
deployments = sa.Table(
    'deployments',
    metadata,
    sa.Column('id', sa.Text, primary_key=True),
    sa.Column('kind', sa.Text, nullable=False, server_default='Deployment'),
    sa.Column('name', sa.Text, nullable=False),
    sa.Column('package', sa.Text, nullable=False),
    sa.Column('singleton', sa.Boolean, nullable=False),
    sa.Column('stopped', sa.Boolean, nullable=False),
    sa.Column('stopped_at', sa.Float, nullable=False, server_default='0'),
    sa.Column('body', sa.Text, nullable=False),
)
sa.Index(
    'one_name',
    deployments.c.kind,
    deployments.c.name,
    unique=True,
    sqlite_where=sa.text('stopped = 0'),
    postgresql_where=sa.text('NOT stopped'),
)
sa.Index(
    'one_singleton',
    deployments.c.package,
    unique=True,
    sqlite_where=sa.text('stopped = 0 AND singleton = 1'),
    postgresql_where=sa.text('NOT stopped AND singleton'),
)
sa.Index(
    'stopped_by_name',
    deployments.c.stopped,
    deployments.c.kind,
    deployments.c.name,
    deployments.c.id,
)
sa.Index('stopped_by_time', deployments.c.stopped, deployments.c.stopped_at)
devices = sa.Table(
    'devices',
    metadata,
    sa.Column('name', sa.Text, primary_key=True),
    sa.Column('body', sa.Text, nullable=False),
)
secrets = sa.Table(
    'secrets',
    metadata,
    sa.Column('name', sa.Text, primary_key=True),
    sa.Column('body', sa.Text, nullable=False),
)
configs = sa.Table(
    'configs',
    metadata,
    sa.Column('name', sa.Text, primary_key=True),
    sa.Column('digest', sa.Text, nullable=False),
    sa.Column('body', sa.Text, nullable=False),
)
# The packed files of configs. What a device may still run outlives the config's next content.
contents = sa.Table(
    'contents',
    metadata,
    sa.Column('digest', sa.Text, primary_key=True),
    sa.Column('packed', sa.LargeBinary, nullable=False),
)
# Devices that an operator had forgotten, for the day when one of them returns.
forgotten = sa.Table(
    'forgotten',
    metadata,
    sa.Column('key_id', sa.Text, primary_key=True),
    sa.Column('body', sa.Text, nullable=False),
)
events = sa.Table(
    'events',
    metadata,
    sa.Column('number', sa.Integer, primary_key=True, autoincrement=False),
    sa.Column('deployment_id', sa.Text, nullable=False, index=True),
    sa.Column('at', sa.Float, nullable=False, index=True),
    sa.Column('body', sa.Text, nullable=False),
)
requests = sa.Table(
    'requests',
    metadata,
    sa.Column('id', sa.Text, primary_key=True),
    sa.Column('digest', sa.Text, nullable=False),
    sa.Column('answer', sa.LargeBinary, nullable=False),
    sa.Column('at', sa.Float, nullable=False, index=True),
)
