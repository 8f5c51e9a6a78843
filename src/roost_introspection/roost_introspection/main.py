# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Entry points: introspection, and what it needs on devices."""

from __future__ import annotations

import gc
import signal
import sys

# A graph is many objects that are in no cycle. With Python's own 700, looking for cycles takes a
# third of the time that goes into a change of a large graph.
_OBJECTS_PER_COLLECTION = 100_000


def main() -> None:
    """Run introspection."""
    _end_quietly_while_loading()
    gc.set_threshold(_OBJECTS_PER_COLLECTION)
    from roost_introspection.node import run

    sys.exit(run(sys.argv))


def collect() -> None:
    """Run the collector of a device."""
    _end_quietly_while_loading()
    gc.set_threshold(_OBJECTS_PER_COLLECTION)
    from roost_introspection.device_collector import run

    sys.exit(run(sys.argv))


def _end_quietly_while_loading() -> None:
    """Have a signal end this without a word while it loads, which takes a second."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))


if __name__ == '__main__':
    main()
