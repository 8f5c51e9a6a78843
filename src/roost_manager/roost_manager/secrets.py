# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Secrets: taken in sealed, kept sealed, and sealed anew for each device that needs them.

Plain values exist only while one of these functions runs. They are in no problem, event or log.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
import hmac
from typing import Any

from roost_core.document import canonical_json, MalformedDocument, parse_json
from roost_core.names import is_name, NAME_RULE
from roost_core.problem import Problem, ResultCode
from roost_core.resource import ResourceKind
from roost_core.secret import SealedSecret, SecretOffer, SecretRecord, SecretType
from roost_core.uses import secret_keys_of, secret_ref, specs_of
from roost_manager.fleet import Fleet
from roost_manager.plan import Action, Change
from roost_manager.work import UnitOfWork
from roost_wire.sealing import seal, Unsealable
from roost_wire.signing import SigningKey

# A device is told all of its secrets in one message, of 1 MiB at most.
MAX_SECRET_BYTES = 64 * 1024

_DOCKER_KEYS = frozenset({'registry', 'username', 'password'})


@dataclass(frozen=True, slots=True)
class _Opened:
    """What was in an offer; body is canonical JSON."""

    type: SecretType
    keys: tuple[str, ...]
    registry: str
    body: bytes


class _Wrong(Exception):
    """An offer that cannot be taken; the arguments are code, message and remedy."""


class Secrets:
    """The secrets of a fleet, for the holder of the manager's key."""

    def __init__(self, fleet: Fleet, key: SigningKey) -> None:
        """Keep the secrets of a fleet, sealed to a key."""
        self._fleet = fleet
        self._key = key
        self._digest_key = key.derived('digests of secrets')
        self._sealed: dict[tuple[str, str], tuple[SecretRecord, SealedSecret]] = {}

    def apply(
        self, work: UnitOfWork, offers: Sequence[SecretOffer]
    ) -> tuple[list[Change], list[Problem]]:
        """Stage secrets that a client sent; one change for each, and every problem."""
        changes: list[Change] = []
        problems: list[Problem] = []
        taken: set[str] = set()
        for offer in offers:
            found = [_twice(offer)] if offer.name in taken else []
            taken.add(offer.name)
            action = Action.REFUSE
            if not found:
                action, found = self._apply(work, offer)
            problems.extend(found)
            changes.append(
                Change(kind=str(ResourceKind.SECRET), name=_shown_name(offer), action=action)
            )
        return changes, problems

    def _apply(self, work: UnitOfWork, offer: SecretOffer) -> tuple[Action, list[Problem]]:
        try:
            opened = self._open(offer)
        except _Wrong as wrong:
            return Action.REFUSE, [_problem(offer, *wrong.args)]
        digest = hmac.digest(self._digest_key, opened.body, 'sha256').hex()
        former = work.resources.secret(offer.name)
        record = SecretRecord(
            name=offer.name,
            description=offer.description,
            labels=offer.labels,
            type=opened.type,
            keys=opened.keys,
            registry=opened.registry,
            digest=digest,
            sealed='',
            version=former.version if former is not None else 1,
            changed_at=former.changed_at if former is not None else work.now,
        )
        if former is not None:
            record = replace(record, sealed=former.sealed)
            if record == former:
                return Action.UNCHANGED, []
            if problems := list(self._broken_uses(work, offer, former, opened)):
                return Action.REFUSE, problems
        if former is None or digest != former.digest or opened.type is not former.type:
            sealed = base64.b64encode(seal(self._key.key_id, opened.body)).decode()
            version = former.version + 1 if former is not None else 1
            record = replace(record, sealed=sealed, version=version, changed_at=work.now)
        work.resources.put_secret(record)
        return Action.CREATE if former is None else Action.UPDATE, []

    def _open(self, offer: SecretOffer) -> _Opened:
        if not is_name(offer.name):
            raise _Wrong(ResultCode.INVALID, 'its name cannot be one', f'a name is {NAME_RULE}')
        if offer.type not in tuple(SecretType):
            known = ', '.join(SecretType)
            raise _Wrong(ResultCode.INVALID, 'its type is not known', f'one of {known}')
        if len(offer.sealed) > MAX_SECRET_BYTES:
            raise _Wrong(
                ResultCode.TOO_LARGE,
                f'it is larger than {MAX_SECRET_BYTES // 1024} KiB',
                'put what is large into a config or a volume',
            )
        if offer.key_id != self._key.key_id:
            raise _Wrong(ResultCode.CONFLICT, 'it is sealed to another manager', 'run it again')
        try:
            content = parse_json(self._key.unseal(offer.sealed))
        except Unsealable:
            raise _Wrong(
                ResultCode.INVALID,
                'the key of this manager does not unseal it',
                'run it again',
            ) from None
        except MalformedDocument:
            raise _malformed() from None
        return _read(SecretType(offer.type), content)

    def _broken_uses(
        self, work: UnitOfWork, offer: SecretOffer, former: SecretRecord, opened: _Opened
    ) -> Iterable[Problem]:
        """Say which deployments could not start again with what is offered."""
        users = work.resources.users(secret_ref(offer.name))
        if users and opened.type is not former.type:
            names = ', '.join(each.name for each in users)
            yield _problem(
                offer,
                ResultCode.CONFLICT,
                f'it is of type {former.type}, and used by {names}',
                'take another name',
            )
            return
        for user in users:
            package = work.surroundings.known(user.spec.package)
            wanted = {
                each.key
                for each in (secret_keys_of(package) if package is not None else ())
                if each.name == offer.name
            }
            for spec in specs_of(user.components):
                named = spec.secret_environment.values()
                wanted.update(each.key for each in named if each.name == offer.name)
            if missing := ', '.join(sorted(wanted - set(opened.keys))):
                yield _problem(
                    offer,
                    ResultCode.CONFLICT,
                    f"'{user.name}' uses its value {missing}",
                    'keep it',
                )

    def sealed_for(self, device_key_id: str, names: Iterable[str]) -> tuple[SealedSecret, ...]:
        """Give secrets as a device is told them: the same bytes, until one changes.

        What does not exist, or cannot be sealed to that key, is left out: the device says that it
        lacks it.
        """
        found = (self._sealed_for(device_key_id, name) for name in sorted(set(names)))
        return tuple(each for each in found if each is not None)

    def _sealed_for(self, device_key_id: str, name: str) -> SealedSecret | None:
        record = self._fleet.secrets.get(name)
        if record is None:
            return None
        cached = self._sealed.get((device_key_id, name))
        if cached is not None and cached[0].sealed == record.sealed:
            return cached[1]
        try:
            body = self._key.unseal(base64.b64decode(record.sealed))
            sealed = seal(device_key_id, body)
        except ValueError:
            return None
        made = SealedSecret(
            name=name,
            version=record.version,
            type=record.type,
            sealed=base64.b64encode(sealed).decode(),
        )
        self._sealed[device_key_id, name] = (record, made)
        return made


def _read(type: SecretType, content: object) -> _Opened:
    if type is SecretType.OPAQUE:
        data = content.get('data') if isinstance(content, dict) and len(content) == 1 else None
        if not isinstance(data, dict) or not data or not _is_text(data):
            raise _malformed()
        return _Opened(type, tuple(sorted(data)), '', canonical_json(content))
    if not isinstance(content, dict) or content.keys() != _DOCKER_KEYS or not _is_text(content):
        raise _malformed()
    return _Opened(type, (), content['registry'], canonical_json(content))


def _is_text(values: dict[Any, Any]) -> bool:
    """Tell whether keys and values are text: NUL and half a surrogate pair are not."""
    parts = [*values.keys(), *values.values()]
    if not all(isinstance(part, str) and '\0' not in part for part in parts) or '' in values:
        return False
    try:
        ''.join(parts).encode()
    except UnicodeEncodeError:
        return False
    return True


def _malformed() -> _Wrong:
    return _Wrong(
        ResultCode.INVALID, 'what is sealed is no secret of its type', 'seal it with `roost apply`'
    )


def _twice(offer: SecretOffer) -> Problem:
    return _problem(offer, ResultCode.CONFLICT, 'it is there twice', 'name each once')


def _shown_name(offer: SecretOffer) -> str:
    return offer.name if is_name(offer.name) else ''


def _problem(offer: SecretOffer, code: ResultCode, message: str, remedy: str) -> Problem:
    name = _shown_name(offer)
    return Problem(
        code=code,
        file=offer.file,
        line=offer.line,
        resource=f'{ResourceKind.SECRET}/{name}' if name else '',
        message=message,
        remedy=remedy,
    )
