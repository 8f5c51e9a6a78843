# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the parts of Roost are installed, by the ament index."""

from __future__ import annotations

import os
from pathlib import Path

from ament_index_python.packages import get_package_prefix, PackageNotFoundError

from roost_cli.exits import RoostError


def executable(package: str, name: str) -> Path:
    """Find an executable of a ROS package, as `ros2 run` does.

    Raises:
        RoostError: it is not installed.
    """
    path = _prefix(package) / 'lib' / package / name
    if not os.access(path, os.X_OK):
        raise RoostError(f"there is no '{path}': run scripts/setup again")
    return path


def example(name: str) -> Path:
    """Find an example manifest by its name without suffix.

    Raises:
        RoostError: it is not installed.
    """
    share = _prefix('roost_bringup') / 'share' / 'roost_bringup'
    path = share / 'config' / 'examples' / f'{name}.yaml'
    if not path.is_file():
        raise RoostError(f"there is no '{path}': run scripts/setup again")
    return path


def _prefix(package: str) -> Path:
    try:
        return Path(get_package_prefix(package))
    except PackageNotFoundError as error:
        raise RoostError(
            f"package '{package}' is not installed: run scripts/setup, and then `. scripts/env`"
        ) from error
