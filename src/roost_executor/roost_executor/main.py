# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Entry point of the device executor."""

from __future__ import annotations

import sys

from roost_executor.node import run


def main() -> None:
    """Run the node."""
    sys.exit(run(sys.argv))
