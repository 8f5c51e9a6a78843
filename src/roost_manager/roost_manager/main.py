# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Entry point of the deployment manager."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """Run the node. A signal while it loads, which takes a second, ends it without a word."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    from roost_manager.node import run

    sys.exit(run(sys.argv))
