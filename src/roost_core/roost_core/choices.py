# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What an operator chooses without changing what is deployed: restart, stop, start."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from roost_core.deployment import ComponentState, Deployment


def restart(deployment: Deployment, components: Collection[str]) -> Deployment:
    """Have every instance of components ended and started again; stopped ones too."""
    return _each(
        deployment,
        components,
        lambda part: replace(part, stopped=False, restarts=part.restarts + 1),
    )


def stop(deployment: Deployment, components: Collection[str]) -> Deployment:
    """Have components stopped; they stay so until they are started."""
    return _each(deployment, components, lambda part: replace(part, stopped=True))


def start(deployment: Deployment, components: Collection[str]) -> Deployment:
    """Have components run again that were stopped by choice; others are left alone."""
    return _each(
        deployment,
        components,
        # Counted as a restart, or what is never restarted would stay down.
        lambda part: (
            replace(part, stopped=False, restarts=part.restarts + 1) if part.stopped else part
        ),
    )


def _each(
    deployment: Deployment,
    components: Collection[str],
    change: Callable[[ComponentState], ComponentState],
) -> Deployment:
    parts = tuple(
        change(part) if part.name in components else part for part in deployment.components
    )
    return replace(deployment, components=parts)
