# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Names for completion in a shell, asked of the manager with little patience."""

from __future__ import annotations

import argparse
from typing import Any

from roost_cli.connect import connect
from roost_cli.exits import RoostError

PATIENCE_SEC = 1.5


def complete_names(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """List the names of what the verb is about; nothing when no manager answers in time."""
    kind = getattr(parsed_args, 'kind', None) or 'deployments'
    try:
        with connect(PATIENCE_SEC) as manager:
            listed: tuple[Any, ...] = (
                manager.packages()
                if kind.startswith('package')
                else manager.devices()
                if kind.startswith('device')
                else manager.deployments()
            )
    except RoostError:
        return []
    return sorted({each.name for each in listed if each.name.startswith(prefix)})
