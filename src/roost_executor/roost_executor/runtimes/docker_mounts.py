# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What containers of an engine mount."""

from __future__ import annotations

import os
from pathlib import Path

import docker

from roost_executor.runtimes.docker_engine import Engine


def mounts(engine: Engine, folder: Path) -> bool:
    """Tell whether any container has a folder, or something in it, mounted.

    Raises what ENGINE_ERRORS names.
    """
    folder = Path(os.path.realpath(folder))  # as it is mounted
    summaries = engine.api.containers(all=True)
    sources = (mount.get('Source', '') for each in summaries for mount in each['Mounts'])
    return any(Path(source).is_relative_to(folder) for source in sources)


def moved(engine: Engine, name: str) -> str:
    """Give what a container mounts that was real when it was made, and is a link by now.

    The engine follows links at each start, and whoever may write to a volume can put one where a
    sub_path was. Raises what ENGINE_ERRORS names.
    """
    try:
        details = engine.api.inspect_container(name)
    except docker.errors.NotFound:
        return ''
    if details['State']['Running']:
        return ''
    sources = [str(each['Source']) for each in details['HostConfig'].get('Mounts') or ()]
    return next((each for each in sources if os.path.realpath(each) != each), '')
