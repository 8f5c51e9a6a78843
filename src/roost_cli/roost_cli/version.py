# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The version of Roost."""

from __future__ import annotations

from importlib import metadata


def version() -> str:
    """Give the version that is installed."""
    try:
        return metadata.version('roost_cli')
    except metadata.PackageNotFoundError:
        return 'unknown (not installed)'
