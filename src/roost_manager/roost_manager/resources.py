# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Secrets, configs and what leaves, as a unit of work stages them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from roost_core.config import ConfigRecord
from roost_core.deployment import Deployment
from roost_core.package import PackageRef
from roost_core.resource import ResourceKind, ResourceRef
from roost_core.secret import SecretRecord
from roost_core.uses import config_ref, package_ref, secret_ref, uses_of
from roost_manager.fleet import Fleet
from roost_manager.surroundings import Surroundings


class StagedResources:
    """What is staged of them, before what the fleet has."""

    def __init__(self, fleet: Fleet, surroundings: Surroundings) -> None:
        """Start with nothing staged."""
        self._fleet = fleet
        self._surroundings = surroundings
        self._leaving: dict[PackageRef, bool] = {}
        self._secrets: dict[str, SecretRecord] = {}
        self._configs = surroundings.configs
        self._contents: dict[str, bytes] = {}

    def secret(self, name: str) -> SecretRecord | None:
        """Find a secret, staged or not."""
        return self._secrets.get(name) or self._fleet.secrets.get(name)

    def secrets(self) -> dict[str, SecretRecord]:
        """Give all secrets, staged ones before those of the fleet."""
        return {**self._fleet.secrets, **self._secrets}

    def configs(self) -> dict[str, ConfigRecord]:
        """Give all configs, staged ones before those of the fleet."""
        return {**self._fleet.configs, **self._configs}

    def put_secret(self, record: SecretRecord) -> None:
        """Stage a secret, new or changed; a new version is told to the devices that need it."""
        self._secrets[record.name] = record

    def config(self, name: str) -> ConfigRecord | None:
        """Find a config, staged or not."""
        return self._configs.get(name) or self._fleet.configs.get(name)

    def put_config(self, record: ConfigRecord, packed: bytes | None = None) -> None:
        """Stage a config, new or changed; packed are its files, if they are not stored yet."""
        self._configs[record.name] = record
        if packed is not None:
            self._contents[record.digest] = packed

    def changed_configs(self) -> dict[str, ConfigRecord]:
        """Give the staged configs whose files are not what they were, by name."""
        stored = self._fleet.configs
        return {
            name: record
            for name, record in self._configs.items()
            if name in stored and stored[name].digest != record.digest
        }

    def mark_leaving(self, ref: ResourceRef, *, leaving: bool = True) -> None:
        """Stage that something goes as soon as nothing uses it any more, or that it stays."""
        match ref.kind:
            case ResourceKind.SECRET:
                secret = self.secret(ref.name)
                assert secret is not None
                self.put_secret(replace(secret, deleting=leaving))
            case ResourceKind.CONFIG:
                config = self.config(ref.name)
                assert config is not None
                self.put_config(replace(config, deleting=leaving))
            case ResourceKind.PACKAGE:
                self._leaving[PackageRef(name=ref.name, version=ref.version)] = leaving

    def is_leaving(self, ref: ResourceRef) -> bool:
        """Tell whether a package version, secret or config is on its way out."""
        return ref in self._all_leaving()

    def _all_leaving(self) -> set[ResourceRef]:
        staged = {package_ref(ref): leaving for ref, leaving in self._leaving.items()}
        staged |= {secret_ref(each.name): each.deleting for each in self._secrets.values()}
        staged |= {config_ref(each.name): each.deleting for each in self._configs.values()}
        stored = self._fleet.leaving - staged.keys()
        return stored | {ref for ref, leaving in staged.items() if leaving}

    def users(self, ref: ResourceRef) -> list[Deployment]:
        """List what uses a package version, secret or config and is not stopped, by name."""
        staged = self._surroundings.staged
        found = [each for each in self._fleet.users(ref) if each.id not in staged]
        for each in staged.values():
            if not each.stopped and ref in uses_of(
                each, self._surroundings.known(each.spec.package)
            ):
                found.append(each)
        return sorted(found, key=lambda each: each.name)

    def users_of_changed_secrets(self) -> Iterator[Deployment]:
        """List what uses a secret that is staged with a new version."""
        stored = self._fleet.secrets
        for name, secret in self._secrets.items():
            if name in stored and stored[name].version != secret.version:
                yield from self.users(secret_ref(name))

    def removed(self) -> list[ResourceRef]:
        """List what is on its way out and is used by nothing any more."""
        return [ref for ref in sorted(self._all_leaving()) if not self.users(ref)]

    def rows(self, removed: Collection[ResourceRef]) -> dict[str, Any]:
        """Give what a batch is to write, without what is removed."""
        return {
            'leaving': self._leaving,
            'secrets': [
                each for each in self._secrets.values() if secret_ref(each.name) not in removed
            ],
            'configs': [
                each for each in self._configs.values() if config_ref(each.name) not in removed
            ],
            'contents': self._contents,
            'removed': list(removed),
        }

    def take_into(self, fleet: Fleet) -> None:
        """Take what was stored into memory."""
        for ref, leaving in self._leaving.items():
            fleet.mark(package_ref(ref), leaving=leaving)
        for secret in self._secrets.values():
            fleet.put_secret(secret)
        for config in self._configs.values():
            fleet.put_config(config)
