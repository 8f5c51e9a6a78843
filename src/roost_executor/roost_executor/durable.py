# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Small files that are whole or not there, also after a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def replace(path: Path, content: bytes) -> None:
    """Write a file, mode 0600: readers and the next boot find the former content or this one.

    Raises:
        OSError: it could not be written; the former content is still there.
    """
    partial = path.with_name(f'{path.name}.new')
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, 'wb') as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)


def overwrite(path: Path, content: bytes) -> None:
    """Write over what a file begins with, where it is: for a few bytes, when the disk is full.

    Raises:
        OSError: it could not be written.
    """
    descriptor = os.open(path, os.O_WRONLY)
    with os.fdopen(descriptor, 'wb') as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def set_aside(path: Path) -> Path:
    """Move a file that cannot be used out of the way, for a person to look at; return where to."""
    aside = path.with_name(f'{path.name}.corrupt')
    path.replace(aside)
    return aside


def sync_folder(path: Path) -> None:
    """Make what was created, renamed or removed in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
