# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The floor of accepting: what is stored, written to disk by SQLite and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
import sqlite3
import time


def write_rows(folder: Path, rows: Sequence[bytes]) -> float:
    """Write rows in one durable transaction, as the manager does; return the seconds it took."""
    path = folder / 'floor.db'
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute('PRAGMA journal_mode=WAL')
        connection.execute('PRAGMA synchronous=FULL')
        connection.execute('CREATE TABLE IF NOT EXISTS rows (body BLOB NOT NULL)')
        begun = time.monotonic()
        connection.execute('BEGIN')
        connection.executemany('INSERT INTO rows VALUES (?)', [(row,) for row in rows])
        connection.execute('COMMIT')
        return time.monotonic() - begun
    finally:
        connection.close()
