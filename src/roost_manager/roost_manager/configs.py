# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Configs: what a manifest says becomes a record, and files by their digest."""

from __future__ import annotations

from dataclasses import replace

from roost_core.config import ConfigRecord, ConfigSpec, digest_of, pack
from roost_core.problem import ResultCode
from roost_core.resource import ResourceKind
from roost_manager.plan import Action, Change
from roost_manager.refusal import Refusal
from roost_manager.store import Store
from roost_manager.work import UnitOfWork

DEFAULT_PART_BYTES = 262144
MAX_PART_BYTES = 1024 * 1024


def apply(work: UnitOfWork, spec: ConfigSpec) -> Change:
    """Stage a config, if anything of it is new.

    Which deployments use it, and hence change with it, `StagedResources.changed_configs` and
    `users` tell.
    """
    packed = pack(spec.files)
    former = work.resources.config(spec.name)
    record = ConfigRecord(
        name=spec.name,
        description=spec.description,
        labels=spec.labels,
        digest=digest_of(packed),
        files={path: len(content) for path, content in sorted(spec.files.items())},
        changed_at=former.changed_at if former is not None else work.now,
    )
    action, detail = Action.UNCHANGED, ''
    if former is None:
        action = Action.CREATE
        work.resources.put_config(record, packed)
    elif former.digest != record.digest:
        action, detail = Action.UPDATE, 'other files'
        work.resources.put_config(replace(record, changed_at=work.now), packed)
    elif former != record:
        action = Action.UPDATE
        work.resources.put_config(record)
    return Change(kind=str(ResourceKind.CONFIG), name=spec.name, action=action, detail=detail)


class Contents:
    """Give the files of configs in parts; those that were asked for last are kept at hand."""

    def __init__(self, store: Store) -> None:
        """Read from a store."""
        self._store = store
        self._digest = ''
        self._packed = b''

    def read(self, digest: str, *, offset: int, max_bytes: int) -> tuple[bytes, int]:
        """Read a part; return it and the size of the whole. It is empty at the end.

        Raises:
            Refusal: no config has, or had lately, this digest.
        """
        if digest != self._digest:
            packed = self._store.content(digest)
            if packed is None:
                raise Refusal(ResultCode.NOT_FOUND, f"there is no config of digest '{digest:.80}'")
            self._digest, self._packed = digest, packed
        size = min(max_bytes or DEFAULT_PART_BYTES, MAX_PART_BYTES)
        return self._packed[offset : offset + size], len(self._packed)
