# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The history of a deployment: its creation, and each attempt to update it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from roost_core.deployment import (
    ComponentState,
    Deployment,
    ExecutableState,
    GenerationRecord,
    Outcome,
)

History = tuple[GenerationRecord, ...]

# Generations that it holds; the creation stays in any case.
LENGTH = 50


def begun(
    history: History,
    *,
    generation: int,
    parts: Sequence[ComponentState],
    package_version: str,
    at: float,
    by: str,
) -> History:
    """Note that a generation of some components begins; at is Unix time."""
    added = GenerationRecord(
        generation=generation,
        began_at=at,
        requested_by=by,
        package_version=package_version,
        components=tuple(part.name for part in parts),
        images=images_of(parts),
    )
    longer = (*history, added)
    return longer if len(longer) <= LENGTH else (longer[0], *longer[-(LENGTH - 1) :])


def images_of(parts: Iterable[ComponentState]) -> dict[str, str]:
    """List the images of components, by 'component/executable'."""
    return {
        f'{part.name}/{each.name}': each.spec.image
        for part in parts
        for each in part.plan
        if each.spec.image
    }


def succeeded(deployment: Deployment, *, now: float) -> Deployment:
    """Note that the newest generation came up, with the images that it runs."""
    if not is_open(deployment.history):
        return deployment
    newest = deployment.history[-1]
    parts = [part for part in deployment.components if part.name in newest.components]
    digests = {label(state): state.image_digest for state in deployment.executables}
    images = {
        name: _with_digest(image, digests.get(name, ''))
        for name, image in images_of(parts).items()
    }
    history = (*deployment.history[:-1], replace(newest, images=images))
    return replace(deployment, history=ended(history, Outcome.SUCCEEDED, at=now))


def abandoned(deployment: Deployment, *, now: float) -> Deployment:
    """Note that what was under way ends because its deployment is deprovisioned."""
    if not is_open(deployment.history):
        return deployment
    why = 'the deployment is deprovisioned'
    history = ended(deployment.history, Outcome.CANCELLED, reason=why, at=now)
    return replace(deployment, update=None, history=history)


def ended(
    history: History, outcome: Outcome, *, reason: str = '', code: str = '', at: float
) -> History:
    """Note how the newest generation ended; at is Unix time."""
    newest = replace(history[-1], finished_at=at, outcome=outcome, reason=reason, code=code)
    return (*history[:-1], newest)


def is_open(history: History) -> bool:
    """Tell whether the newest generation is still under way."""
    return bool(history) and history[-1].finished_at is None


def label(state: ExecutableState) -> str:
    """Name an executable within its deployment."""
    return f'{state.component}/{state.name}'


def _with_digest(image: str, digest: str) -> str:
    return f'{image} ({digest})' if digest and digest not in image else image
