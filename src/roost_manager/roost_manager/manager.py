# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The manager proper: the fleet in memory, the store below it, one transaction at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from roost_core.desired import secrets_of
from roost_core.uses import package_ref
from roost_manager.fleet import Fleet, Rules
from roost_manager.store import Store
from roost_manager.work import Effects, UnitOfWork

T = TypeVar('T')


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time comes from: Unix seconds for what is kept, monotonic ones for liveness."""

    wall: Callable[[], float]
    monotonic: Callable[[], float]


class Manager:
    """Carry out one thing at a time; not safe for more than one thread, and needs no lock."""

    def __init__(
        self, store: Store, rules: Rules, clock: Clock, tell: Callable[[Effects], None]
    ) -> None:
        """Load the fleet from the store.

        Args:
            tell: called after each commit with what is to be told.
        """
        self.store = store
        self.clock = clock
        self.fleet = Fleet(rules, started_at=clock.monotonic())
        self.fleet.epoch = store.epoch
        self.fleet.last_event_number = store.last_event_number()
        self._tell = tell
        for package in store.packages():
            self.fleet.add_package(package)
        for ref in store.leaving_packages():
            self.fleet.mark(package_ref(ref), leaving=True)
        for secret in store.secrets():
            self.fleet.put_secret(secret)
        for config in store.configs():
            self.fleet.put_config(config)
        for record in store.devices():
            self.fleet.put_device(record)
        for record in store.forgotten():
            self.fleet.forget_device(record)
        for deployment in store.live_deployments():
            self.fleet.put_deployment(deployment)

    def begin(self) -> UnitOfWork:
        """Begin a unit of work."""
        return UnitOfWork(
            self.fleet, self.store, now=self.clock.wall(), monotonic=self.clock.monotonic()
        )

    def finish(self, work: UnitOfWork) -> None:
        """Commit a unit of work and tell its effects.

        Raises:
            StoreConflict, StoreUnavailable: nothing was stored and nothing changed.
        """
        self._tell(work.commit())

    def evaluate_all(self) -> None:
        """Evaluate every deployment, after the start: parameters may have changed meanwhile."""
        work = self.begin()
        work.evaluate(list(self.fleet.deployments))
        for device in self.fleet.devices:
            # Sealed anew after each start, secrets are other bytes, which need another revision.
            if any(secrets_of(each, device) for each in self.fleet.on_device(device)):
                work.renew(device)
        self.finish(work)
