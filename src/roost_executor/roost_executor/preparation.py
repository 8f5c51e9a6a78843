# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What must be so before an instance is created, and before a former one is stopped for it."""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path

from roost_core import error_codes, policy
from roost_core.instance import DesiredInstance, InstanceSpec, MountKind
from roost_core.policy import DevicePolicy
from roost_core.status import Reason, ReasonKind
from roost_executor.cancellation import Cancellation
from roost_executor.configs import Configs
from roost_executor.runtimes import mounts
from roost_executor.runtimes.contract import FinalFault, RegistryAuth, RuntimeFault
from roost_executor.secrets import Secrets


class Preparation:
    """See to it that policy allows an instance, and that its secrets and configs are here.

    May be used from any thread.
    """

    def __init__(
        self,
        *,
        rules: DevicePolicy | None = None,
        secrets: Secrets | None = None,
        configs: Configs | None = None,
        state_dir: Path | None = None,
    ) -> None:
        """Prepare with what the device allows and has; nothing is what a bare device has."""
        self._rules = rules or DevicePolicy()
        self._secrets = secrets or Secrets()
        self._configs = configs
        self._state_dir = state_dir

    def takes_long(self, desired: DesiredInstance) -> bool:
        """Tell whether preparing it waits for the manager."""
        configs = self._configs
        return configs is not None and any(
            not configs.has(mount.source)
            for mount in desired.spec.mounts
            if mount.kind is MountKind.CONFIG
        )

    def prepare(
        self,
        desired: DesiredInstance,
        *,
        cancellation: Cancellation,
        tell: Callable[[Reason], None],
    ) -> None:
        """Check what is asked for, and fetch what is missing.

        Args:
            tell: takes what is being done, when that takes long.

        Raises:
            RuntimeFault: it must not, or cannot, be created.
            Cancelled: it was requested.
        """
        self._check_policy(desired.spec)
        self._secrets.environment(desired.spec)
        if desired.spec.pull_secret:
            self._secrets.login(desired.spec.image, desired.spec.pull_secret)
        for mount in desired.spec.mounts:
            if mount.kind is not MountKind.CONFIG:
                continue
            if self._configs is None:
                raise RuntimeFault(
                    ReasonKind.CONFIG_MISSING,
                    error_codes.CONFIG_MISSING,
                    f'config {mount.name} cannot be fetched by this device',
                )
            self._configs.ensure(
                mount.source, name=mount.name, cancellation=cancellation, tell=tell
            )
        if self._state_dir is not None:
            mounts.binds(desired.spec, self._state_dir)

    def login(self, image: str, secret: str) -> RegistryAuth | None:
        """Give who pulls an image by a secret of that name; None without one.

        Raises:
            RuntimeFault: the secret is not here, or is none for the registry of the image.
        """
        return self._secrets.login(image, secret) if secret else None

    def _check_policy(self, spec: InstanceSpec) -> None:
        if refusals := policy.refusals(self._rules, spec):
            raise FinalFault(*_forbidden(refusals))
        if refusals := self._refused_links(spec):
            raise RuntimeFault(*_forbidden(refusals))  # until they lead elsewhere

    def _refused_links(self, spec: InstanceSpec) -> tuple[str, ...]:
        """List host paths that are allowed, and lead to where none is."""
        allowed = self._rules.host_paths
        really = (*allowed, *map(os.path.realpath, allowed))
        return tuple(
            f'hostPaths: {path} leads to {target}, which may not be used'
            for path in policy.host_paths_of(spec)
            if not policy.is_inside(target := os.path.realpath(path), really)
        )


def _forbidden(refusals: tuple[str, ...]) -> tuple[ReasonKind, str, str]:
    text = f'the policy of this device forbids it: {"; ".join(refusals)}'
    return ReasonKind.POLICY_FORBIDS, error_codes.POLICY_FORBIDS, text
