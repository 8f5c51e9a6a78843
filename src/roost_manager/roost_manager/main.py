# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Entry point of the deployment manager."""

from __future__ import annotations

import sys

from roost_manager.node import run


def main() -> None:
    """Run the node."""
    sys.exit(run(sys.argv))
