# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""ROS domains for tests that run on the computer itself, each for one test at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import fcntl
import itertools
from pathlib import Path
import random
import socket
import tempfile

DOMAINS = range(20, 100)
_domains = itertools.cycle(random.sample(DOMAINS, len(DOMAINS)))


@contextmanager
def own_domain() -> Iterator[int]:
    """Give a ROS domain that no other test, and no program, of this computer uses meanwhile."""
    for domain in itertools.islice(_domains, len(DOMAINS)):
        path = Path(tempfile.gettempdir()) / f'roost-domain-{domain}.lock'
        with path.open('w') as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if _is_quiet(domain):
                yield domain
                return
    raise RuntimeError('all ROS domains for tests are taken')


def _is_quiet(domain: int) -> bool:
    """Tell whether the first participant's port is free (RTPS 2.5, section 9.6.2.3)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(('', 7400 + 250 * domain + 10))
        except OSError:
            return False
    return True
