# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Secrets on the device: opened in memory when they are needed, and kept nowhere."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping

from roost_core import error_codes
from roost_core.document import MalformedDocument, parse_json
from roost_core.instance import InstanceSpec
from roost_core.policy import DEFAULT_REGISTRY, registry_of
from roost_core.secret import SealedSecret, SecretType
from roost_core.status import ReasonKind
from roost_executor.runtimes.contract import RegistryAuth, RuntimeFault
from roost_wire.sealing import Unsealable


def _nothing_is_ours(_: bytes) -> bytes:
    raise Unsealable('this device has no key')


class Secrets:
    """The secrets of the newest desired state, sealed. May be used from any thread."""

    def __init__(self, unseal: Callable[[bytes], bytes] = _nothing_is_ours) -> None:
        """Begin without secrets; unseal opens what was sealed to the key of the device."""
        self._unseal = unseal
        self._sealed: Mapping[str, SealedSecret] = {}

    def learn(self, secrets: Iterable[SealedSecret]) -> bool:
        """Take those of a newer desired state; tell whether there is any change."""
        sealed = {each.name: each for each in secrets}
        changed = sealed != self._sealed
        self._sealed = sealed
        return changed

    def environment(self, spec: InstanceSpec) -> dict[str, str]:
        """Give the variables of an instance that are secret.

        Raises:
            RuntimeFault: a secret is not here, or has no such value.
        """
        opened: dict[str, Mapping[str, str]] = {}
        found = {}
        for variable, wanted in spec.secret_environment.items():
            if wanted.name not in opened:
                opened[wanted.name] = self._data(wanted.name)
            value = opened[wanted.name].get(wanted.key)
            if value is None:
                raise _missing(
                    f"secret '{wanted.name}' has no value '{wanted.key}', which {variable} needs: "
                    'apply the secret with it'
                )
            if '\0' in value:  # the engine would refuse it, and say it while it does
                raise _missing(
                    f"secret '{wanted.name}' has a NUL in its value '{wanted.key}', which "
                    f'{variable} cannot hold: apply it without'
                )
            found[variable] = value
        return found

    def login(self, image: str, name: str) -> RegistryAuth:
        """Give who pulls an image.

        Raises:
            RuntimeFault: the secret is not here, or is none for the registry of the image.
        """
        body = self._open(name, SecretType.DOCKER)
        registry, username, password = (
            body.get(each) for each in ('registry', 'username', 'password')
        )
        if not (isinstance(username, str) and isinstance(password, str)):
            raise _missing(f"secret '{name}' holds no login to a registry: apply it again")
        if _host(str(registry)) != registry_of(image):
            raise _missing(
                f"secret '{name}' is for the registry {registry}, and image {image} comes from "
                f'{registry_of(image)}: name the secret of that registry'
            )
        return RegistryAuth(username=username, password=password)

    def _data(self, name: str) -> Mapping[str, str]:
        data = self._open(name, SecretType.OPAQUE).get('data')
        if not isinstance(data, dict) or not all(isinstance(each, str) for each in data.values()):
            raise _missing(f"secret '{name}' holds no values: apply it again")
        return data

    def _open(self, name: str, wanted: SecretType) -> dict[str, object]:
        sealed = self._sealed.get(name)
        if sealed is None:
            raise _missing(f"secret '{name}' is not here: apply it")
        if sealed.type is not wanted:
            raise _missing(f"secret '{name}' is of the type {sealed.type}, needed is {wanted}")
        try:
            body = parse_json(self._unseal(base64.b64decode(sealed.sealed, validate=True)))
        except (ValueError, MalformedDocument):
            # Without its cause: the text of that may hold what was opened.
            body = None
        if not isinstance(body, dict):
            raise _missing(
                f"secret '{name}' cannot be opened with the key of this device: apply it again"
            )
        return body


def _host(registry: str) -> str:
    """Give a registry as images name it, of what people write: 'https://registry:5000/v2/'."""
    host = registry.partition('://')[2] or registry
    host = host.partition('/')[0]
    return DEFAULT_REGISTRY if host in ('index.docker.io', 'registry-1.docker.io') else host


def _missing(text: str) -> RuntimeFault:
    return RuntimeFault(ReasonKind.SECRET_MISSING, error_codes.SECRET_MISSING, text)
