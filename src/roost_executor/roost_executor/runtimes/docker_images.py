# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Images that an engine has."""

from __future__ import annotations

from typing import Any

import docker
from docker.utils import parse_repository_tag

from roost_executor.runtimes.docker_engine import Engine


def find(engine: Engine, reference: str, *, digest: str = '') -> str | None:
    """Give the digest of an image that is here; None if it is not.

    Args:
        digest: that it must have, by whatever name it is here.

    Raises what ENGINE_ERRORS names.
    """
    if digest:
        return digest if any(_look(engine, name) for name in names_of(reference, digest)) else None
    details = _look(engine, reference)
    if details is None:
        return None
    repository, _ = parse_repository_tag(reference)
    for known in details.get('RepoDigests') or ():
        name, _, digest = known.partition('@')
        if name == repository:
            return str(digest)
    return str(details['Id'])


def names_of(reference: str, digest: str) -> list[str]:
    """Give the names that an image of a digest can have: its registry's, and the engine's own."""
    return [f'{parse_repository_tag(reference)[0]}@{digest}', digest]


def _look(engine: Engine, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = engine.request('GET', f'/images/{name}/json').json()
    except docker.errors.NotFound:
        return None
    return found
