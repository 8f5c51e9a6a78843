# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is kept beside deployments: secrets, configs, and the names of things."""

from __future__ import annotations

from collections.abc import Sequence

from roost_core.config import ConfigRecord
from roost_core.problem import Problem, ResultCode
from roost_core.resource import ResourceKind, ResourceRef
from roost_core.secret import SecretOffer, SecretRecord
from roost_interfaces import msg
from roost_wire.convert.basic import key_values, mapping_of, time_message


def secret_message(record: SecretRecord, *, used_by: Sequence[str]) -> msg.Secret:
    """Write a secret, without its values."""
    return msg.Secret(
        name=record.name,
        description=record.description,
        labels=key_values(record.labels),
        type=str(record.type),
        keys=list(record.keys),
        registry=record.registry,
        used_by=list(used_by),
        version=record.version,
        changed_at=time_message(record.changed_at),
    )


def secret_offer_of(message: msg.SealedSecret) -> SecretOffer:
    """Read a secret that a client sent."""
    return SecretOffer(
        name=message.name,
        description=message.description,
        labels=mapping_of(message.labels),
        type=message.type,
        key_id=message.key_id,
        sealed=bytes(message.sealed),
        file=message.file,
        line=message.line,
    )


def config_message(record: ConfigRecord, *, used_by: Sequence[str]) -> msg.Config:
    """Write a config, without the content of its files."""
    return msg.Config(
        name=record.name,
        description=record.description,
        labels=key_values(record.labels),
        digest=record.digest,
        files=sorted(record.files),
        size_bytes=sum(record.files.values()),
        used_by=list(used_by),
        changed_at=time_message(record.changed_at),
    )


def refs_of(messages: Sequence[msg.ResourceRef]) -> tuple[list[ResourceRef], list[Problem]]:
    """Read names of things, and tell all that cannot be such."""
    refs: list[ResourceRef] = []
    problems: list[Problem] = []
    for index, message in enumerate(messages):
        path = f'resources[{index}]'
        if message.kind not in tuple(ResourceKind):
            known = ', '.join(ResourceKind)
            wrong = f"there is no kind '{message.kind:.80}'"
            problems.append(_invalid(f'{path}.kind', wrong, f'one of {known}'))
            continue
        kind = ResourceKind(message.kind)
        if message.version and kind is not ResourceKind.PACKAGE:
            problems.append(
                _invalid(f'{path}.version', f'a {kind} has no version', 'leave it out')
            )
        refs.append(ResourceRef(kind, message.name, message.version))
    return refs, problems


def _invalid(path: str, message: str, remedy: str) -> Problem:
    return Problem(code=ResultCode.INVALID, path=path, message=message, remedy=remedy)
