# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What a desired state brings beside instances: secrets, configs, and what is to go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from roost_core.desired import DesiredState
from roost_core.instance import MountKind
from roost_core.names import DeploymentId
from roost_core.policy import DevicePolicy
from roost_executor.configs import Configs, Read
from roost_executor.secrets import Secrets
from roost_executor.workers import Workers
from roost_wire.signing import is_key_id


class Resources:
    """Secrets, configs and removals of the newest desired state.

    Attributes:
        secrets: opened when they are needed.
        configs: fetched when they are needed.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        unseal: Callable[[bytes], bytes],
        read: Read,
        mounted: Callable[[Path], bool],
    ) -> None:
        """Begin with none; see `Secrets` and `Configs`.

        Raises:
            OSError: the state folder cannot be used.
        """
        self.secrets = Secrets(unseal)
        self.configs = Configs(state_dir / 'configs', read=read, mounted=mounted)
        self._removed: frozenset[DeploymentId] = frozenset()
        self._sweeper = Workers('sweep', 1)

    def learn(self, state: DesiredState) -> bool:
        """Take a newer desired state, before it is worked on; tell whether secrets changed."""
        self._removed = frozenset(item.deployment_id for item in state.remove)
        self.configs.keep_only(
            mount.source
            for item in state.keep
            for mount in item.spec.mounts
            if mount.kind is MountKind.CONFIG
        )
        return self.secrets.learn(state.secrets)

    def is_removed(self, deployment: DeploymentId) -> bool:
        """Tell whether a deployment is named for removal."""
        return deployment in self._removed

    def tidy(self) -> None:
        """Remove what nobody needs any more, in a thread of its own."""
        if self.configs.sweep_is_due:
            self._sweeper.submit(self.configs.sweep)


def rules_of(path: Path | None, *, manager_key: str) -> DevicePolicy:
    """Read what the owner of the device allows; without a file, what is usual.

    Raises:
        ValueError: the file says something else than rules, or names another manager.
        OSError: it cannot be read.
    """
    if path is None:
        return DevicePolicy()
    # Costs some MB, which a device without a policy file is spared.
    from roost_core.manifest.policy import load_policy

    rules = load_policy(path.read_bytes(), file=str(path))
    if rules.manager_key and not is_key_id(rules.manager_key):
        raise ValueError(
            f"'{path}': managerKey is the key of no manager: {rules.manager_key!r:.80}"
        )
    if manager_key and rules.manager_key not in ('', manager_key):
        raise ValueError(
            f"'{path}' names another manager than the parameter manager_key: remove one of them"
        )
    return rules
