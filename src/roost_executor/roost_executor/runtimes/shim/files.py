# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Files of one instance's folder, and how they are written."""

from __future__ import annotations

import os
import time

# Held while a shim runs: there is never a second one.
LOCK = 'lock'
# Which processes these are; written before the command runs.
RUN = 'run.json'
# How the run of run.json ended; durable when the shim is gone.
EXIT = 'exit.json'
# Order of the executor: seconds between SIGTERM and SIGKILL.
STOP = 'stop'
# Lines as CRI writes them: time, 'stdout' or 'stderr', F (P: goes on), text. Rotated to .1 and on.
OUTPUT = 'output.log'


def replace_file(path: str, content: str, *, durable: bool) -> None:
    """Write a file so that readers find the old one or the new one; durable: also a power cut."""
    # A name of its own for every writer: two may write the same thing at the same time.
    unfinished = f'{path}.{os.getpid()}-{time.monotonic_ns()}'
    try:
        with open(unfinished, 'w') as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError:
        if os.path.exists(unfinished):
            os.unlink(unfinished)
        raise
    if durable:
        sync_folder(os.path.dirname(path))


def sync_folder(path: str) -> None:
    """Make what was created, renamed or removed in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
