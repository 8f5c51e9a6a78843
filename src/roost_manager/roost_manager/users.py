# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who uses which package, secret and config: an index, so that nobody is asked in vain."""

from __future__ import annotations

from collections.abc import Set

from roost_core.deployment import Deployment
from roost_core.names import DeploymentId
from roost_core.package import Package
from roost_core.resource import ResourceRef
from roost_core.uses import uses_of


class Users:
    """The deployments that use each thing."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._seen: dict[DeploymentId, Deployment] = {}
        self._uses: dict[DeploymentId, frozenset[ResourceRef]] = {}
        self._users: dict[ResourceRef, set[DeploymentId]] = {}

    def put(self, deployment: Deployment, package: Package | None) -> None:
        """Take in what a deployment uses; most changes of a deployment leave that as it is."""
        former = self._seen.get(deployment.id)
        self._seen[deployment.id] = deployment
        if former is not None and _asks(former) == _asks(deployment):
            return
        self._replace(deployment.id, uses_of(deployment, package))

    def drop(self, id: DeploymentId) -> None:
        """Let go of a deployment that stopped."""
        if self._seen.pop(id, None) is not None:
            self._replace(id, frozenset())
            del self._uses[id]

    def of(self, ref: ResourceRef) -> Set[DeploymentId]:
        """Give the deployments that use something."""
        return self._users.get(ref, frozenset())

    def _replace(self, id: DeploymentId, uses: frozenset[ResourceRef]) -> None:
        former = self._uses.get(id, frozenset())
        for ref in former - uses:
            self._users[ref].discard(id)
            if not self._users[ref]:
                del self._users[ref]
        for ref in uses - former:
            self._users.setdefault(ref, set()).add(id)
        self._uses[id] = uses


def _asks(deployment: Deployment) -> tuple[int, int, int]:
    """Tell its parts by identity: they are frozen, and shared by those who did not change them."""
    return id(deployment.spec), id(deployment.components), id(deployment.update)
